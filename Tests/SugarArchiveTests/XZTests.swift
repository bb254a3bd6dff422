import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Testing

/// Files that `xz` made, decoded block by block.
@Suite struct XZTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var count = 700_001
    var blocks: Int?
    var testDescription: String { "\(arguments.joined(separator: " ")) of \(count) bytes" }
  }

  static let cases: [Case] =
    (0...9).map { Case(arguments: ["-\($0)"], count: 150_000, blocks: 1) }
    + ["none", "crc32", "crc64", "sha256"].map {
      Case(arguments: ["-1", "--check=\($0)", "--block-size=65536"], blocks: 11)
    }
    + [
      Case(arguments: ["-1", "-T0", "--block-size=65536"], blocks: 11),
      Case(arguments: ["-1", "-T2", "--block-size=100KiB"], blocks: 7),
      Case(arguments: ["-1", "-T1"], count: 3 << 20, blocks: 1),
      Case(arguments: ["-1", "-T1", "--block-size=4096"], blocks: 171),
      Case(arguments: ["-1"], count: 0, blocks: 0), Case(arguments: ["-1"], count: 1, blocks: 1),
      Case(arguments: ["-1", "--block-size=1MiB"], count: 1 << 20, blocks: 1),
      Case(arguments: ["--x86", "--lzma2=preset=1"], blocks: 1),
      Case(arguments: ["--delta=dist=4", "--lzma2=preset=1"], blocks: 1),
    ]

  @Test(arguments: cases) func decodesToTheOriginal(_ row: Case) throws {
    let test = try TestArchive(imageBytes(row.count))
    let packed = try test.packed("xz", ["-c"] + row.arguments)
    let image = try XZImage(MemoryStorage(packed), name: "image.xz")
    #expect(image.size == ByteCount(row.count))
    if let blocks = row.blocks { #expect(image.blockCount == blocks) }
    for workers in [1, 2, 4] {
      let sink = Sink(row.count)
      try decodeXZ(packed, workers: workers, into: sink)
      #expect(sink.holds(test.original), "\(workers) workers")
    }
  }

  @Test func streamsAndPadding() throws {
    let (first, second) = (imageBytes(100_000), imageBytes(70_003, seed: 2))
    let a = try TestArchive(first).packed("xz", ["-c", "-1", "--block-size=30000"])
    let b = try TestArchive(second).packed("xz", ["-c", "-1", "--check=sha256"])
    let padding = [UInt8](repeating: 0, count: 8)
    let empty = try TestArchive([]).packed("xz", ["-c"])
    for packed in [a + b, a + padding + b, a + b + padding, a + empty + b, empty + a + b] {
      let sink = Sink(170_003)
      try decodeXZ(packed, workers: 2, into: sink)
      #expect(sink.holds(first + second))
    }
    #expect(throws: ArchiveError.self) {
      try decodeXZ(a + [0, 0, 0] + b, workers: 1, into: Sink(170_003))
    }
  }

  @Test func cutOffAnywhere() throws {
    let test = try TestArchive(imageBytes(300_000))
    let packed = try test.packed("xz", ["-c", "-1", "--block-size=65536"])
    let places =
      [0, 1, 5, 6, 11, 12, 13, 24, 100] + Array(stride(from: 1000, to: packed.count, by: 7919))
    for count in places + (1...60).map({ packed.count - $0 }) {
      #expect(throws: ArchiveError.self, "\(count) of \(packed.count)") {
        try decodeXZ(Array(packed.prefix(count)), workers: 2, into: Sink(300_000))
      }
    }
  }

  @Test(arguments: ["crc32", "crc64", "sha256"]) func flippedAnywhere(_ check: String) throws {
    let test = try TestArchive(imageBytes(200_000))
    let packed = try test.packed("xz", ["-c", "-1", "--check=\(check)", "--block-size=40000"])
    for seed in 0..<150 {
      var random = SeededGenerator(seed: UInt64(seed))
      var broken = packed
      // A third of them in the header, the index and the footer.
      let place =
        switch seed % 6 {
        case 0: Int.random(in: 0..<24, using: &random)
        case 1: packed.count - Int.random(in: 1...60, using: &random)
        default: Int.random(in: 0..<packed.count, using: &random)
        }
      broken[place] ^= UInt8.random(in: 1...255, using: &random)
      #expect(throws: ArchiveError.self, "byte \(place)") {
        try decodeXZ(broken, workers: 2, into: Sink(200_000))
      }
    }
  }

  /// Without checks only what does not decode can be found; nothing may crash.
  @Test func flippedWithoutChecks() throws {
    let test = try TestArchive(imageBytes(100_000))
    let packed = try test.packed("xz", ["-c", "-1", "--check=none", "--block-size=40000"])
    for seed in 0..<150 {
      var random = SeededGenerator(seed: UInt64(seed))
      var broken = packed
      for _ in 0..<3 {
        broken[Int.random(in: 0..<packed.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let sink = Sink(100_000)
      do {
        try decodeXZ(broken, workers: 2, into: sink)
      } catch {
        #expect(error is ArchiveError)
      }
    }
  }

  @Test(arguments: [
    [], [0xfd], Array("text that is no archive at all, of some length".utf8),
    [UInt8](repeating: 0, count: 1000), [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  ])
  func noXZ(_ bytes: [UInt8]) throws {
    let error = #expect(throws: ArchiveError.self) {
      _ = try XZImage(MemoryStorage(bytes), name: "image.xz")
    }
    #expect(error?.description.hasPrefix("cannot read the index of 'image.xz': it is") == true)
  }

  @Test func storagesThatFail() throws {
    let test = try TestArchive(imageBytes(300_000))
    let packed = try test.packed("xz", ["-c", "-1", "--block-size=65536"])
    for count in 0..<12 {
      let storage = MemoryStorage(packed)
      storage.failReads(after: count)
      do {
        try XZImage(storage, name: "image.xz").decode(workers: 1) { _, _ in }
        #expect(count > 4)
      } catch {
        #expect(error.reason == "told to fail")
      }
    }
    let error = #expect(throws: ArchiveError.self) {
      try XZImage(MemoryStorage(packed), name: "image.xz").decode(workers: 4) {
        _, _ throws(StorageError) in
        throw StorageError(operation: "write", subject: "disk", reason: "no room", code: 28)
      }
    }
    #expect(error?.description == "cannot unpack 'image.xz': cannot write 'disk': no room")
    #expect(error?.code == 28)
  }
}
