/// Why a compressed file could not be read.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb.
  public var operation: String
  /// The file.
  public var subject: String
  public var reason: String
  /// The library's result code.
  public var code: Int32?

  public init(operation: String, subject: String, reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}
