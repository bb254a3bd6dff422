/// What is wrong with an EEPROM image or its configuration.
public struct EEPROMError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  public var subject: String
  public var reason: String

  public init(_ operation: String, _ subject: String, _ reason: String) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "cannot \(operation) \(subject): \(reason)" }
}
