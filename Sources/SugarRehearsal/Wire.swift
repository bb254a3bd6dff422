import CLinux

#if canImport(Glibc)
  import Glibc
#endif

/// One end of a pair of sockets. A class, because it owns a descriptor that poll and its user share.
final class Wire {
  let descriptor: Int32
  /// What could not be sent yet.
  private var waiting: [UInt8] = []
  /// More than this is dropped, as a switch does whose buffer is full.
  private static let limit = 4 << 20

  private init(owning descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  static func pair(for subject: String) throws(RehearsalError) -> (own: Wire, other: Wire) {
    var ends: [Int32] = [-1, -1]
    guard clinux_socket_pair(&ends) == 0 else {
      let code = errno
      throw RehearsalError(
        "connect", subject, String(cString: strerror(code)), code: code)
    }
    return (Wire(owning: ends[0]), Wire(owning: ends[1]))
  }

  /// Whether something waits to be sent.
  var isFull: Bool { !waiting.isEmpty }

  /// What has come; nil when the other end is gone.
  func read() -> [UInt8]? {
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = recv(descriptor, &piece, piece.count, 0)
      let code = errno
      if got > 0 {
        result += piece[0..<got]
        if got < piece.count { return result }
      } else if got < 0, code == EINTR {
        continue
      } else if got < 0, code == EAGAIN {
        return result
      } else {
        return result.isEmpty ? nil : result
      }
    }
  }

  /// Sends, or keeps for later; false when there was no room to keep it.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    guard waiting.count + bytes.count <= Self.limit else { return false }
    waiting += bytes
    flush()
    return true
  }

  func flush() {
    while !waiting.isEmpty {
      let put = send(descriptor, waiting, waiting.count, Int32(MSG_NOSIGNAL))
      if put < 0, errno == EINTR { continue }
      if put <= 0 { return }
      waiting.removeFirst(put)
    }
  }
}
