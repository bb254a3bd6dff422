public import SugarHost
public import SugarModel
import SugarPartition

#if canImport(Glibc)
  import Glibc
#endif

/// Looks at what is on a disk: both ends of its table, every signature, and samples between.
public enum DiskReader {
  /// The disk with its content, and with an identity that includes it where the disk has no other.
  public static func look(at disk: Disk, by opener: DiskOpener = .own) -> Disk {
    var disk = disk
    guard disk.size > .zero else {
      disk.content = .unknown("it has no medium")
      return disk
    }
    do {
      let content = try content(
        of: opener.open(disk.path, .read), sectorSize: disk.sectorSize, name: disk.path)
      disk.content = .known(content)
      if case .known(.place(let path, let size, _)) = disk.identifier {
        disk.identifier = .known(
          .place(path: path, size: size, fingerprint: content.fingerprint))
      }
    } catch {
      disk.content = .unknown("\(error)")
    }
    return disk
  }

  /// What is on a disk or in an image of one.
  public static func content(of path: String, sectorSize: UInt64) throws -> DiskContent {
    try content(of: FileStorage(path, .read), sectorSize: sectorSize, name: path)
  }

  private static func content(
    of file: FileStorage, sectorSize: UInt64, name: String
  ) throws -> DiskContent {
    try file.withFreshDescriptor { descriptor in
      try content(of: file, descriptor, sectorSize: sectorSize, name: name)
    }
  }

  private static func content(
    of file: FileStorage, _ descriptor: Int32, sectorSize: UInt64, name: String
  ) throws -> DiskContent {
    var table = try TableSurvey.look(at: file, sectorSize: sectorSize, name: name)
    let probe = try SignatureProbe.look(
      at: descriptor, from: .zero, size: file.size, name: name)
    if table == .none, let kind = probe.tableKind {
      table = .damaged("libblkid sees a partition table of the kind '\(kind)'")
    }
    let sampler = try Sampler(file)
    let whole = VolumeContent(
      signatures: probe.signatures, isAmbivalent: probe.isAmbivalent, sample: sampler.sample,
      description: nil)
    var partitions: [Int: VolumeContent] = [:]
    for partition in table.partitions where partition.range.count > 0 {
      guard partition.range.position + partition.range.size <= file.size else { continue }
      partitions[partition.number] = try volume(
        file, descriptor, partition.range, name: "partition \(partition.number) of \(name)")
    }
    var hash = SHA256Hash()
    hash.add(Array(sampler.fingerprints.all.utf8))
    for number in partitions.keys.sorted() { hash.add(Array("\(partitions[number] as Any)".utf8)) }
    return DiskContent(
      table: table, whole: whole, partitions: partitions, fingerprint: Hex.text(hash.finish()),
      middle: sampler.fingerprints.middle)
  }

  /// What is in one partition of an open disk.
  static func volume(
    _ file: FileStorage, _ descriptor: Int32, _ range: SectorRange, name: String
  ) throws -> VolumeContent {
    let region = try Region(of: file, from: range.position, size: range.size, name: name)
    let probe = try SignatureProbe.look(
      at: descriptor, from: range.position, size: range.size, name: name)
    let ext4 = probe.signatures.first?.type == "ext4" ? try ext4(region) : nil
    let boot = probe.signatures.first?.type == "vfat" ? BootFiles.look(at: region) : (nil, nil)
    return VolumeContent(
      signatures: probe.signatures, isAmbivalent: probe.isAmbivalent,
      sample: try Sampler.sample(of: region), fileSystemSize: ext4?.size,
      wasMounted: ext4?.wasMounted ?? false,
      isGrowthUnsettled: ext4?.isGrowthUnsettled ?? false, description: boot.0, node: boot.1)
  }

  /// What is in partition `number` of a disk, by the range that the table gives it.
  public static func volume(
    of path: String, range: SectorRange, by opener: DiskOpener = .own
  ) throws -> VolumeContent {
    let file = try opener.open(path, .read)
    return try file.withFreshDescriptor { descriptor in
      try volume(file, descriptor, range, name: path)
    }
  }

  private struct Ext4 {
    /// Blocks times block size.
    var size: ByteCount
    /// It says when it was last mounted.
    var wasMounted: Bool
    /// It may be mounted once before it must be checked, or its copy in the second group of blocks
    /// has a journal to replay.
    var isGrowthUnsettled: Bool
  }

  /// From the superblock. (the kernel's Documentation/filesystems/ext4/super.rst: s_blocks_count_lo
  /// 0x4, s_log_block_size 0x18, s_blocks_per_group 0x20, s_mtime 0x2c, s_max_mnt_count 0x36, s_magic
  /// 0x38, s_feature_incompat 0x60, s_blocks_count_hi 0x150)
  private static func ext4(_ region: Region) throws -> Ext4 {
    let block = try region.bytes(at: ByteCount(1024), count: 1024)
    func word(_ place: Int, _ block: [UInt8]) -> UInt64 {
      (0..<4).reduce(0) { $0 | UInt64(block[place + $1]) << UInt64(8 * $1) }
    }
    func word(_ place: Int) -> UInt64 { word(place, block) }
    let (has64Bits, scale) = (word(0x60) & 0x80 != 0, 10 + min(word(0x18), 6))
    let blocks = word(0x4) | (has64Bits ? word(0x150) << 32 : 0)
    // Blocks of 1 KiB are counted from the second on.
    let copy = ByteCount(word(0x20) << scale + (scale == 10 ? 1024 : 0))
    var hasJournal = false
    if copy + ByteCount(1024) <= region.size {
      let block = try region.bytes(at: copy, count: 1024)
      hasJournal = word(0x38, block) & 0xffff == 0xef53 && word(0x60, block) & 4 != 0
    }
    return Ext4(
      size: ByteCount(blocks << scale), wasMounted: word(0x2c) != 0,
      isGrowthUnsettled: word(0x34) >> 16 == 1 || hasJournal)
  }
}

extension TableFinding {
  /// The rows of the table, whatever its kind.
  public var partitions: [Partition] {
    switch self {
    case .mbr(let table), .gpt(let table, _): table.partitions
    case .none, .damaged, .strayRows: []
    }
  }
}

extension FileStorage {
  /// Calls `body` with the descriptor after the kernel forgot what it held of the device: partitions
  /// and disk have caches of their own.
  func withFreshDescriptor<Result>(_ body: (Int32) throws -> Result) rethrows -> Result {
    forget()
    return try withDescriptor(body)
  }
}
