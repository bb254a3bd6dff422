public import SugarModel

/// What partition table a disk has, both ends read by ourselves: libblkid calls a disk blank whose
/// backup header alone is left.
public enum TableSurvey {
  /// Looks at the first and last sectors of `storage`. Anything that cannot be trusted is
  /// `.damaged`, never `.none`.
  public static func look(
    at storage: any Storage, sectorSize: UInt64, name: String
  ) throws(PartitionError) -> TableFinding {
    let bytes = TableBytes(storage: storage, sectorSize: sectorSize, name: name)
    guard bytes.sectorCount >= 8 else { return .none }
    let first = try bytes.sectors(0, 1)
    let primary = try GPTHeader.read(bytes, at: 1)
    let end = bytes.sectorCount - 1
    let backup = try GPTHeader.read(bytes, at: end)
    if let header = primary.header {
      return .gpt(header.table, try health(bytes, header, backup, end, isProtected(first)))
    }
    if let header = backup.header {
      return .gpt(header.table, primary.isDamaged ? .primaryDamaged : missing(primary))
    }
    if case .damaged(let reason) = primary { return .damaged("the GPT is damaged: \(reason)") }
    if case .damaged(let reason) = backup {
      return .damaged("only the backup of a GPT is there, and it is damaged: \(reason)")
    }
    if isProtected(first) {
      return .damaged("a protective MBR says that a GPT is here, and both its headers are gone")
    }
    if let table = readMBR(first, bytes) { return .mbr(table) }
    let stray = try strayRows(bytes)
    return stray.isEmpty ? .none : .strayRows(stray)
  }

  /// Bytes of something else stand where the header was: it is as good as damaged.
  private static func missing(_ primary: GPTHeader.State) -> GPTHealth {
    primary == .absent ? .primaryMissing : .primaryDamaged
  }

  private static func health(
    _ bytes: TableBytes, _ primary: GPTHeader, _ backup: GPTHeader.State, _ end: UInt64,
    _ isProtected: Bool
  ) throws(PartitionError) -> GPTHealth {
    if let other = backup.header {
      guard other.table.kind == primary.table.kind,
        other.table.partitions == primary.table.partitions
      else { return .backupDamaged }
      return isProtected ? .sound : .protectionMissing
    }
    let place = primary.otherHeader
    guard place > 1, place < end, let other = try GPTHeader.read(bytes, at: place).header,
      other.table.partitions == primary.table.partitions
    else { return .backupDamaged }
    return .backupNotAtEnd
  }

  private static func hasBootSignature(_ sector: [UInt8]) -> Bool {
    sector[510] == 0x55 && sector[511] == 0xaa
  }

  private static func types(_ sector: [UInt8]) -> [UInt8] {
    (0..<4).map { sector[446 + 16 * $0 + 4] }
  }

  private static func isProtected(_ sector: [UInt8]) -> Bool {
    hasBootSignature(sector) && types(sector).contains(0xee)
  }

  /// The rows of an MBR; nil when the sector is none, or the first of a file system.
  private static func readMBR(_ sector: [UInt8], _ bytes: TableBytes) -> PartitionTable? {
    guard hasBootSignature(sector) else { return nil }
    let flags = (0..<4).map { sector[446 + 16 * $0] }
    guard flags.allSatisfy({ $0 == 0 || $0 == 0x80 }) else { return nil }
    var partitions: [Partition] = []
    for index in 0..<4 {
      let place = 446 + 16 * index
      let (start, count) = (sector.number(place + 8, 4), sector.number(place + 12, 4))
      guard sector[place + 4] != 0, count > 0 else { continue }
      partitions.append(
        Partition(
          number: index + 1,
          range: SectorRange(start: start, count: count, sectorSize: bytes.sectorSize),
          type: Hex.text([sector[place + 4]])))
    }
    let looksLikeVolume = sector[0] == 0xeb || sector[0] == 0xe9
    guard !partitions.isEmpty || !looksLikeVolume else { return nil }
    let limit = min(bytes.sectorCount, UInt64(UInt32.max))
    return PartitionTable(
      kind: .mbr(UInt32(sector.number(440, 4))),
      usable: SectorRange(start: 1, count: limit - 1, sectorSize: bytes.sectorSize),
      partitions: partitions)
  }

  /// The ids of rows that stand where a backup's rows would, without a header behind them.
  private static func strayRows(_ bytes: TableBytes) throws(PartitionError) -> [GUID] {
    let count = 16384 / bytes.sectorSize
    guard bytes.sectorCount > count + 2 else { return [] }
    let rows = try bytes.sectors(bytes.sectorCount - 1 - count, count)
    let found = GPTHeader.partitions(rows, 128, bytes.sectorSize)
    guard found.allSatisfy({ $0.range.end <= bytes.sectorCount && $0.range.count > 0 }) else {
      return []
    }
    return found.compactMap(\.id)
  }
}
