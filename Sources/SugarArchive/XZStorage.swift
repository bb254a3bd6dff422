public import SugarModel
import Synchronization

/// The content of an `.xz` file, to be read at any place: only the blocks that hold what is asked
/// for are unpacked, each whole, so that its check proves it. A class, because it remembers which.
public final class XZStorage: Storage {
  /// The longest block that is unpacked for a part of it.
  public static let blockLimit = ByteCount.mib(64)

  private let image: XZImage
  private let scratch: any Storage
  private let decoded = Mutex<Set<Int>>([])

  public var size: ByteCount { image.size }
  /// How many blocks were unpacked so far.
  public var decodedCount: Int { decoded.withLock { $0.count } }

  /// nil when a block is too long for that. `scratch` takes what is unpacked, each block at its place
  /// in the image; a sparse file does.
  public init?(_ image: XZImage, scratch: any Storage) {
    guard image.longestBlock <= Self.blockLimit else { return nil }
    self.image = image
    self.scratch = scratch
  }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: image.name)
    guard buffer.count > 0 else { return }
    let last = image.block(at: place.bytes + UInt64(buffer.count) - 1)
    for number in image.block(at: place.bytes)...last { try unpack(number) }
    try scratch.read(at: place, into: buffer)
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: image.name, reason: "it is packed")
  }

  /// Unpacks a block unless it was before. It counts once its check is proven.
  private func unpack(_ number: Int) throws(StorageError) {
    try decoded.withLock { (decoded) throws(StorageError) in
      guard !decoded.contains(number) else { return }
      do throws(ArchiveError) {
        try image.decode(image.blocks[number], false) { (place, bytes) throws(StorageError) in
          try scratch.write(at: place, from: bytes)
        }
      } catch {
        throw StorageError(
          operation: error.operation, subject: error.subject, reason: error.reason,
          code: error.operation == "read" ? error.code : nil)
      }
      decoded.insert(number)
    }
  }
}

extension XZImage {
  /// The longest block's content.
  public var longestBlock: ByteCount { blocks.map(\.size).max() ?? .zero }

  /// The block that holds the byte at `place`, which must lie inside the image.
  func block(at place: UInt64) -> Int {
    var low = 0
    var high = blocks.count
    while low < high {
      let middle = (low + high) / 2
      if (blocks[middle].target + blocks[middle].size).bytes <= place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
