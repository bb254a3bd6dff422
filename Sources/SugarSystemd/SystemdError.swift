#if canImport(Glibc)
  import Glibc
#endif

/// Why systemd or the journal did not take what it was told.
public struct SystemdError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `tell`, `write`.
  public var operation: String
  /// To whom or what: `the service manager`, the name of a field.
  public var subject: String
  public var reason: String
  /// The system's error number, when the system refused.
  public var code: Int32?

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}

/// What libsystemd gives back: a number from 0 on, or the negative of an error number.
@discardableResult
func check(_ operation: String, _ subject: String, _ result: Int32) throws(SystemdError) -> Int32 {
  guard result < 0 else { return result }
  throw SystemdError(
    operation: operation, subject: subject, reason: String(cString: strerror(-result)),
    code: -result)
}
