/// The numbers of the BIOS parameter block as they stand there, before anything is believed.
struct RawNumbers {
  let sectorBytes: UInt64
  let clusterSectors: UInt64
  let reserved: UInt64
  let tableCount: UInt64
  let rootSlots: UInt64
  let totalSectors: UInt64
  let tableSectors: UInt64
  /// FAT32 keeps the size of its table elsewhere and leaves the old place 0.
  let isWide: Bool

  init(_ bytes: [UInt8]) throws(FATFault) {
    sectorBytes = UInt64(try bytes.number16(at: 11))
    clusterSectors = UInt64(try bytes.number8(at: 13))
    reserved = UInt64(try bytes.number16(at: 14))
    tableCount = UInt64(try bytes.number8(at: 16))
    rootSlots = UInt64(try bytes.number16(at: 17))
    let narrowTotal = UInt64(try bytes.number16(at: 19))
    totalSectors = narrowTotal != 0 ? narrowTotal : UInt64(try bytes.number32(at: 32))
    let narrowTable = UInt64(try bytes.number16(at: 22))
    isWide = narrowTable == 0
    tableSectors = isWide ? UInt64(try bytes.number32(at: 36)) : narrowTable
  }

  /// Sectors of the fixed root directory; after `check` it fills them exactly.
  var rootSectors: UInt64 { rootSlots * 32 / sectorBytes }

  func check() throws(FATFault) {
    guard [512, 1024, 2048, 4096].contains(sectorBytes) else {
      throw FATFault("it is not a FAT volume: \(sectorBytes) bytes per sector")
    }
    guard clusterSectors > 0, clusterSectors & (clusterSectors - 1) == 0 else {
      throw FATFault("it is not a FAT volume: \(clusterSectors) sectors per cluster")
    }
    guard reserved > 0 else { throw FATFault("it is not a FAT volume: no reserved sector") }
    guard tableCount == 1 || tableCount == 2 else {
      throw FATFault("it has \(tableCount) allocation tables; one or two are known")
    }
    guard tableSectors > 0 else { throw FATFault("its allocation table has no sector") }
    guard isWide == (rootSlots == 0) else {
      throw FATFault("its root directory of \(rootSlots) slots fits neither FAT16 nor FAT32")
    }
    guard rootSlots * 32 % sectorBytes == 0 else {
      throw FATFault("its root directory of \(rootSlots) slots does not end with a sector")
    }
  }

  /// The kind, by the number of clusters. FAT32 is known by its layout, as Linux and dosfstools
  /// know it, because `mkfs.vfat -F 32` also makes it with few clusters.
  func kind(clusters: UInt64) throws(FATFault) -> FATKind {
    guard clusters > 0 else { throw FATFault("it has no cluster") }
    if isWide {
      guard clusters <= 0x0FFF_FFF5 else { throw FATFault("\(clusters) clusters are too many") }
      return .fat32
    }
    guard clusters <= 65_524 else {
      throw FATFault("\(clusters) clusters are too many for its FAT16 layout")
    }
    return clusters <= 4084 ? .fat12 : .fat16
  }
}
