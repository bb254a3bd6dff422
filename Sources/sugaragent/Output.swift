#if canImport(Glibc)
  import Glibc
#endif

/// Where the agent's words go.
enum Output {
  /// A line on standard error, marked with how urgent it is. (sd-daemon(3))
  static func warn(_ text: String) { write("<4>\(text)\n") }

  /// A line on standard error as it is.
  static func tell(_ text: String) { write(text + "\n") }

  /// A line on standard output, at once: whoever watches a console does not wait for a buffer.
  static func show(_ text: String) { write(text + "\n", to: 1) }

  private static func write(_ text: String, to descriptor: Int32 = 2) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if put < 0, errno == EINTR { continue }
      if put <= 0 { return }
      bytes = bytes.dropFirst(put)
    }
  }
}
