/// Why an ELF file could not be read.
public struct ELFError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  /// The file, in words.
  public var subject: String
  public var reason: String

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}
