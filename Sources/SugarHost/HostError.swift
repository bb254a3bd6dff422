#if canImport(Glibc)
  import Glibc
#endif

/// Why Linux did not do what it was asked.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `rename`.
  public var operation: String
  /// The path or the program.
  public var subject: String
  public var reason: String
  /// The system's error number, when the system refused.
  public var code: Int32?

  public init(operation: String, subject: String, reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }

  /// The system's own words for `code`.
  public static func system(_ operation: String, _ subject: String, _ code: Int32) -> HostError {
    HostError(operation: operation, subject: subject, reason: words(code), code: code)
  }

  /// What the system calls an error number. (strerror(3))
  public static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Runs a system call again for as long as a signal interrupts it; throws its error otherwise.
@discardableResult
func retrying<Result: SignedInteger>(
  _ operation: String, _ subject: String, _ call: () -> Result
) throws(HostError) -> Result {
  while true {
    let result = call()
    guard result == -1 else { return result }
    let code = errno
    if code != EINTR { throw .system(operation, subject, code) }
  }
}
