import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

/// Volumes that are not in order: refused in words, never a crash, never a write.
@Suite struct BrokenVolumeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var shape = SmallShape.fat32
    var change: @Sendable (inout [UInt8]) -> Void
    var reason: String
    var testDescription: String { name }
  }

  static func put(_ value: UInt32, _ width: Int, at place: Int) -> @Sendable (inout [UInt8]) -> Void
  {
    { bytes in
      for index in 0..<width {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
      }
    }
  }

  static let notOpened: [Row] = [
    Row(name: "nothing", change: { $0 = [] }, reason: "reach over its end"),
    Row(name: "511 bytes", change: { $0 = Array($0[..<511]) }, reason: "reach over its end"),
    Row(name: "cut in half", change: { $0 = Array($0[..<1_500_000]) }, reason: "it says it has"),
    Row(name: "no mark", change: put(0, 2, at: 510), reason: "lacks its mark"),
    Row(
      name: "NTFS", change: { $0.replaceSubrange(3..<11, with: "NTFS    ".utf8) }, reason: "NTFS"),
    Row(name: "sector of 0", change: put(0, 2, at: 11), reason: "0 bytes per sector"),
    Row(name: "sector of 513", change: put(513, 2, at: 11), reason: "513 bytes per sector"),
    Row(name: "cluster of 0", change: put(0, 1, at: 13), reason: "0 sectors per cluster"),
    Row(name: "cluster of 3", change: put(3, 1, at: 13), reason: "3 sectors per cluster"),
    Row(name: "no reserved sector", change: put(0, 2, at: 14), reason: "no reserved sector"),
    Row(name: "no table", change: put(0, 1, at: 16), reason: "0 allocation tables"),
    Row(name: "200 tables", change: put(200, 1, at: 16), reason: "200 allocation tables"),
    Row(name: "root slots on FAT32", change: put(512, 2, at: 17), reason: "fits neither"),
    Row(name: "no sectors", change: put(0, 2, at: 19), reason: "it has no cluster"),
    Row(name: "too many sectors", change: put(.max, 2, at: 19), reason: "it says it has"),
    Row(name: "table of 0", change: put(0, 4, at: 36), reason: "no sector"),
    Row(name: "table of 1", change: put(1, 4, at: 36), reason: "too small for"),
    Row(name: "table beyond the end", change: put(.max, 4, at: 36), reason: "it has no cluster"),
    Row(name: "version 1.0", change: put(256, 2, at: 42), reason: "version is 1.0"),
    Row(name: "root at 1", change: put(1, 4, at: 44), reason: "root directory is at cluster 1"),
    Row(name: "root far out", change: put(.max, 4, at: 44), reason: "4294967295"),
    Row(name: "active table 7", change: put(0x87, 2, at: 40), reason: "active table is number 7"),
    Row(name: "root loops", change: put(2, 4, at: 16392), reason: "is a loop"),
    Row(name: "root is free", change: put(0, 4, at: 16392), reason: "comes a free cluster"),
    Row(
      name: "16 slots too many", shape: .fat12, change: put(40, 2, at: 17),
      reason: "end with a sector"),
    Row(name: "FAT16 too large", shape: .fat16, change: put(1, 2, at: 22), reason: "too small for"),
  ]

  @Test(arguments: notOpened) func isNotOpened(_ row: Row) throws {
    var bytes = try row.shape.bytes()
    row.change(&bytes)
    let memory = MemoryStorage(bytes)
    let error = #expect(throws: FATError.self) { _ = try FATVolume.open(memory) }
    #expect(error?.operation == "open")
    #expect(error?.reason.contains(row.reason) == true, "\(String(describing: error))")
    #expect(memory.writes == 0)
  }

  static let notEdited: [Row] = [
    Row(name: "FAT32 in use", change: put(0x07FF_FFFF, 4, at: 16388), reason: "not unmounted"),
    Row(
      name: "FAT32 had errors", change: put(0x0BFF_FFFF, 4, at: 16388), reason: "errors were met"),
    Row(name: "FAT32 state 1", change: put(1, 1, at: 65), reason: "not unmounted cleanly"),
    Row(name: "FAT32 state 2", change: put(2, 1, at: 65), reason: "errors were met"),
    Row(
      name: "FAT16 in use", shape: .fat16, change: put(0x7FFF, 2, at: 514), reason: "unmounted"),
    Row(name: "FAT16 state 1", shape: .fat16, change: put(1, 1, at: 37), reason: "not unmounted"),
    Row(name: "FAT12 state 1", shape: .fat12, change: put(1, 1, at: 37), reason: "not unmounted"),
    Row(name: "tables not mirrored", change: put(0x80, 2, at: 40), reason: "mirroring is off"),
    Row(
      name: "tables differ", change: { $0[16384 + 4000] ^= 1 }, reason: "its two tables differ"),
  ]

  @Test(arguments: notEdited) func isReadButNotEdited(_ row: Row) throws {
    var bytes = try row.shape.bytes()
    row.change(&bytes)
    let memory = MemoryStorage(bytes)
    var volume = try FATVolume.open(memory)
    #expect(try volume.contents() == SmallShape.files)
    for edit in [.write("new", [1]), .makeDirectory("new"), .remove("empty")] as [RandomEdits.Edit]
    {
      let error = #expect(throws: FATError.self) { try volume.apply(edit) }
      #expect(error?.reason.contains(row.reason) == true, "\(String(describing: error))")
    }
    #expect(memory.writes == 0)
  }

  /// Puts a value into both tables for the second cluster of a file, or the first of it.
  struct Link: Sendable, CustomTestStringConvertible {
    var name: String
    var value: @Sendable (UInt32) -> UInt32
    var reason: String
    var testDescription: String { name }
  }

  static let links: [Link] = [
    Link(name: "loop", value: { $0 }, reason: "is a loop"),
    Link(name: "free", value: { _ in 0 }, reason: "comes a free cluster"),
    Link(name: "cluster 1", value: { _ in 1 }, reason: "cluster 1, which does not exist"),
    Link(name: "bad", value: { _ in 0x0FFF_FFF7 }, reason: "which does not exist"),
    Link(name: "far out", value: { _ in 0x00FF_FFFF }, reason: "which does not exist"),
    Link(name: "ends", value: { _ in 0x0FFF_FFFF }, reason: "but clusters for less"),
    Link(name: "shared", value: { _ in 3 }, reason: "with another file"),
  ]

  @Test(arguments: links) func aBrokenChain(_ link: Link) throws {
    var bytes = try SmallShape.fat32.bytes()
    // The first cluster of kernel_2712.img, from its short entry in the root directory.
    let entry = try #require(
      bytes.indices.first { bytes[$0...].starts(with: Array("KERNEL~1IMG".utf8)) })
    let first = UInt32(bytes[entry + 26]) | UInt32(bytes[entry + 27]) << 8
    let sectors = Int(bytes[36]) | Int(bytes[37]) << 8
    for start in [16384, 16384 + sectors * 512] {
      Self.put(link.value(first), 4, at: start + Int(first) * 4)(&bytes)
    }
    let memory = MemoryStorage(bytes)
    var volume = try FATVolume.open(memory)
    #expect(try volume.read("config.txt") == SmallShape.pattern(1500, 1))
    let error = #expect(throws: FATError.self) {
      try volume.write([1], to: "new", modified: someTime)
    }
    #expect(error?.reason.contains(link.reason) == true, "\(String(describing: error))")
    #expect(throws: FATError.self) { try volume.check() }
    #expect(memory.writes == 0)
    // Reading ends, with an error or with wrong bytes.
    _ = try? volume.read("kernel_2712.img")
  }

  @Test(arguments: SmallShape.allCases, 0..<60)
  func randomDamage(_ shape: SmallShape, _ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let original = try Self.originals[shape] ?? shape.bytes()
    for _ in 0..<5 {
      let memory = MemoryStorage(damaged(original, &random))
      guard var volume = try? FATVolume.open(memory) else {
        #expect(memory.writes == 0)
        continue
      }
      visit(volume, "", depth: 0)
      _ = try? volume.freeSpace()
      let isSound = (try? volume.check()) != nil
      for edit in CutOffTests.edits {
        do { try volume.apply(edit.1) } catch is FATError {}
      }
      #expect(isSound || memory.writes == 0)
    }
  }

  static let originals = Dictionary(
    uniqueKeysWithValues: SmallShape.allCases.compactMap { shape in
      (try? shape.bytes()).map { (shape, $0) }
    })

  private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var result = bytes
    // Half of the flips hit the first sector, the others tables and directories.
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let isFirst = Bool.random(using: &random)
      let place = Int.random(in: 0..<(isFirst ? 90 : 80_000), using: &random)
      result[place] = UInt8.random(in: 0...255, using: &random)
    }
    if Int.random(in: 0..<8, using: &random) == 0 {
      result = Array(result[..<Int.random(in: 0..<result.count, using: &random)])
    }
    return result
  }

  /// Reads what can be read; directories that lead back to themselves end at a depth.
  private func visit(_ volume: borrowing FATVolume, _ path: String, depth: Int) {
    guard depth < 3, let entries = try? volume.list(path) else { return }
    for entry in entries.prefix(50) {
      let inner = path + "/" + entry.name
      _ = try? volume.entry(at: inner)
      _ = try? volume.read(inner, limit: .mib(4))
      if entry.isDirectory { visit(volume, inner, depth: depth + 1) }
    }
  }
}
