/// FSInfo: hints of FAT32 about free clusters. We believe the place to look, never the count.
/// (Microsoft FAT32 File System Specification 1.03, "FAT32 FSInfo Sector Structure")
///
///      offset 0        484      488          492                508
///             ┌──────┬─┬────────┬────────────┬────────────────┬─┬───────────┐
///             │ RRaA │…│  rrAa  │ free count │ last allocated │…│ 00 00 55 AA│
///             └──────┴─┴────────┴────────────┴────────────────┴─┴───────────┘
struct InfoSector: Sendable {
  private let place: UInt64
  private var bytes: [UInt8]

  /// Nil where a volume has none, or one without its marks; such a sector is left alone.
  init?(_ boot: BootSector, _ disk: VolumeBytes) throws(FATFault) {
    guard let sector = boot.infoSector else { return nil }
    place = sector * boot.sectorBytes
    bytes = try disk.read(at: place, count: Int(boot.sectorBytes))
    guard try bytes.number32(at: 0) == 0x4161_5252, try bytes.number32(at: 484) == 0x6141_7272,
      try bytes.number32(at: 508) == 0xAA55_0000
    else { return nil }
  }

  /// Where to begin looking for free clusters; any number.
  var hint: UInt32 { (try? bytes.number32(at: 492)) ?? 0 }

  /// Puts new numbers on disk, when they are new.
  mutating func update(
    free: UInt32, last: UInt32, _ disk: VolumeBytes
  ) throws(FATFault) {
    var next = bytes
    next.put32(free, at: 488)
    next.put32(last, at: 492)
    guard next != bytes else { return }
    try disk.write(next[...], at: place)
    bytes = next
  }
}
