internal import Synchronization

/// A base that is never written, and the blocks that changed, kept apart.
///
/// It is a class because several editors (MBR, FAT, ext4) must see each other's changes through one
/// and the same overlay.
public final class OverlayStorage: Storage {
  /// Bytes of one block; every change is kept in whole blocks.
  public static let blockSize = 4096

  public let base: any Storage
  private let scratch: any Storage
  private let slots = Mutex<[UInt64: UInt64]>([:])

  public var size: ByteCount { base.size }

  /// `scratch` takes the changed blocks one after the other; it must hold as many as will change.
  public init(base: any Storage, scratch: any Storage) {
    self.base = base
    self.scratch = scratch
  }

  /// The numbers of the blocks that were written, in rising order. A block may equal the base's
  /// again.
  public var writtenBlocks: [UInt64] { slots.withLock { $0.keys.sorted() } }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: "image")
    var done = 0
    while done < buffer.count {
      let start = place + ByteCount(done)
      let (slot, count) = stretch(at: start, limit: buffer.count - done)
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
      if let slot {
        try scratch.read(at: Self.address(slot, Self.offset(start)), into: part)
      } else {
        try base.read(at: start, into: part)
      }
      done += count
    }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: "image")
    var done = 0
    while done < buffer.count {
      let start = place + ByteCount(done)
      var (slot, count) = stretch(at: start, limit: buffer.count - done)
      if let slot {
        let part = UnsafeRawBufferPointer(rebasing: buffer[done..<(done + count)])
        try scratch.write(at: Self.address(slot, Self.offset(start)), from: part)
      } else {
        count = Self.wholeBlocks(of: count, from: start)
        try writeNew(at: start, UnsafeRawBufferPointer(rebasing: buffer[done..<(done + count)]))
      }
      done += count
    }
  }

  /// How many bytes from `place` on, at most `limit`, stand behind one another: in the scratch from
  /// that slot on or, without one, in the base.
  private func stretch(at place: ByteCount, limit: Int) -> (slot: UInt64?, count: Int) {
    slots.withLock { slots in
      let first = place.bytes / UInt64(Self.blockSize)
      let slot = slots[first]
      var count = Self.blockSize - Self.offset(place)
      var ahead: UInt64 = 1
      while count < limit, slots[first + ahead] == slot.map({ $0 + ahead }) {
        count += Self.blockSize
        ahead += 1
      }
      return (slot, min(count, limit))
    }
  }

  /// As much of a stretch as is whole blocks, or else its part of the first block.
  private static func wholeBlocks(of count: Int, from place: ByteCount) -> Int {
    if offset(place) == 0, count >= blockSize { return count - count % blockSize }
    return min(count, blockSize - offset(place))
  }

  /// Gives new blocks their slots; of a single one, what the write does not cover is copied from the
  /// base.
  private func writeNew(at place: ByteCount, _ part: UnsafeRawBufferPointer) throws(StorageError) {
    let first = place.bytes / UInt64(Self.blockSize)
    let slot = slots.withLock { UInt64($0.count) }
    if part.count % Self.blockSize == 0 {
      try scratch.write(at: Self.address(slot, 0), from: part)
    } else {
      let start = first * UInt64(Self.blockSize)
      let held = Int(min(UInt64(Self.blockSize), size.bytes - start))
      var block = try base.bytes(at: ByteCount(start), count: held)
      block += [UInt8](repeating: 0, count: Self.blockSize - held)
      let offset = Self.offset(place)
      block.withUnsafeMutableBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + part.count)])
          .copyMemory(from: part)
      }
      try scratch.write(block, at: Self.address(slot, 0))
    }
    slots.withLock { slots in
      for index in 0..<UInt64(max(1, part.count / Self.blockSize)) {
        slots[first + index] = slot + index
      }
    }
  }

  private static func offset(_ place: ByteCount) -> Int {
    Int(place.bytes % UInt64(blockSize))
  }

  private static func address(_ slot: UInt64, _ offset: Int) -> ByteCount {
    ByteCount(slot * UInt64(blockSize) + UInt64(offset))
  }
}
