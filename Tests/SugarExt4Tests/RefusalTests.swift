import Foundation
import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

/// Volumes that must not be edited, and those that cannot be read either. A refusal writes nothing.
@Suite struct RefusalTests {
  /// A volume without checksums, so that nothing but the changed bits is judged.
  static let plain = Result {
    let folder = try TemporaryDirectory()
    let path = folder.path("volume.img")
    try ImageMaker.ext4(at: path, mebibytes: 4, options: ["-b", "1024", "-O", "^metadata_csum"])
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// A place in the superblock, and the bits to set there.
    var place: Int
    var bits: UInt32
    var clears = false
    var reason: String
    var isReadable: Bool
    var testDescription: String { name }
  }

  private static func incompatible(_ name: String, _ bit: UInt32, reads: Bool = false) -> Case {
    Case(
      name: name, place: 0x60, bits: bit,
      reason: "it uses features that are not supported: \(name)", isReadable: reads)
  }

  private static func readOnly(_ name: String, _ bit: UInt32) -> Case {
    Case(
      name: name, place: 0x64, bits: bit,
      reason: "it uses features that are not supported: \(name)", isReadable: true)
  }

  static let cases: [Case] = [
    Case(
      name: "needs_recovery", place: 0x60, bits: 0x4,
      reason: "its journal was not replayed (needs_recovery): mount it once or run e2fsck on it",
      isReadable: true),
    Case(
      name: "orphan_present", place: 0x64, bits: 0x10000,
      reason: "it holds orphans of an unclean shutdown (orphan_present): run e2fsck on it",
      isReadable: true),
    Case(
      name: "unclean", place: 0x3a, bits: 1, clears: true,
      reason: "it was not unmounted cleanly: run e2fsck on it", isReadable: true),
    Case(
      name: "errors", place: 0x3a, bits: 2,
      reason: "it is marked as having errors: run e2fsck on it", isReadable: true),
    Case(
      name: "ext2", place: 0x60, bits: 0x40, clears: true,
      reason: "its files are not mapped by extents, as those of ext4 are: it is ext2 or ext3",
      isReadable: true),
    incompatible("compression", 0x1), incompatible("journal_dev", 0x8),
    incompatible("mmp", 0x100, reads: true), incompatible("ea_inode", 0x400, reads: true),
    incompatible("dirdata", 0x1000), incompatible("large_dir", 0x4000, reads: true),
    incompatible("inline_data", 0x8000, reads: true),
    incompatible("encrypt", 0x10000, reads: true), incompatible("casefold", 0x20000, reads: true),
    incompatible("unknown incompat feature 0x40000", 0x40000),
    incompatible("unknown incompat feature 0x80000000", 0x8000_0000),
    readOnly("btree_dir", 0x4), readOnly("quota", 0x100), readOnly("bigalloc", 0x200),
    readOnly("replica", 0x800), readOnly("read-only", 0x1000), readOnly("project", 0x2000),
    readOnly("shared_blocks", 0x4000), readOnly("verity", 0x8000),
    readOnly("unknown ro_compat feature 0x20000", 0x20000),
    readOnly("unknown ro_compat feature 0x80000000", 0x8000_0000),
  ]

  @Test(arguments: cases) func editingIsRefused(_ row: Case) throws {
    for isChecksummed in [false, true] {
      // The features are judged before the checksum, which does not fit any more.
      let bytes = try isChecksummed ? Bases.bytes(.usual) : Self.plain.get()
      let storage = MemoryStorage(changed(bytes, row))
      let error = #expect(throws: Ext4Error.self) {
        _ = try Ext4Volume.open(storage, name: "root", editing: editTime)
      }
      #expect(error?.description == "cannot edit 'root': \(row.reason)")
      #expect(storage.writes == 0)
    }
  }

  @Test(arguments: cases) func readingIsWhatItCanBe(_ row: Case) throws {
    let storage = MemoryStorage(changed(try Self.plain.get(), row))
    if row.isReadable {
      let names = try Ext4Volume.open(storage, name: "root").list("/")
      #expect(names == ["lost+found"])
    } else {
      #expect(throws: Ext4Error.self) { _ = try Ext4Volume.open(storage, name: "root") }
    }
    #expect(storage.writes == 0)
  }

  @Test func twoFeaturesAreBothNamed() throws {
    var bytes = try Self.plain.get()
    bytes[1024 + 0x61] |= 0x01
    bytes[1024 + 0x65] |= 0x01
    let features = try Ext4Features(of: MemoryStorage(bytes), name: "root")
    #expect(features.unsupported == ["mmp", "quota"])
  }

  @Test(arguments: Shape.allCases) func supportedVolumesAreNotRefused(_ shape: Shape) throws {
    let storage = MemoryStorage(try Bases.bytes(shape))
    let features = try Ext4Features(of: storage, name: "root")
    #expect(features.objection == nil)
    let volume = try Ext4Volume.open(storage, name: "root", editing: editTime)
    #expect(storage.writes == 0)
    try volume.close()
    try expectNone(TestVolume(storage.content).complaints())
  }

  private func changed(_ bytes: [UInt8], _ row: Case) -> [UInt8] {
    var bytes = bytes
    for index in 0..<4 {
      let bits = UInt8(truncatingIfNeeded: row.bits >> UInt32(8 * index))
      let place = 1024 + row.place + index
      bytes[place] = row.clears ? bytes[place] & ~bits : bytes[place] | bits
    }
    return bytes
  }
}

/// Storages that hold no volume, or not all of it.
@Suite struct NoVolumeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: @Sendable ([UInt8]) -> [UInt8]
    var reason: String?
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "empty", bytes: { _ in [] }, reason: "cannot open 'root': cannot read 'memory'"),
    Case(
      name: "too small for a superblock", bytes: { Array($0.prefix(2047)) },
      reason: "cannot open 'root': cannot read 'memory'"),
    Case(
      name: "zeros", bytes: { _ in [UInt8](repeating: 0, count: 4 << 20) },
      reason: "cannot open 'root': it holds no ext4 file system"),
    Case(
      name: "text", bytes: { _ in [UInt8](repeating: 0x20, count: 4 << 20) },
      reason: "cannot open 'root': it holds no ext4 file system"),
    Case(name: "superblock alone", bytes: { Array($0.prefix(2048)) }),
    Case(name: "first block group descriptors", bytes: { Array($0.prefix(8192)) }),
    Case(name: "half", bytes: { Array($0.prefix($0.count / 2)) }),
    Case(
      name: "one block short", bytes: { Array($0.dropLast(1024)) },
      reason:
        "cannot open 'root': it claims 16384 blocks, its partition has room for 16383"),
  ]

  @Test(arguments: cases) func isRefused(_ row: Case) throws {
    let storage = MemoryStorage(row.bytes(try Bases.bytes(.smallBlocks)))
    for clock in [nil, editTime] {
      let error = #expect(throws: Ext4Error.self) {
        _ = try Ext4Volume.open(storage, name: "root", editing: clock)
      }
      if let reason = row.reason { #expect(error?.description.hasPrefix(reason) == true) }
    }
    #expect(storage.writes == 0)
  }

  @Test func factsOfAVolume() throws {
    let volume = try Ext4Volume.open(MemoryStorage(Bases.bytes(.smallBlocks)), name: "root")
    #expect(volume.label == "rootfs")
    #expect(volume.uuid == "11111111-2222-3333-4444-555555555555")
    #expect(volume.blockSize == 1024)
    #expect(volume.size == .mib(16))
    #expect(volume.lastWritten == baseTime)
    let test = try TestVolume(.smallBlocks)
    let header = try Tool("dumpe2fs").check(["-h", test.path]).text
    let number = { (name: Regex<(Substring, Substring)>) in
      header.firstMatch(of: name).flatMap { UInt64($0.1) }
    }
    #expect(volume.freeBlocks == number(/Free blocks: +([0-9]+)/))
    #expect(volume.reservedBlocks == number(/Reserved block count: +([0-9]+)/))
    #expect(volume.freeInodes == number(/Free inodes: +([0-9]+)/))
    #expect(volume.freeSpace == ByteCount(volume.freeBlocks * 1024))
  }
}
