import SugarArchive
import SugarModel
import Synchronization

/// An `.xz` file out of whatever bytes: as they are, and with checksums that fit.
enum XZFuzzing {
  /// What is unpacked at most: a short input can claim any length.
  private static let limit: UInt64 = 4 << 20

  static func run(_ bytes: [UInt8]) throws {
    try read(bytes)
    if let mended = Checksums.mendingXZ(bytes) { try read(mended) }
  }

  private static func read(_ bytes: [UInt8]) throws {
    let storage = FuzzStorage(bytes)
    do throws(ArchiveError) {
      let image = try XZImage(storage, name: "input")
      let size = image.size.bytes
      let taken = Mutex(UInt64(0))
      let beyond = Mutex(false)
      try image.decode(workers: 1) { (place, piece) throws(StorageError) in
        let (end, overflow) = place.bytes.addingReportingOverflow(UInt64(piece.count))
        if overflow || end > size { beyond.withLock { $0 = true } }
        let sum = taken.withLock { sum in
          sum += UInt64(piece.count)
          return sum
        }
        guard sum <= limit else {
          throw StorageError(operation: "write", subject: "output", reason: "it is enough")
        }
      }
      if beyond.withLock({ $0 }) || taken.withLock({ $0 }) != size {
        throw ArchiveError(operation: "", subject: "", reason: "unpacked other bytes than promised")
      }
    } catch {
      if error.operation.isEmpty { throw FuzzFinding(description: error.reason) }
    }
    try readParts(storage)
    try storage.expectUnwritten()
  }

  /// The first and the last bytes, by the blocks that hold them.
  private static func readParts(_ storage: FuzzStorage) throws {
    guard let image = try? XZImage(storage, name: "input"), image.longestBlock.bytes <= limit,
      let content = XZStorage(image, scratch: FuzzStorage([], size: image.size))
    else { return }
    let count = Int(min(image.size.bytes, 64))
    _ = try? content.bytes(at: .zero, count: count)
    _ = try? content.bytes(at: image.size - ByteCount(count), count: count)
    try? content.prove()
  }
}
