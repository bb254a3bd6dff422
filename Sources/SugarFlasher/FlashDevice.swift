public import SugarModel

/// A whole disk that an image is written to. Places and lengths are multiples of 512; buffers are
/// aligned to 4096.
///
/// What is read comes from the device and not from a copy in memory.
public protocol FlashDevice: Storage {
  /// Makes a part zeros.
  func zero(_ range: Range<UInt64>) throws(StorageError)

  /// Tells the device that a part holds nothing of use any more, where it can be told. What is read
  /// there afterwards is not known.
  func discard(_ range: Range<UInt64>)

  /// Whether a part looks blank to the agent: no signature, and zeros wherever it looks.
  func looksBlank(_ range: Range<UInt64>) throws(StorageError) -> Bool

  /// Comes back when everything that was written is on the medium.
  func flush() throws(StorageError)

  /// Throws unless it is still the disk that was judged.
  func confirm() throws(StorageError)
}

/// A device of which parts must not be touched: every write is checked, so that no mistake further up
/// can reach them.
struct FencedDevice: FlashDevice {
  let device: any FlashDevice
  let kept: [Range<UInt64>]

  var size: ByteCount { device.size }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try device.read(at: place, into: buffer)
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try check(place.bytes..<place.bytes + UInt64(buffer.count))
    try device.write(at: place, from: buffer)
  }

  func zero(_ range: Range<UInt64>) throws(StorageError) {
    try check(range)
    try device.zero(range)
  }

  func discard(_ range: Range<UInt64>) {
    if (try? check(range)) != nil { device.discard(range) }
  }

  func looksBlank(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    try device.looksBlank(range)
  }

  func flush() throws(StorageError) { try device.flush() }
  func confirm() throws(StorageError) { try device.confirm() }

  private func check(_ range: Range<UInt64>) throws(StorageError) {
    guard range.upperBound <= size.bytes, !kept.contains(where: { $0.overlaps(range) }) else {
      throw StorageError(
        operation: "write", subject: "disk",
        reason: "bytes \(range.lowerBound) to \(range.upperBound) were to stay as they are")
    }
  }
}
