/// Why secrets could not be minted or read.
public struct KeyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb.
  public var operation: String
  /// The file or what it belongs to. Never a secret.
  public var subject: String
  public var reason: String
  public var code: Int32?

  public init(operation: String, subject: String, reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}
