public import SugarModel

/// Why the agent could not do something.
public struct AgentError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  public var subject: String
  public var reason: String
  public var code: Int32?
  /// What it means for the disk, where that is more than "input or output failed".
  public var refusal: Refusal?

  public init(
    _ operation: String, _ subject: String, _ reason: String, code: Int32? = nil,
    refusal: Refusal? = nil
  ) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
    self.refusal = refusal
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}
