import CSystemd

#if canImport(Glibc)
  import Glibc
#endif

/// The system's journal, written in structured entries. (sd_journal_sendv(3))
///
/// Only a service whose output goes to the journal writes there; elsewhere it does nothing, so that whoever runs the
/// program by hand finds nothing in a journal.
public struct SystemLog: Sendable {
  /// How urgent an entry is. (syslog(3))
  public enum Priority: Int32, Hashable, Sendable, CaseIterable {
    case emergency, alert, critical, error, warning, notice, info, debug
  }

  /// A further field of an entry: capital letters, digits and `_`, starting with a letter. (systemd.journal-fields(7))
  public struct Field: Hashable, Sendable {
    public var name: String
    /// Any text, also of many lines.
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Whether entries go anywhere.
  public let isConnected: Bool

  /// - Parameter journalStream: the environment's `JOURNAL_STREAM`, by which systemd tells a service that its standard
  ///   output or error is the journal. (systemd.exec(5))
  public init(journalStream: String?) {
    isConnected =
      journalStream.map { stream in [1, 2].contains { Self.identity($0) == stream } } ?? false
  }

  /// Writes one entry.
  ///
  /// - Returns: false when this program does not log to the journal.
  @discardableResult
  public func write(
    _ message: String, _ priority: Priority = .info, id: MessageID? = nil, fields: [Field] = []
  ) throws(SystemdError) -> Bool {
    for field in fields where !Self.isName(field.name) {
      throw SystemdError(
        operation: "write", subject: field.name,
        reason: "it is no name for a field of a journal entry")
    }
    guard isConnected else { return false }
    let own =
      [Field("MESSAGE", message), Field("PRIORITY", String(priority.rawValue))]
      + (id.map { [Field("MESSAGE_ID", $0.text)] } ?? [])
    try check("write", "the journal", Self.send(own + fields))
    return true
  }

  private static func send(_ fields: [Field]) -> Int32 {
    let texts = fields.map { Array("\($0.name)=\($0.value)".utf8) }
    // libsystemd reads all pieces at once, so they have to stand at one place for as long as it does.
    let joined = texts.flatMap { $0 }
    return joined.withUnsafeBytes { bytes in
      var place = 0
      var pieces: [iovec] = []
      for text in texts {
        pieces.append(
          iovec(
            iov_base: UnsafeMutableRawBufferPointer(mutating: bytes).baseAddress?.advanced(
              by: place),
            iov_len: text.count))
        place += text.count
      }
      return sd_journal_sendv(&pieces, Int32(pieces.count))
    }
  }

  static func isName(_ name: String) -> Bool {
    let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = name.utf8.first, letters.contains(first), name.utf8.count <= 64 else {
      return false
    }
    return name.utf8.allSatisfy {
      letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  /// `DEVICE:INODE` of what a descriptor leads to.
  private static func identity(_ descriptor: Int32) -> String? {
    var info = stat()
    return fstat(descriptor, &info) == 0 ? "\(info.st_dev):\(info.st_ino)" : nil
  }
}
