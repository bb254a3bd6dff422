public import SugarModel
import SugarPartition

/// Compares a table of ours with the layout: what is missing, what has grown too small, and what is
/// not as it should be.
struct TableMatch {
  let judge: ContentJudge
  let table: PartitionTable
  let health: GPTHealth

  init(_ judge: ContentJudge, _ table: PartitionTable, _ health: GPTHealth) {
    self.judge = judge
    self.table = table
    self.health = health
  }

  func decision() throws(Refusal) -> DiskDecision {
    for number in judge.layout.absent where table.partition(number) != nil {
      throw Refusal(
        .unexpectedPartition,
        "\(judge.disk.title) has a partition \(number), which must not be there; nothing is deleted"
      )
    }
    let usable = TablePlanner.usable(size: judge.disk.size, sectorSize: judge.disk.sectorSize)
    let kept = judge.layout.partitions.filter(\.isKept).compactMap { table.partition($0.number) }
    let planned = try TablePlanner.place(
      judge.layout.partitions, in: usable, from: usable.start, known: kept,
      id: { judge.ids.partition($0) }, type: { $0.type.description }, named: true)
    let (grown, added) = try compare(planned, Set(kept.map(\.number)))
    let volumes = try judge.volumes(planned.filter { !added.contains($0.number) }, kept: kept)
    var wanted = PartitionTable(kind: table.kind, usable: usable, partitions: planned)
    let numbers = Set(planned.map(\.number))
    wanted.partitions += table.partitions.filter { !numbers.contains($0.number) }
    wanted.partitions.sort { $0.number < $1.number }
    if let (a, b) = wanted.overlap {
      throw Refusal(
        .overlap, "partitions \(a.number) and \(b.number) of \(judge.disk.title) would overlap")
    }
    let rewrites = health != .sound || !grown.isEmpty || !added.isEmpty
    let work = DiskWork(
      table: rewrites ? wanted : nil, format: volumes.format + added, grow: volumes.grow + grown,
      consent: judge.begun?.consent)
    if health != .sound || !volumes.format.isEmpty { return .resume(work) }
    if !added.isEmpty { return .create(work) }
    return work.grow.isEmpty ? .keep : .grow(work)
  }

  /// Which partitions are too small, and which are not there yet.
  private func compare(
    _ planned: [Partition], _ kept: Set<Int>
  ) throws(Refusal) -> (grown: [Int], added: [Int]) {
    var (grown, added): ([Int], [Int]) = ([], [])
    let last = planned.max { $0.range.start < $1.range.start }?.number
    for wanted in planned where !kept.contains(wanted.number) {
      guard let present = table.partition(wanted.number) else {
        added.append(wanted.number)
        continue
      }
      func differs(_ what: String, _ own: Any, _ other: Any) -> Refusal {
        Refusal(
          .mismatch,
          "partition \(wanted.number) of \(judge.disk.title) has another \(what): \(own) instead of \(other)"
        )
      }
      if present.name != wanted.name { throw differs("name", present.name, wanted.name) }
      if present.type != wanted.type { throw differs("type", present.type, wanted.type) }
      if present.range.start != wanted.range.start {
        throw differs("start", present.range.position, wanted.range.position)
      }
      if present.id != wanted.id {
        throw differs("id", present.id?.description ?? "none", wanted.id?.description ?? "none")
      }
      guard present.range.count != wanted.range.count else { continue }
      guard present.range.count < wanted.range.count, judge.layout.grows, wanted.number == last
      else { throw differs("size", present.range.size, wanted.range.size) }
      grown.append(wanted.number)
    }
    return (grown, added)
  }
}

extension ContentJudge {
  /// What the partitions of a table of ours still need.
  func volumes(
    _ partitions: [Partition], kept: [Partition]
  ) throws(Refusal) -> (format: [Int], grow: [Int]) {
    var (format, grow): ([Int], [Int]) = ([], [])
    for partition in partitions where !kept.contains(where: { $0.number == partition.number }) {
      guard let wish = wish(for: partition) else { continue }
      let place = "partition \(partition.number) of \(disk.title)"
      guard let volume = content.partitions[partition.number] else {
        throw Refusal(.unknown, "cannot tell what is in \(place)")
      }
      switch OwnVolume.state(volume, wish, id: ids.fileSystem(partition.number)) {
      case .ours where begun?.formatting.contains(partition.number) == true && !volume.wasMounted:
        // Its superblock is there, and nobody said that the rest is.
        format.append(partition.number)
      case .ours:
        if let size = volume.fileSystemSize, size + .mib(1) <= partition.range.size {
          grow.append(partition.number)
        }
      case .blank: format.append(partition.number)
      case .foreign:
        guard let begun else {
          try checkBlank(volume, of: place)
          continue
        }
        // Its superblock was torn while it grew. A copy of it serves, or growing fails.
        if volume.signatures.isEmpty, begun.growing.contains(partition.number) {
          grow.append(partition.number)
          continue
        }
        let isOwnRest = volume.signatures.isEmpty && begun.formatting.contains(partition.number)
        guard isOwnRest || begun.consent != nil else {
          try checkBlank(volume, of: place)
          continue
        }
        format.append(partition.number)
      }
    }
    return (format, grow)
  }

  func wish(for partition: Partition) -> PartitionWish? {
    DiskPlanner.wish(for: partition, in: layout)
  }
}

extension DiskPlanner {
  /// Which wish of a layout a row of its table stands for.
  public static func wish(for partition: Partition, in layout: DiskLayout) -> PartitionWish? {
    if let named = layout.partitions.first(where: { $0.number == partition.number }) {
      return named
    }
    let unnumbered = layout.partitions.filter { $0.number == 0 }
    if layout.place != .behindRoot { return unnumbered.first { $0.label == partition.name } }
    // An MBR has no names: wishes without a number follow the numbers in order.
    let index = partition.number - BootDiskJudge.firstAppended
    guard layout.partitions.indices.contains(index), layout.partitions[index].number == 0 else {
      return nil
    }
    return layout.partitions[index]
  }
}

/// Whether the content of a partition is the file system that we would make there.
public enum OwnVolume {
  public enum State: Hashable, Sendable { case ours, blank, foreign }

  public static func state(
    _ volume: VolumeContent, _ wish: PartitionWish, id: GUID
  ) -> State {
    if volume.isBlank { return .blank }
    guard !volume.isAmbivalent, volume.signatures.count == 1, let own = volume.signatures.first,
      own.type == wish.kind.rawValue, own.label == wish.label,
      own.uuid.flatMap({ GUID($0) }) == id
    else { return .foreign }
    return .ours
  }
}
