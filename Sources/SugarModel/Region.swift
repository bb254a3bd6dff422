/// A bounded window of a storage: one partition of an image. It cannot read or write over its
/// edges.
public struct Region: Storage {
  public let base: any Storage
  public let start: ByteCount
  public let size: ByteCount
  /// What the window is, for messages: `partition 2`.
  public let name: String

  /// The `size` bytes of `base` from `start`; throws when they do not lie inside `base`.
  public init(of base: any Storage, from start: ByteCount, size: ByteCount, name: String)
    throws(StorageError)
  {
    let (end, overflow) = start.bytes.addingReportingOverflow(size.bytes)
    guard !overflow, end <= base.size.bytes else {
      throw StorageError(
        operation: "open", subject: name,
        reason:
          "it would end at byte \(overflow ? "beyond counting" : "\(end)"), the image has \(base.size.bytes)"
      )
    }
    self.base = base
    self.start = start
    self.size = size
    self.name = name
  }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: name)
    try base.read(at: start + place, into: buffer)
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: name)
    try base.write(at: start + place, from: buffer)
  }
}
