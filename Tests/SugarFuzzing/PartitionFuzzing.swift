import SugarModel
import SugarPartition

/// Partition tables on a disk that begins with whatever bytes, or is them.
enum PartitionFuzzing {
  private static let size = ByteCount.mib(64)

  static func run(_ bytes: [UInt8]) throws {
    try read(FuzzStorage(bytes))
    try read(FuzzStorage(bytes, size: size))
    let last = bytes.count / 512 - 1
    try read(FuzzStorage(Checksums.mendingGPT(bytes, sectors: [1, last])))
    try read(FuzzStorage(Checksums.mendingGPT(bytes, sectors: [1]), size: size))
  }

  private static func read(_ storage: FuzzStorage) throws {
    for sectorSize in [UInt64(512), 4096] {
      guard
        let finding = try? TableSurvey.look(at: storage, sectorSize: sectorSize, name: "input")
      else { continue }
      switch finding {
      case .mbr(let table), .gpt(let table, _):
        _ = SfdiskScript.text(table)
        _ = table.overlap
      case .none, .damaged, .strayRows: break
      }
    }
    let record = try? MasterBootRecord(storage, name: "input")
    try storage.expectUnwritten()
    guard let record else { return }
    try check(record, storage)
  }

  /// What is read lies inside and does not overlap; a growth changes one number and no other.
  private static func check(_ record: MasterBootRecord, _ storage: FuzzStorage) throws {
    guard record.entries.allSatisfy({ $0.end <= storage.size && $0.size > .zero }) else {
      throw FuzzFinding(description: "a partition reaches over the end")
    }
    for entry in record.entries {
      let before = try storage.bytes(at: .zero, count: 512)
      try MasterBootRecord.resize(partition: entry.number, to: entry.size, of: storage)
      guard try storage.bytes(at: .zero, count: 512) == before else {
        throw FuzzFinding(description: "the same size is another table")
      }
    }
    try MasterBootRecord.setDiskID(~record.diskID, of: storage)
    guard try MasterBootRecord(storage, name: "input").entries == record.entries else {
      throw FuzzFinding(description: "another disk id is another table")
    }
  }
}
