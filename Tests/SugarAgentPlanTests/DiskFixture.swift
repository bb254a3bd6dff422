import SugarAgentPlan
import SugarModel
import SugarPartition

/// Disks made of facts, for the table of decisions.
enum DiskFixture {
  static let size = ByteCount.gib(100)
  static let serial = "S5GXNF0R"

  static func disk(
    _ content: DiskContent, serial: String = serial, size: ByteCount = size,
    sectorSize: UInt64 = 512
  ) -> Disk {
    Disk(
      path: "/dev/nvme0n1", size: size, sectorSize: sectorSize, model: "Samsung SSD 980",
      transport: .nvme, identifier: .known(.serial(serial)), content: .known(content))
  }

  static let blank = content(.none)

  static func content(
    _ table: TableFinding, _ whole: VolumeContent = VolumeContent(),
    _ partitions: [Int: VolumeContent] = [:]
  ) -> DiskContent {
    DiskContent(
      table: table, whole: whole, partitions: partitions,
      fingerprint: String(repeating: "f", count: 64), middle: "m")
  }

  static func holding(_ type: String, usage: String = "filesystem") -> VolumeContent {
    VolumeContent(
      signatures: [Signature(type: type, usage: usage)], sample: .data(at: ByteCount(1024)))
  }

  /// One partition over the whole disk.
  static func layout(
    _ wishes: [PartitionWish] = [PartitionWish(number: 1, label: "data", size: .rest)],
    absent: [Int] = [], takesEmptyTable: Bool = false, grows: Bool = false
  ) -> DiskLayout {
    DiskLayout(
      name: "data", place: .disk(DiskSelector(transport: .nvme)), partitions: wishes,
      absent: absent, takesEmptyTable: takesEmptyTable, grows: grows)
  }

  static func question(_ disks: [Disk], _ layout: DiskLayout = layout()) -> DiskQuestion {
    DiskQuestion(
      fleet: "sugarkube", node: "sugarkube0", layout: layout,
      census: DiskCensus(disks: disks, isSettled: true),
      boot: DiskIdentity(target: "sd", id: "0badcafe", rootSize: .gib(20)))
  }

  static func ids(_ serial: String = serial) -> DiskIDs {
    DiskIDs(fleet: "sugarkube", node: "sugarkube0", layout: "data", disk: .serial(serial))
  }

  /// The table that the agent itself would write for a layout.
  static func ownTable(
    _ layout: DiskLayout = layout(), size: ByteCount = size, sectorSize: UInt64 = 512
  ) -> PartitionTable {
    let asked = question([disk(blank, size: size, sectorSize: sectorSize)], layout)
    guard case .create(let work) = DiskPlanner.decide(asked).decision, let table = work.table else {
      preconditionFailure("the fixture's layout does not fit its disk")
    }
    return table
  }

  static func foreignTable(_ table: PartitionTable = ownTable()) -> PartitionTable {
    var table = table
    table.kind = .gpt(GUID(derivedFrom: ["somebody else"]))
    return table
  }

  /// The file system that the agent itself would make in a partition.
  static func ownVolume(_ number: Int = 1, label: String = "data", size: ByteCount? = nil)
    -> VolumeContent
  {
    VolumeContent(
      signatures: [
        Signature(
          type: "ext4", usage: "filesystem", label: label,
          uuid: ids().fileSystem(number).description)
      ], sample: .data(at: ByteCount(1024)), fileSystemSize: size)
  }

  /// A disk as the agent leaves it.
  static func finished(_ layout: DiskLayout = layout(), health: GPTHealth = .sound) -> Disk {
    let table = ownTable(layout)
    let volumes = table.partitions.map { ($0.number, ownVolume($0.number, label: $0.name)) }
    return disk(
      content(.gpt(table, health), VolumeContent(), Dictionary(uniqueKeysWithValues: volumes)))
  }

  static func changed(_ table: PartitionTable, _ edit: (inout Partition) -> Void) -> PartitionTable
  {
    var table = table
    edit(&table.partitions[0])
    return table
  }
}
