/// A few bytes that are already in memory, to be read as a storage. It cannot be written.
public struct ByteStorage: Storage {
  private let content: [UInt8]

  public init(_ content: [UInt8]) { self.content = content }

  public var size: ByteCount { ByteCount(content.count) }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: "bytes")
    let start = Int(place.bytes)
    content.withUnsafeBytes { bytes in
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[start..<(start + buffer.count)]))
    }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: "bytes", reason: "they are read-only")
  }
}
