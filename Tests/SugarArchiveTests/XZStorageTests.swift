import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Synchronization
import Testing

/// The content of `.xz` files, read at any place.
@Suite struct XZStorageTests {
  static func open(_ bytes: [UInt8]) throws -> XZStorage {
    let image = try XZImage(MemoryStorage(bytes), name: "image.xz")
    let scratch = MemoryStorage([UInt8](repeating: 0, count: Int(image.size.bytes)))
    return try #require(XZStorage(image, scratch: scratch))
  }

  @Test(arguments: ["65536", "99999", "1000000"]) func readsAnywhere(_ blockSize: String) throws {
    let original = imageBytes(700_001)
    let storage = try Self.open(
      TestArchive(original).packed("xz", ["-c", "-1", "--block-size=\(blockSize)"]))
    #expect(storage.size == ByteCount(original.count))
    var random = SeededGenerator(seed: 4)
    for _ in 0..<60 {
      let start = Int.random(in: 0..<original.count, using: &random)
      let count = min(Int.random(in: 0...150_000, using: &random), original.count - start)
      let bytes = try storage.bytes(at: ByteCount(start), count: count)
      #expect(bytes == Array(original[start..<(start + count)]))
    }
    #expect(throws: StorageError.self) { try storage.bytes(at: ByteCount(700_000), count: 2) }
    #expect(throws: StorageError.self) { try storage.write([1], at: .zero) }
  }

  @Test func onlyWhatIsAskedForIsUnpacked() throws {
    let original = imageBytes(700_001)
    let storage = try Self.open(
      TestArchive(original).packed("xz", ["-c", "-1", "--block-size=65536"]))
    #expect(storage.decodedCount == 0)
    _ = try storage.bytes(at: ByteCount(70_000), count: 10)
    _ = try storage.bytes(at: ByteCount(131_071), count: 1)
    #expect(storage.decodedCount == 1)
    _ = try storage.bytes(at: ByteCount(131_071), count: 2)
    #expect(storage.decodedCount == 2)
    _ = try storage.bytes(at: ByteCount(700_000), count: 1)
    #expect(storage.decodedCount == 3)
  }

  /// A block of one piece is proven by its check before a byte of it is handed out; other blocks do not
  /// matter.
  @Test func aDamagedBlock() throws {
    let original = imageBytes(700_001)
    var packed = try TestArchive(original).packed("xz", ["-c", "-1", "--block-size=65536"])
    let middle = packed.count / 2
    for index in middle..<(middle + 4) { packed[index] ^= 0x55 }
    let storage = try Self.open(packed)
    var broken = 0
    for block in 0..<11 {
      let start = block * 65536
      let count = min(65536, original.count - start)
      do throws(StorageError) {
        let bytes = try storage.bytes(at: ByteCount(start), count: count)
        #expect(bytes == Array(original[start..<(start + count)]))
      } catch {
        broken += 1
        #expect(error.description.hasPrefix("cannot unpack 'image.xz': "), "\(error)")
      }
    }
    #expect(broken == 1)
    #expect(throws: StorageError.self) { try storage.prove() }
  }

  /// Of a block of several pieces, the first is handed out before the last is there; a wrong check is
  /// told by `prove`, and before whatever else is wrong.
  @Test(arguments: [false, true]) func aDamagedEnd(isWhole: Bool) throws {
    let original = imageBytes(5 << 20)
    var packed = try TestArchive(original).packed("xz", ["-c", "-0", "-T1"])
    // The block's check, CRC64, is its last eight bytes; index and footer follow.
    let image = try XZImage(MemoryStorage(packed), name: "image.xz")
    #expect(image.blockCount == 1)
    let footer = packed.suffix(12)
    let backward = footer.dropFirst(4).prefix(4).enumerated().reduce(0) {
      $0 | Int($1.element) << (8 * $1.offset)
    }
    let check = packed.count - 12 - (backward + 1) * 4 - 8
    if !isWhole { packed[check] ^= 1 }
    let storage = try Self.open(packed)
    #expect(try storage.bytes(at: ByteCount(3), count: 9) == Array(original[3..<12]))
    #expect(storage.decodedCount == 1)
    guard !isWhole else { return try storage.prove() }
    let error = #expect(throws: StorageError.self) {
      try storage.proven { throw CancellationError() }
    }
    #expect(error?.description.hasPrefix("cannot unpack 'image.xz': ") == true)
    #expect(throws: StorageError.self) { try storage.bytes(at: ByteCount(3), count: 9) }
  }

  /// Many threads at once, with blocks of several pieces.
  @Test func manyReaders() throws {
    let original = imageBytes(12 << 20)
    let storage = try Self.open(
      TestArchive(original).packed("xz", ["-c", "-0", "--block-size=\(5 << 20)"]))
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 64) { number in
      let start = number * 7_919 * 23 % (original.count - 100_000)
      let bytes = try? storage.bytes(at: ByteCount(start), count: 100_000)
      if bytes != Array(original[start..<(start + 100_000)]) { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
    try storage.prove()
    #expect(storage.decodedCount == 3)
  }

  @Test func aBlockThatIsTooLong() throws {
    let limit = Int(XZStorage.blockLimit.bytes)
    for (count, isRead) in [(limit, true), (limit + 1, false)] {
      let test = try TestArchive([UInt8](repeating: 0, count: count))
      let image = try XZImage(
        MemoryStorage(test.packed("xz", ["-c", "-0", "-T1"])), name: "image.xz")
      #expect((XZStorage(image, scratch: MemoryStorage([])) != nil) == isRead)
    }
  }

  /// Large blocks, read in turns: each is unpacked once.
  @Test func readsInTurns() throws {
    let pieces = 5
    let size = 20 << 20
    var original = [UInt8](repeating: 0, count: pieces * size)
    for piece in 0..<pieces { original[piece * size + 5] = UInt8(piece + 1) }
    let storage = try Self.open(
      TestArchive(original).packed("xz", ["-c", "-0", "--block-size=\(size)"]))
    for _ in 0..<2 {
      for piece in 0..<pieces {
        let bytes = try storage.bytes(at: ByteCount(piece * size + 4), count: 3)
        #expect(bytes == [0, UInt8(piece + 1), 0])
      }
    }
    #expect(storage.decodedCount == pieces)
  }
}
