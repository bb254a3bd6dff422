import SugarFlashPlan
import SugarModel
import SugarPartition

/// Cards and images made of facts.
enum CardFixture {
  static let serial = "0123456789AB"
  static let size = ByteCount(UInt64(128_043_712_512))
  static let imageSize = ByteCount.mib(2816)

  static let blank = content(.none)

  /// A card of a production node, as it comes out of a Pi.
  static let production = content(
    mbr([(1, 8, 512, "0c"), (2, 520, 80 << 10, "83")]),
    [
      1: VolumeContent(
        signatures: [Signature(type: "vfat", usage: "filesystem", label: "bootfs")],
        description: "the system of sugarkube3, prod, generation 4",
        node: MediumNode(node: "sugarkube3", tier: "prod", generation: 4)),
      2: VolumeContent(
        signatures: [Signature(type: "ext4", usage: "filesystem", label: "rootfs")]),
    ])

  /// The same with a data partition behind the root.
  static let withData = content(
    mbr([(1, 8, 512, "0c"), (2, 520, 40 << 10, "83"), (3, 50 << 10, 30 << 10, "83")]),
    [
      1: VolumeContent(
        signatures: [Signature(type: "vfat", usage: "filesystem", label: "bootfs")],
        description: "the system of sugarkube8, dev, generation 2",
        node: MediumNode(node: "sugarkube8", tier: "dev", generation: 2)),
      2: VolumeContent(
        signatures: [Signature(type: "ext4", usage: "filesystem", label: "rootfs")]),
      3: VolumeContent(
        signatures: [Signature(type: "ext4", usage: "filesystem", label: "data")]),
    ])

  static let backup = DiskContent(
    table: .none,
    whole: VolumeContent(
      signatures: [Signature(type: "ntfs", usage: "filesystem", label: "backup")]),
    fingerprint: String(repeating: "b", count: 64), middle: "m")

  /// Rows in MiB: number, start, size, type.
  static func mbr(_ rows: [(Int, UInt64, UInt64, String)]) -> TableFinding {
    .mbr(
      PartitionTable(
        kind: .mbr(0x367e_727c),
        usable: SectorRange(start: 1, count: size.bytes / 512 - 1, sectorSize: 512),
        partitions: rows.map { row in
          Partition(
            number: row.0,
            range: SectorRange(start: row.1 * 2048, count: row.2 * 2048, sectorSize: 512),
            type: row.3)
        }))
  }

  static func content(
    _ table: TableFinding, _ partitions: [Int: VolumeContent] = [:]
  ) -> DiskContent {
    DiskContent(
      table: table, whole: VolumeContent(), partitions: partitions,
      fingerprint: String(repeating: "f", count: 64), middle: "m")
  }

  static func card(
    _ content: DiskContent = blank, serial: String = serial, path: String = "/dev/sda"
  )
    -> Disk
  {
    Disk(
      path: path,
      stableNames: ["/dev/disk/by-id/usb-Generic_\(serial)-0:0", "/dev/disk/by-path/pci-1"],
      size: size, sectorSize: 512, model: "Generic MassStorage", transport: .usb,
      identifier: .known(.serial(serial)), isRemovable: true, content: .known(content))
  }

  static func image(_ root: FlashImage.RootSize? = .size(.gib(80)), bound: Set<String> = [])
    throws -> FlashImage
  {
    let sector = WorkingBytes([UInt8](repeating: 0, count: 510) + [0x55, 0xaa])
    for entry in [
      MasterBootRecord.Entry(number: 1, type: 0x0c, start: .mib(8), size: .mib(512)),
      .init(number: 2, type: 0x83, start: .mib(520), size: imageSize - .mib(520)),
    ] { try MasterBootRecord.add(entry, to: sector) }
    return FlashImage(
      title: "sugarkube1, prod, generation 1", size: imageSize, data: .mib(1380),
      node: MediumNode(node: "sugarkube1", tier: "prod", generation: 1),
      table: try MasterBootRecord(LongStorage(sector, imageSize), name: "image"), root: root,
      bound: bound, key: String(repeating: "1", count: 64))
  }
}

/// One sector at the start of many zeros.
struct LongStorage: Storage {
  let sector: WorkingBytes
  let size: ByteCount

  init(_ sector: WorkingBytes, _ size: ByteCount) {
    self.sector = sector
    self.size = size
  }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try sector.read(at: place, into: buffer)
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try sector.write(at: place, from: buffer)
  }
}
