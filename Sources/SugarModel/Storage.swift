/// Bytes that can be read and written at a place: a raw file, an overlay, a window of either.
///
/// Every editor (MBR, FAT, ext4) works on this and on nothing else, so the same code edits an
/// overlay, a file and a disk.
public protocol Storage: Sendable {
  /// How many bytes there are. Reading or writing beyond it is an error.
  var size: ByteCount { get }

  /// Fills `buffer` with the bytes at `place`; all of them or an error, never fewer.
  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError)

  /// Puts all of `buffer` at `place`, or throws.
  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError)
}

/// Why bytes could not be read or written.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `read`, `write`.
  public var operation: String
  /// Where: the file or region, in words.
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
}

extension Storage {
  /// The `count` bytes at `place`.
  public func bytes(at place: ByteCount, count: Int) throws(StorageError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var failure: StorageError?
    result.withUnsafeMutableBytes { buffer in
      do throws(StorageError) { try read(at: place, into: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }

  /// Puts `bytes` at `place`.
  public func write(_ bytes: [UInt8], at place: ByteCount) throws(StorageError) {
    var failure: StorageError?
    bytes.withUnsafeBytes { buffer in
      do throws(StorageError) { try write(at: place, from: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Throws unless `count` bytes at `place` lie inside. The sum may not overflow either.
  public func checkEdges(
    _ operation: String, at place: ByteCount, count: Int, of subject: String
  ) throws(StorageError) {
    let (end, overflow) = place.bytes.addingReportingOverflow(UInt64(count))
    guard overflow || end > size.bytes else { return }
    throw StorageError(
      operation: operation, subject: subject,
      reason: "\(count) bytes at \(place.bytes) reach over its end at \(size.bytes)")
  }
}
