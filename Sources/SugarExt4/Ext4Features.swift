public import SugarModel

/// The feature words of an ext4 superblock, judged before libext2fs touches the volume.
///
/// Places and bits: Documentation/filesystems/ext4/super.rst of the Linux kernel.
///
///     superblock at byte 1024:   0x38 magic 0xEF53   0x3A state   0x5C compat   0x60 incompat   0x64 ro_compat
public struct Ext4Features: Hashable, Sendable {
  public var compatible: UInt32
  public var incompatible: UInt32
  public var readOnlyCompatible: UInt32
  /// Bit 0: cleanly unmounted; bit 1: errors were found.
  public var state: UInt16

  static let superblockPlace = ByteCount(1024)

  /// Reads the words of the superblock; throws when there is none.
  public init(of storage: any Storage, name: String) throws(Ext4Error) {
    let bytes: [UInt8]
    do {
      bytes = try storage.bytes(at: Self.superblockPlace, count: 1024)
    } catch {
      throw Ext4Error(operation: "open", subject: name, reason: error.description)
    }
    guard bytes[0x38] == 0x53, bytes[0x39] == 0xef else {
      throw Ext4Error(operation: "open", subject: name, reason: "it holds no ext4 file system")
    }
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    state = UInt16(bytes[0x3a]) | UInt16(bytes[0x3b]) << 8
    compatible = word(0x5c)
    incompatible = word(0x60)
    readOnlyCompatible = word(0x64)
  }

  /// Why the volume must not be edited, or nil.
  public var objection: String? {
    if incompatible & 0x4 != 0 {
      return "its journal was not replayed (needs_recovery): mount it once or run e2fsck on it"
    }
    if readOnlyCompatible & 0x10000 != 0 {
      return "it holds orphans of an unclean shutdown (orphan_present): run e2fsck on it"
    }
    if state & 1 == 0 { return "it was not unmounted cleanly: run e2fsck on it" }
    if state & 2 != 0 { return "it is marked as having errors: run e2fsck on it" }
    if incompatible & 0x40 == 0 {
      return "its files are not mapped by extents, as those of ext4 are: it is ext2 or ext3"
    }
    return unsupported.isEmpty
      ? nil : "it uses features that are not supported: \(unsupported.joined(separator: ", "))"
  }

  /// The names of features that this editor does not know how to keep intact.
  public var unsupported: [String] {
    Self.names(
      of: incompatible, known: Self.incompatibleNames, allowed: Self.incompatibleAllowed, "incompat"
    )
      + Self.names(
        of: readOnlyCompatible, known: Self.readOnlyNames, allowed: Self.readOnlyAllowed,
        "ro_compat")
  }

  private static func names(
    of word: UInt32, known: [UInt32: String], allowed: UInt32, _ kind: String
  ) -> [String] {
    (0..<32).map { UInt32(1) << $0 }.filter { word & $0 & ~allowed != 0 }
      .map { known[$0] ?? "unknown \(kind) feature 0x\(String($0, radix: 16))" }
  }

  /// filetype, meta_bg, extents, 64bit, flex_bg, metadata_csum_seed
  private static let incompatibleAllowed: UInt32 = 0x2 | 0x10 | 0x40 | 0x80 | 0x200 | 0x2000
  private static let incompatibleNames: [UInt32: String] = [
    0x1: "compression", 0x4: "needs_recovery", 0x8: "journal_dev", 0x100: "mmp", 0x400: "ea_inode",
    0x1000: "dirdata", 0x4000: "large_dir", 0x8000: "inline_data", 0x10000: "encrypt",
    0x20000: "casefold",
  ]
  /// sparse_super, large_file, huge_file, uninit_bg, dir_nlink, extra_isize, metadata_csum
  private static let readOnlyAllowed: UInt32 = 0x1 | 0x2 | 0x8 | 0x10 | 0x20 | 0x40 | 0x400
  private static let readOnlyNames: [UInt32: String] = [
    0x4: "btree_dir", 0x100: "quota", 0x200: "bigalloc", 0x800: "replica", 0x1000: "read-only",
    0x2000: "project", 0x4000: "shared_blocks", 0x8000: "verity", 0x10000: "orphan_present",
  ]
}
