import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Testing

/// The content of `.xz` files, read at any place.
@Suite struct XZStorageTests {
  static func open(_ bytes: [UInt8]) throws -> XZStorage {
    try #require(
      try XZStorage(
        XZImage(MemoryStorage(bytes), name: "image.xz"), scratch: MemoryStorage(growing: ())))
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

  /// Every block is proven by its check before a byte of it is handed out; other blocks do not matter.
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
  }

  @Test func aBlockThatIsTooLong() throws {
    let limit = Int(XZStorage.blockLimit.bytes)
    for (count, isRead) in [(limit, true), (limit + 1, false)] {
      let test = try TestArchive([UInt8](repeating: 0, count: count))
      let image = try XZImage(
        MemoryStorage(test.packed("xz", ["-c", "-0", "-T1"])), name: "image.xz")
      #expect((XZStorage(image, scratch: MemoryStorage(growing: ())) != nil) == isRead)
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
