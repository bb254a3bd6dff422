import Foundation
public import SugarModel

/// A file as a storage, for tests that hand the same file to other programs.
///
/// A class: it owns a descriptor and closes it.
public final class OpenFileStorage: Storage {
  private let descriptor: Int32
  private let path: String
  public let size: ByteCount

  public init(_ path: String) throws(StorageError) {
    self.path = path
    descriptor = Foundation.open(path, O_RDWR | O_CLOEXEC)
    let code = errno
    let end = descriptor < 0 ? 0 : lseek(descriptor, 0, SEEK_END)
    size = ByteCount(UInt64(max(end, 0)))
    guard descriptor >= 0 else {
      throw StorageError(
        operation: "open", subject: path, reason: String(cString: strerror(code)), code: code)
    }
  }

  deinit { close(descriptor) }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: path)
    guard pread(descriptor, buffer.baseAddress, buffer.count, off_t(place.bytes)) == buffer.count
    else { throw StorageError(operation: "read", subject: path, reason: "cut short", code: errno) }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: path)
    guard pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(place.bytes)) == buffer.count
    else { throw StorageError(operation: "write", subject: path, reason: "cut short", code: errno) }
  }
}
