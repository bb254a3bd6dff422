import SugarModel

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

extension ArchiveError {
  /// A storage's own words, as the reason why packing failed.
  init(storage error: StorageError) {
    self.init(
      operation: error.operation, subject: error.subject, reason: error.reason, code: error.code)
  }
}

extension Storage {
  /// A part of an image that is to be packed, in memory until `body` is done with it.
  func withContent<Result>(
    of range: Range<UInt64>, _ body: (UnsafeRawBufferPointer) throws(ArchiveError) -> Result
  ) throws(ArchiveError) -> Result {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 4096)
    defer { buffer.deallocate() }
    do throws(StorageError) {
      try read(at: ByteCount(range.lowerBound), into: buffer)
    } catch {
      throw ArchiveError(storage: error)
    }
    return try body(UnsafeRawBufferPointer(buffer))
  }
}
