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
    var run = Run(place: place.bytes, count: buffer.count)
    while let piece = run.next() {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[piece.range])
      if let slot = slots.withLock({ $0[piece.block] }) {
        try scratch.read(at: Self.address(slot, piece.offset), into: part)
      } else {
        try base.read(at: Self.address(piece.block, piece.offset), into: part)
      }
    }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: "image")
    var run = Run(place: place.bytes, count: buffer.count)
    while let piece = run.next() {
      let part = UnsafeRawBufferPointer(rebasing: buffer[piece.range])
      if let slot = slots.withLock({ $0[piece.block] }) {
        try scratch.write(at: Self.address(slot, piece.offset), from: part)
      } else {
        try writeNewBlock(piece, part)
      }
    }
  }

  /// Gives the block its slot; what the write does not cover is copied from the base.
  private func writeNewBlock(_ piece: Run.Piece, _ part: UnsafeRawBufferPointer)
    throws(StorageError)
  {
    let slot = slots.withLock { UInt64($0.count) }
    if part.count == Self.blockSize {
      try scratch.write(at: Self.address(slot, 0), from: part)
    } else {
      let start = piece.block * UInt64(Self.blockSize)
      let held = Int(min(UInt64(Self.blockSize), size.bytes - start))
      var block = try base.bytes(at: ByteCount(start), count: held)
      block += [UInt8](repeating: 0, count: Self.blockSize - held)
      block.withUnsafeMutableBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: bytes[piece.offset..<(piece.offset + part.count)])
          .copyMemory(from: part)
      }
      try scratch.write(block, at: Self.address(slot, 0))
    }
    slots.withLock { $0[piece.block] = slot }
  }

  private static func address(_ block: UInt64, _ offset: Int) -> ByteCount {
    ByteCount(block * UInt64(blockSize) + UInt64(offset))
  }

  /// Cuts a range of bytes at the edges of blocks.
  private struct Run {
    struct Piece {
      var block: UInt64
      var offset: Int
      var range: Range<Int>
    }
    var place: UInt64
    var count: Int
    var done = 0

    mutating func next() -> Piece? {
      guard done < count else { return nil }
      let at = place + UInt64(done)
      let offset = Int(at % UInt64(OverlayStorage.blockSize))
      let length = min(OverlayStorage.blockSize - offset, count - done)
      defer { done += length }
      return Piece(
        block: at / UInt64(OverlayStorage.blockSize), offset: offset, range: done..<(done + length))
    }
  }
}
