import SugarModel
import SugarPartition

/// The disk that the node runs from: the root grows to its planned size, and partitions are
/// appended behind it. The rows that are there are never moved, shrunk or removed.
struct BootDiskJudge {
  /// Rows 1 and 2 are the image's own: boot files and root.
  static let (rootNumber, firstAppended, rowLimit) = (2, 3, 4)
  let judge: ContentJudge

  init(_ judge: ContentJudge) { self.judge = judge }

  func decision() throws(Refusal) -> DiskDecision {
    let table = try ownTable()
    guard let root = table.partition(Self.rootNumber) else {
      throw Refusal(.mismatch, "\(judge.disk.title) has no root partition")
    }
    let end = UInt64(table.usable.end) * table.usable.sectorSize
    let usable = SectorRange(
      start: table.usable.start,
      count: min(table.usable.end, end / table.usable.sectorSize) - table.usable.start,
      sectorSize: table.usable.sectorSize)
    let grownRoot = try self.grownRoot(root, table, usable)
    let planned = try place(behind: grownRoot, in: usable)
    let present = table.partitions.filter { $0.number >= Self.firstAppended }
    var (added, grown): ([Int], [Int]) = ([], grownRoot == root ? [] : [Self.rootNumber])
    for wanted in planned {
      guard let own = present.first(where: { $0.number == wanted.number }) else {
        added.append(wanted.number)
        continue
      }
      if try isShort(own, wanted, isLast: wanted.number == planned.last?.number) {
        grown.append(wanted.number)
      }
    }
    let volumes = try judge.volumes(planned.filter { !added.contains($0.number) }, kept: [])
    return try decide(table, grownRoot, planned, added: added, grown: grown, volumes)
  }

  private func decide(
    _ table: PartitionTable, _ root: Partition, _ planned: [Partition], added: [Int], grown: [Int],
    _ volumes: (format: [Int], grow: [Int])
  ) throws(Refusal) -> DiskDecision {
    var wanted = table
    wanted.partitions = table.partitions.filter { row in
      row.number != root.number && !planned.contains { $0.number == row.number }
    }
    wanted.partitions = (wanted.partitions + [root] + planned).sorted { $0.number < $1.number }
    if let (a, b) = wanted.overlap {
      throw Refusal(
        .overlap, "partitions \(a.number) and \(b.number) of \(judge.disk.title) would overlap")
    }
    let rewrites = !added.isEmpty || !grown.isEmpty
    let work = DiskWork(
      table: rewrites ? wanted : nil, format: volumes.format + added,
      grow: Array(Set(volumes.grow + grown + smallRoot(root))).sorted())
    if !volumes.format.isEmpty { return .resume(work) }
    if !added.isEmpty { return .create(work) }
    return work.grow.isEmpty ? .keep : .grow(work)
  }

  private func ownTable() throws(Refusal) -> PartitionTable {
    guard case .mbr(let table) = judge.content.table, case .mbr(let id) = table.kind else {
      throw Refusal(.mismatch, "\(judge.disk.title) does not have the table of this node's image")
    }
    let text = String(id, radix: 16)
    guard String(repeating: "0", count: 8 - text.count) + text == judge.question.boot.id else {
      throw Refusal(
        .mismatch, "\(judge.disk.title) has the id \(text), not \(judge.question.boot.id)")
    }
    return table
  }

  /// The root with the size that the fleet gives it, as far as the next row and the disk allow.
  private func grownRoot(
    _ root: Partition, _ table: PartitionTable, _ usable: SectorRange
  ) throws(Refusal) -> Partition {
    let sector = usable.sectorSize
    let next = table.partitions.map(\.range.start).filter { $0 > root.range.start }.min()
    let room = min(next ?? usable.end, usable.end) - root.range.start
    let step = TablePlanner.step.bytes / sector
    let wanted = judge.question.boot.rootSize.roundedUp(to: TablePlanner.step).bytes / sector
    var grown = root
    grown.range.count = max(root.range.count, min(wanted, room / step * step))
    return grown
  }

  private func place(
    behind root: Partition, in usable: SectorRange
  ) throws(Refusal) -> [Partition] {
    guard Self.firstAppended - 1 + judge.layout.partitions.count <= Self.rowLimit else {
      throw Refusal(
        .tooSmall, "an MBR has \(Self.rowLimit) rows, and the plan needs more behind the root")
    }
    var wishes = judge.layout.partitions
    for index in wishes.indices where wishes[index].number == 0 {
      wishes[index].number = Self.firstAppended + index
    }
    // The root's place on a disk that is full of it does not move the ones behind: they start where
    // the planned root ends.
    let planned = judge.question.boot.rootSize.roundedUp(to: TablePlanner.step).bytes
    let start = max(root.range.end, root.range.start + planned / usable.sectorSize)
    return try TablePlanner.place(
      wishes, in: usable, from: start, known: [], id: { _ in nil }, type: { _ in "83" },
      named: false)
  }

  /// Whether the row is the planned one but for its size, which may grow.
  private func isShort(
    _ own: Partition, _ wanted: Partition, isLast: Bool
  ) throws(Refusal) -> Bool {
    let title = "partition \(own.number) of \(judge.disk.title)"
    guard own.type == wanted.type else {
      throw Refusal(.mismatch, "\(title) has the type \(own.type) instead of \(wanted.type)")
    }
    guard own.range.start == wanted.range.start else {
      throw Refusal(
        .mismatch,
        "\(title) starts at \(own.range.position) instead of \(wanted.range.position)")
    }
    guard own.range.count != wanted.range.count else { return false }
    guard own.range.count < wanted.range.count, judge.layout.grows, isLast else {
      throw Refusal(
        .mismatch, "\(title) has \(own.range.size) instead of \(wanted.range.size)")
    }
    return true
  }

  /// The root's file system, when it is smaller than its partition.
  private func smallRoot(_ root: Partition) -> [Int] {
    guard let size = judge.content.partitions[root.number]?.fileSystemSize,
      size + .mib(1) <= root.range.size
    else { return [] }
    return [root.number]
  }
}

/// The disk that the root file system is to move to.
struct RootMoveJudge {
  let judge: ContentJudge

  init(_ judge: ContentJudge) { self.judge = judge }

  func decision() throws(Refusal) -> DiskDecision {
    if judge.disk.carriesSystem == .known(true) {
      return .skip("the node runs from \(judge.disk.path) already")
    }
    if judge.content.isBlank { return .create(DiskWork(copiesRoot: true)) }
    guard case .mbr(let table) = judge.content.table, isOwn(table) else {
      throw Refusal(.foreignTable, "\(judge.disk.title) is neither blank nor this node's")
    }
    return .resume(DiskWork(copiesRoot: true))
  }

  /// The boot partition and a root that is ours or not made yet, under our id.
  private func isOwn(_ table: PartitionTable) -> Bool {
    guard case .mbr(let id) = table.kind, table.partitions.map(\.number) == [1, 2] else {
      return false
    }
    let text = String(id, radix: 16)
    let types = [1, 2].map { judge.content.partitions[$0]?.signatures.first?.type }
    return String(repeating: "0", count: 8 - text.count) + text == judge.question.boot.id
      && types == ["vfat", "ext4"]
  }
}
