import CExt2fs
import SugarModel

/// Why an ext4 volume could not be read or edited.
public struct Ext4Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb with its object: `open`, `write '/etc/hosts' to`.
  public var operation: String
  /// The volume or the path in it.
  public var subject: String
  public var reason: String
  /// The error number of libext2fs or of the system.
  public var code: Int?
  /// The system's error number, when the storage below failed and that was why.
  public var systemCode: Int32?

  public init(
    operation: String, subject: String, reason: String, code: Int? = nil, systemCode: Int32? = nil
  ) {
    self.systemCode = systemCode
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}

/// Runs before the first message is asked for: without it libext2fs says "Unknown code ext2 76".
/// (com_err(3))
private let errorTable: Void = initialize_ext2_error_table()

/// Throws libext2fs's own words unless `code` is zero. `device` may know a better reason: what the
/// storage said.
func checkExt2(
  _ code: errcode_t, _ operation: String, _ subject: String, device: Ext4Device? = nil
) throws(Ext4Error) {
  guard code != 0 else { return }
  _ = errorTable
  if let error = device?.takeFailure() {
    throw Ext4Error(
      operation: operation, subject: subject, reason: error.description, code: Int(code),
      systemCode: error.code)
  }
  throw Ext4Error(
    operation: operation, subject: subject, reason: String(cString: error_message(code)),
    code: Int(code))
}
