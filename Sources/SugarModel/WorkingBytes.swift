internal import Synchronization

/// A few bytes in memory that editors can work on: a sector, a block. A class, because several hold
/// the same bytes.
public final class WorkingBytes: Storage {
  private let held: Mutex<[UInt8]>
  public let size: ByteCount

  public init(_ content: [UInt8]) {
    held = Mutex(content)
    size = ByteCount(content.count)
  }

  public var content: [UInt8] { held.withLock { $0 } }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: "bytes")
    let start = Int(place.bytes)
    held.withLock { buffer.copyBytes(from: $0[start..<(start + buffer.count)]) }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: "bytes")
    let start = Int(place.bytes)
    held.withLock { $0.replaceSubrange(start..<(start + buffer.count), with: buffer) }
  }
}
