public import SugarModel

/// Where the partitions of a layout come to lie.
public enum TablePlanner {
  /// Partitions start on a MiB: what every tool does, and right for every flash memory.
  public static let step = ByteCount.mib(1)

  /// The sectors that the partitions of a GPT may use: behind the header and its 128 rows, before
  /// their copy. (UEFI 2.10, section 5.3.1)
  public static func usable(size: ByteCount, sectorSize: UInt64) -> SectorRange {
    let (total, rows) = (size.bytes / sectorSize, 16384 / sectorSize)
    let first = max(2 + rows, step.bytes / sectorSize)
    let end = total > rows + 1 ? total - rows - 1 : 0
    return SectorRange(
      start: first, count: end > first ? end - first : 0, sectorSize: sectorSize)
  }

  /// The table that `wishes` make in the room from `start`, behind the partitions that stay.
  ///
  /// `known` are partitions that are there already, by number: a wish that is kept takes their
  /// place. Throws when they do not fit.
  public static func place(
    _ wishes: [PartitionWish], in usable: SectorRange, from start: UInt64, known: [Partition],
    id: (Int) -> GUID?, type: (PartitionWish) -> String, named: Bool
  ) throws(Refusal) -> [Partition] {
    let stepSectors = step.bytes / usable.sectorSize
    var next = start
    var result: [Partition] = []
    var numbers = Set(known.map(\.number))
    for wish in wishes {
      if let kept = known.first(where: { $0.number == wish.number }), wish.isKept {
        result.append(kept)
        next = max(next, kept.range.end)
        continue
      }
      let number = wish.number > 0 ? wish.number : (1...128).first { !numbers.contains($0) } ?? 0
      numbers.insert(number)
      let first =
        wish.start.map { $0.bytes / usable.sectorSize } ?? roundUp(next, to: stepSectors)
      let count = try length(of: wish, from: first, in: usable, stepSectors)
      result.append(
        Partition(
          number: number,
          range: SectorRange(start: first, count: count, sectorSize: usable.sectorSize),
          type: type(wish), name: named ? wish.label : "", id: id(number)))
      next = first + count
    }
    let table = PartitionTable(kind: .mbr(0), usable: usable, partitions: result)
    if let (a, b) = table.overlap {
      throw Refusal(.overlap, "partitions \(a.number) and \(b.number) of the plan would overlap")
    }
    return result.sorted { $0.number < $1.number }
  }

  private static func length(
    of wish: PartitionWish, from first: UInt64, in usable: SectorRange, _ step: UInt64
  ) throws(Refusal) -> UInt64 {
    let room = usable.end > first ? (usable.end - first) / step * step : 0
    let wanted: UInt64 =
      switch wish.size {
      case .rest: room
      case .fixed(let size): size.roundedUp(to: Self.step).bytes / usable.sectorSize
      }
    guard wanted > 0, wanted <= room, first >= usable.start else {
      let end = ByteCount(usable.end * usable.sectorSize)
      throw Refusal(
        .tooSmall,
        "partition '\(wish.label)' does not fit: the room ends at \(end), and it would start at \(ByteCount(first * usable.sectorSize))"
      )
    }
    return wanted
  }

  private static func roundUp(_ value: UInt64, to step: UInt64) -> UInt64 {
    (value + step - 1) / step * step
  }
}
