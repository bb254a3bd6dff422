internal import SugarModel

/// Why a FAT volume could not be opened, read or edited.
public struct FATError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `list`, `read`, `write`, `make directory`, `remove`.
  public var operation: String
  /// The path inside the volume, or `FAT volume`.
  public var subject: String
  public var reason: String
  /// The system's error number, when the storage refused.
  public var code: Int32?

  public init(operation: String, subject: String, reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}

extension FATError {
  init(_ operation: String, _ subject: String, _ fault: FATFault) {
    self.init(operation: operation, subject: subject, reason: fault.reason, code: fault.code)
  }
}

/// A reason on its way up; the public call adds what was tried and on what.
struct FATFault: Error {
  let reason: String
  var code: Int32?

  init(_ reason: String) { self.reason = reason }

  init(_ error: StorageError) {
    reason = error.reason
    code = error.code
  }
}
