internal import SugarModel

/// Which of the three layouts a volume has: how wide a number in its table is.
public enum FATKind: String, Hashable, Sendable, CaseIterable {
  case fat12 = "FAT12"
  case fat16 = "FAT16"
  case fat32 = "FAT32"
}

/// The first sector of a volume, checked: where everything is.
/// (Microsoft FAT32 File System Specification 1.03, "Boot Sector and BPB")
///
///      offset  0  3     11      13      14       16    17     19     21    22     32
///             ┌──┬─────┬───────┬───────┬────────┬─────┬──────┬──────┬─────┬──────┬──────┐
///             │..│ OEM │ bytes │ secs/ │reserved│ FATs│ root │total │media│ secs/│total │
///             │  │ name│ /sec  │cluster│sectors │     │ slots│ (16) │     │FAT 16│ (32) │
///             └──┴─────┴───────┴───────┴────────┴─────┴──────┴──────┴─────┴──────┴──────┘
///      FAT12/16 from 36: drive, state, 29h, volume id at 39, label at 43
///      FAT32    from 36: secs/FAT (32), flags 40, version 42, root cluster 44, FSInfo 48,
///                        state 65, 29h, volume id 67, label 71
///
///      volume  ┌──────────┬───────┬───────┬───────────────┬──────────────────────────┐
///              │ reserved │ FAT 1 │ FAT 2 │ root (12/16)  │ clusters 2, 3, 4 …       │
///              └──────────┴───────┴───────┴───────────────┴──────────────────────────┘
struct BootSector: Sendable {
  let kind: FATKind
  let sectorBytes: UInt64
  let clusterBytes: UInt64
  /// First sector of the first table, and how many sectors each of the tables has.
  let tableSector: UInt64
  let tableSectors: UInt64
  let tableCount: UInt64
  /// The table that is read; not 0 only where FAT32 has switched mirroring off.
  let activeTable: UInt64
  let isMirrored: Bool
  /// Slots of the fixed root directory; 0 on FAT32.
  let rootSlots: UInt64
  let rootCluster: UInt32
  let clusterCount: UInt32
  /// The sector of FSInfo, where there is one.
  let infoSector: UInt64?
  let volumeID: UInt32?
  /// The label of the boot sector, eleven bytes; the root directory's own goes before it.
  let labelBytes: [UInt8]?
  /// The state byte: bit 0 "not unmounted", bit 1 "errors were met".
  let state: UInt8

  /// Reads the sector and checks every number that is later used to find a place.
  init(_ bytes: [UInt8], volume: ByteCount) throws(FATFault) {
    try Self.checkMarks(bytes)
    let raw = try RawNumbers(bytes)
    try raw.check()
    let total = raw.totalSectors * raw.sectorBytes
    guard total <= volume.bytes else {
      throw FATFault("it says it has \(total) bytes, there are \(volume.bytes)")
    }
    let before = raw.reserved + raw.tableCount * raw.tableSectors + raw.rootSectors
    let count = before < raw.totalSectors ? (raw.totalSectors - before) / raw.clusterSectors : 0
    kind = try raw.kind(clusters: count)
    sectorBytes = raw.sectorBytes
    clusterBytes = raw.sectorBytes * raw.clusterSectors
    tableSector = raw.reserved
    tableSectors = raw.tableSectors
    tableCount = raw.tableCount
    rootSlots = raw.rootSlots
    clusterCount = UInt32(truncatingIfNeeded: count)
    let wide = kind == .fat32
    let tail = wide ? 64 : 36
    state = try bytes.number8(at: tail + 1)
    let hasTail = try bytes.number8(at: tail + 2) == 0x29
    volumeID = hasTail ? try bytes.number32(at: tail + 3) : nil
    labelBytes = hasTail ? Array(bytes[(tail + 7)..<(tail + 18)]) : nil
    let flags = wide ? try bytes.number16(at: 40) : 0
    isMirrored = flags & 0x80 == 0
    activeTable = isMirrored ? 0 : UInt64(flags & 15)
    rootCluster = wide ? try bytes.number32(at: 44) : 0
    let info = wide ? UInt64(try bytes.number16(at: 48)) : 0
    infoSector = info > 0 && info < raw.reserved ? info : nil
    try checkWide(version: wide ? bytes.number16(at: 42) : 0)
    try checkTable()
  }

  private static func checkMarks(_ bytes: [UInt8]) throws(FATFault) {
    guard try bytes.number16(at: 510) == 0xAA55 else {
      throw FATFault("it is not a FAT volume: the first sector lacks its mark 55 AA")
    }
    let maker = String(decoding: bytes[3..<11], as: UTF8.self)
    guard maker != "NTFS    ", maker != "EXFAT   " else {
      throw FATFault("it is not a FAT volume but \(maker.split(separator: " ").joined())")
    }
  }

  private func checkWide(version: UInt16) throws(FATFault) {
    guard kind == .fat32 else { return }
    guard version == 0 else {
      throw FATFault("its FAT32 version is \(version >> 8).\(version & 255); only 0.0 is known")
    }
    guard isCluster(rootCluster) else {
      throw FATFault("its root directory is at cluster \(rootCluster), which does not exist")
    }
    guard activeTable < tableCount else {
      throw FATFault("its active table is number \(activeTable), it has \(tableCount)")
    }
  }

  private func checkTable() throws(FATFault) {
    guard usedTableBytes <= tableSectors * sectorBytes else {
      throw FATFault(
        "its table of \(tableSectors) sectors is too small for \(clusterCount) clusters")
    }
  }
}

/// Places, from the numbers above.
extension BootSector {
  /// Whether a number names a cluster of this volume: 2 is the first.
  func isCluster(_ number: UInt32) -> Bool {
    number >= 2 && UInt64(number) < UInt64(clusterCount) + 2
  }

  /// One more than the last cluster's number.
  var clusterEnd: UInt32 { clusterCount + 2 }

  /// Bytes of a table that carry clusters; the rest of its last sector means nothing.
  var usedTableBytes: UInt64 {
    let entries = UInt64(clusterCount) + 2
    switch kind {
    case .fat12: return (entries * 3 + 1) / 2
    case .fat16: return entries * 2
    case .fat32: return entries * 4
    }
  }

  func tablePlace(copy: UInt64) -> UInt64 { (tableSector + copy * tableSectors) * sectorBytes }

  var rootPlace: UInt64 { tablePlace(copy: tableCount) }

  /// Where a cluster's bytes are; for numbers that passed `isCluster`.
  func place(of cluster: UInt32) -> UInt64 {
    rootPlace + rootSlots * 32 + (UInt64(cluster) - 2) * clusterBytes
  }

  /// How many clusters hold `bytes` bytes.
  func clusters(for bytes: Int) -> UInt32 {
    let count = (UInt64(bytes) + clusterBytes - 1) / clusterBytes
    return UInt32(clamping: count)
  }
}
