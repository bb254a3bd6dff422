import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Synchronization
import Testing

/// Packed images that are put together out of a packed base's blocks and new ones, read by `xz`.
@Suite struct SpliceTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// How the base is packed.
    var arguments = ["-1", "--block-size=65536"]
    /// The bytes that the image has otherwise.
    var changes: [Range<Int>]
    /// Bytes that the image is longer than the base; zeros.
    var growth = 0
    /// Blocks of the base that must stand in the image.
    var kept: Int
  }

  /// Ten blocks of 64 KiB and one of 44 641 bytes.
  static let size = 700_001

  static let rows: [Row] = [
    Row(testDescription: "nothing changed", changes: [], kept: 11),
    Row(testDescription: "the first byte", changes: [0..<1], kept: 10),
    Row(testDescription: "the last byte", changes: [700_000..<700_001], kept: 10),
    Row(testDescription: "the last byte of a block", changes: [65535..<65536], kept: 10),
    Row(testDescription: "the first byte of a block", changes: [65536..<65537], kept: 10),
    Row(testDescription: "over the edge of two blocks", changes: [131_000..<131_200], kept: 9),
    Row(testDescription: "over a whole block", changes: [131_000..<196_700], kept: 8),
    Row(testDescription: "first and last", changes: [0..<10, 699_000..<699_001], kept: 9),
    Row(testDescription: "everything", changes: [0..<700_001], kept: 0),
    Row(testDescription: "longer by a byte", changes: [], growth: 1, kept: 11),
    Row(
      testDescription: "longer by some pieces and a rest", changes: [5..<6],
      growth: (9 << 20) + 17, kept: 10),
    Row(
      testDescription: "no checks", arguments: ["-1", "--check=none", "--block-size=65536"],
      changes: [70_000..<70_001], kept: 10),
    Row(
      testDescription: "CRC32", arguments: ["-1", "--check=crc32", "--block-size=65536"],
      changes: [70_000..<70_001], kept: 10),
    Row(
      testDescription: "SHA-256", arguments: ["-1", "--check=sha256", "--block-size=65536"],
      changes: [70_000..<70_001], kept: 10),
    Row(
      testDescription: "packed by several threads",
      arguments: ["-9", "-T2", "--block-size=65536"], changes: [70_000..<70_001], kept: 10),
    Row(
      testDescription: "another filter before",
      arguments: ["--arm64", "--lzma2=preset=2", "--block-size=65536"],
      changes: [70_000..<70_001], kept: 10),
    Row(
      testDescription: "blocks of an odd size", arguments: ["-1", "--block-size=99999"],
      changes: [99_998..<100_000], growth: 1000, kept: 6),
    Row(
      testDescription: "one huge block", arguments: ["-1", "-T1"], changes: [70_000..<70_001],
      kept: 0),
    Row(
      testDescription: "one huge block, as it was", arguments: ["-1", "-T1"], changes: [],
      growth: 3, kept: 1),
  ]

  @Test(arguments: rows) func unpacksToTheImage(_ row: Row) throws {
    let scene = try Scene(row)
    let (packed, splice) = try scene.spliced(workers: 2)
    #expect(splice.keptCount == row.kept)
    #expect(packed == (try scene.spliced(workers: 1)).bytes, "one thread makes another file")
    #expect(packed == (try scene.spliced(workers: 5)).bytes, "five threads make another file")
    let path = try scene.test.path(of: packed)
    try Tool("xz").check(["-t", "--format=xz", path])
    #expect(try Tool("xz").check(["-dc", path]).output == scene.image)
    let sink = Sink(scene.image.count)
    try decodeXZ(packed, workers: 3, into: sink)
    #expect(sink.holds(scene.image))
    let (mine, theirs) = (try Blocks(of: path), try Blocks(of: scene.basePath))
    #expect(mine.rows.count == splice.blockCount)
    #expect(mine.check == theirs.check)
    // What xz finds at the places of unchanged blocks are the base's bytes.
    let common = mine.rows.filter { row in
      theirs.rows.contains { $0.content == row.content }
        && scene.isUnchanged(UInt64(row.content.lowerBound)..<UInt64(row.content.upperBound))
    }
    #expect(common.count == row.kept)
    for block in common {
      let original = try #require(theirs.rows.first { $0.content == block.content })
      #expect(packed[block.packed].elementsEqual(scene.base[original.packed]))
    }
  }

  @Test func whereNothingCanBeTakenOver() throws {
    let image = imageBytes(200_000)
    let test = try TestArchive(image)
    let plain = try test.packed("xz", ["-c", "-1", "--block-size=30000"])
    let strong = try test.packed("xz", ["-c", "-1", "--check=sha256", "--block-size=30000"])
    // Two streams with different checks cannot become one.
    let both = try XZImage(MemoryStorage(plain + strong), name: "base.xz")
    let twice = image + image
    let mixed = XZSplice(size: ByteCount(twice.count), base: both) { _ in true }
    #expect(mixed.keptCount == 0)
    let none = XZSplice(size: ByteCount(twice.count), base: nil) { _ in true }
    for splice in [mixed, none] {
      let packed = try Self.write(splice, twice, workers: 2)
      #expect(try Tool("xz").check(["-dc", test.path(of: packed)]).output == twice)
    }
    // Two with the same check can.
    let same = try XZImage(MemoryStorage(plain + [0, 0, 0, 0] + plain), name: "base.xz")
    let splice = XZSplice(size: ByteCount(twice.count), base: same) { $0.lowerBound > 0 }
    #expect(splice.keptCount == 13 && splice.blockCount == 14)
    let packed = try Self.write(splice, twice, workers: 2)
    #expect(try Tool("xz").check(["-dc", test.path(of: packed)]).output == twice)
  }

  /// Pieces of zeros are made once and used again; an image that is shorter than its base, and one
  /// without any byte.
  @Test(arguments: [0, 1, 4 << 20, (4 << 20) + 1, 13 << 20]) func zerosAndSizes(_ size: Int) throws
  {
    let base = imageBytes(300_000)
    let test = try TestArchive(base)
    let packed = try XZImage(
      MemoryStorage(test.packed("xz", ["-c", "-1", "--block-size=65536"])), name: "base.xz")
    var image = [UInt8](repeating: 0, count: size)
    if size > 6 << 20 { image[5 << 20] = 7 }
    let splice = XZSplice(size: ByteCount(size), base: packed) { _ in false }
    let bytes = try Self.write(splice, image, workers: 3)
    let path = try test.path(of: bytes)
    try Tool("xz").check(["-t", path])
    #expect(try Tool("xz").check(["-dc", path]).output == image)
    #expect(bytes.count < 40_000)
  }

  /// Pieces in which nothing changed are asked for before they are made, and come out the same.
  @Test func whatIsRememberedIsTaken() throws {
    let original = imageBytes(6 << 20)
    let test = try TestArchive(original)
    let base = try XZImage(
      MemoryStorage(test.packed("xz", ["-c", "-1", "--block-size=3MiB"])), name: "base.xz")
    let memory = Memory()
    var results: [[UInt8]] = []
    for round in 0..<3 {
      var image = original
      image[100] ^= UInt8(round + 1)
      let splice = XZSplice(size: ByteCount(image.count), base: base) { range in
        !range.contains(100)
      }
      #expect(splice.blockCount == 4 && splice.keptCount == 1)
      let output = MemoryStorage(growing: ())
      try splice.write(
        MemoryStorage(image), to: output, name: "new.xz", workers: 2, memory: memory,
        progress: { _ in })
      results.append(output.content)
      #expect(try Tool("xz").check(["-dc", test.path(of: output.content)]).output == image)
      #expect(try Self.write(splice, image, workers: 2) == output.content)
    }
    #expect(memory.taken == 2 * 2 && Set(results).count == 3)
  }

  @Test func failuresAreTold() throws {
    let scene = try Scene(Row(testDescription: "", changes: [0..<1, 300_000..<300_001], kept: 9))
    let splice = scene.splice()
    for count in 0..<30 {
      let output = MemoryStorage(growing: ())
      output.failWrites(after: count)
      do throws(ArchiveError) {
        try splice.write(
          MemoryStorage(scene.image), to: output, name: "new.xz", workers: 3, progress: { _ in })
        #expect(count > 10)
      } catch {
        #expect(error.description == "cannot write 'memory': told to fail" && error.code == 5)
      }
    }
    let image = MemoryStorage(scene.image)
    image.failReads(after: 1)
    let error = #expect(throws: ArchiveError.self) {
      try splice.write(
        image, to: MemoryStorage(growing: ()), name: "new.xz", workers: 3, progress: { _ in })
    }
    #expect(error?.description == "cannot read 'memory': told to fail")
  }

  static func write(_ splice: XZSplice, _ image: [UInt8], workers: Int) throws -> [UInt8] {
    let output = MemoryStorage(growing: ())
    try splice.write(
      MemoryStorage(image), to: output, name: "new.xz", workers: workers, progress: { _ in })
    return output.content
  }
}

/// Keeps blocks that lie behind the first mebibyte.
private final class Memory: BlockMemory {
  private let state = Mutex<(blocks: [Range<UInt64>: MadeBlock], taken: Int)>(([:], 0))
  var taken: Int { state.withLock { $0.taken } }

  func block(of range: Range<UInt64>) -> MadeBlock? {
    state.withLock { state in
      if state.blocks[range] != nil { state.taken += 1 }
      return state.blocks[range]
    }
  }

  func keep(_ block: MadeBlock, of range: Range<UInt64>) {
    guard range.lowerBound >= 1 << 20 else { return }
    state.withLock { $0.blocks[range] = block }
  }
}

/// A packed base and an image that differs from it.
private struct Scene {
  let test: TestArchive
  let basePath: String
  /// The packed base.
  let base: [UInt8]
  private let original: [UInt8]
  let image: [UInt8]

  init(_ row: SpliceTests.Row) throws {
    original = imageBytes(SpliceTests.size)
    test = try TestArchive(original)
    base = try test.packed("xz", ["-c"] + row.arguments)
    basePath = test.folder.path("base.xz")
    try Data(base).write(to: URL(fileURLWithPath: basePath))
    var image = original + [UInt8](repeating: 0, count: row.growth)
    for change in row.changes { for index in change { image[index] ^= 0x5a } }
    self.image = image
  }

  func isUnchanged(_ range: Range<UInt64>) -> Bool {
    let range = Int(range.lowerBound)..<Int(range.upperBound)
    return range.upperBound <= original.count && original[range] == image[range]
  }

  func splice() -> XZSplice {
    let packed = try? XZImage(MemoryStorage(base), name: "base.xz")
    return XZSplice(size: ByteCount(image.count), base: packed, isKept: isUnchanged)
  }

  func spliced(workers: Int) throws -> (bytes: [UInt8], splice: XZSplice) {
    let splice = splice()
    return (try SpliceTests.write(splice, image, workers: workers), splice)
  }
}

/// What `xz -l` says of a file's blocks. (xz(1), robot mode)
private struct Blocks {
  struct Row {
    /// Where it stands in the file, with header and padding.
    var packed: Range<Int>
    /// What it holds of the image.
    var content: Range<Int>
  }
  var rows: [Row]
  var check: String

  init(of path: String) throws {
    let lines = try Tool("xz").check(["-l", "-vv", "--robot", path]).text.split(separator: "\n")
      .map { $0.split(separator: "\t").map(String.init) }
    rows = try lines.filter { $0.first == "block" }.map { fields in
      let numbers = try fields[4...7].map { try #require(Int($0)) }
      return Row(
        packed: numbers[0]..<(numbers[0] + (numbers[2] + 3) / 4 * 4),
        content: numbers[1]..<(numbers[1] + numbers[3]))
    }
    check = lines.first { $0.first == "totals" }?[6] ?? ""
  }
}
