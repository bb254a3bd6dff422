import SugarModel
import SugarPartition

extension FlashPlanner {
  func plan(
    _ disk: Disk, _ reason: FlashReason, _ journal: FlashResume?
  ) throws(FlashRefusal) -> FlashPlan {
    let kept = try keptPartitions(disk, journal)
    let rows = try growth(disk, kept) + kept.map { .keep($0.entry) }
    let ranges = kept.map(\.range)
    return FlashPlan(
      image: image, disk: disk, reason: reason, rows: rows, kept: kept,
      lost: DiskWords.losses(disk, kept: keptNumbers(disk, ranges)),
      clears: clears(disk, ranges), rooms: try rooms(disk, rows, ranges),
      probes: Self.probes(disk.size, ranges),
      verifies: wish.verifies, ejects: wish.ejects && disk.transport == .usb,
      consent: FlashConsent(disk),
      resumesAt: resumePlace(disk, journal))
  }

  /// Only a disk without a table is one that an earlier run left in the middle.
  private func resumePlace(_ disk: Disk, _ journal: FlashResume?) -> ByteCount? {
    guard let journal, journal.image == image.key, journal.done > FlashPlan.head,
      disk.content.value?.table == TableFinding.none
    else { return nil }
    return journal.done
  }

  private func keptNumbers(_ disk: Disk, _ kept: [Range<UInt64>]) -> Set<Int> {
    let rows = disk.content.value.map { DiskWords.rows($0.table) } ?? []
    return Set(
      rows.filter { row in kept.contains { $0.lowerBound == row.range.position.bytes } }
        .map(\.number))
  }

  // MARK: the root

  /// The root's row with the size that the layout gives it.
  private func growth(
    _ disk: Disk, _ kept: [KeptPartition]
  ) throws(FlashRefusal) -> [RowChange] {
    guard let wanted = image.root, let root = rootEntry,
      image.table?.entries.allSatisfy({ $0.end <= root.end }) == true
    else { return [] }
    let end = min(
      disk.size, MasterBootRecord.limit,
      kept.map { ByteCount($0.range.lowerBound) }.min() ?? disk.size)
    let room = ByteCount((end - root.start).bytes / ByteCount.mib(1).bytes * ByteCount.mib(1).bytes)
    let size: ByteCount
    switch wanted {
    case .fill: size = max(root.size, room)
    case .size(let given): size = max(root.size, given.roundedUp(to: .mib(1)))
    }
    guard root.start + size <= end else {
      throw FlashRefusal(
        .overlap, "the root is to end at \(root.start + size), and there is room until \(end)",
        note: "make `root.size` smaller and build again, or do without --preserve")
    }
    return size == root.size ? [] : [.resize(number: root.number, to: size)]
  }

  // MARK: what stays

  private func keptPartitions(
    _ disk: Disk, _ journal: FlashResume?
  ) throws(FlashRefusal) -> [KeptPartition] {
    guard let content = disk.content.value else { return [] }
    if let journal, !journal.kept.isEmpty, content.table == .none {
      return try recordedPartitions(journal.kept, disk)
    }
    guard !wish.preserve.isEmpty else { return [] }
    try checkTable(content, disk)
    var result: [KeptPartition] = []
    for label in wish.preserve {
      let row = try row(labelled: label, content, disk)
      let type = UInt8(row.type, radix: 16) ?? 0x83
      let range = row.range.position.bytes..<(row.range.position + row.range.size).bytes
      result.append(try placed(label, range, type, number: row.number, beside: result))
    }
    return result.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// The table that named them is cleared: the journal is the only record.
  private func recordedPartitions(
    _ kept: [KeptPartition], _ disk: Disk
  ) throws(FlashRefusal) -> [KeptPartition] {
    let labels = kept.map(\.label).sorted()
    guard labels == wish.preserve.sorted() else {
      let words = labels.map { "--preserve \($0)" }.joined(separator: " ")
      throw FlashRefusal(
        .mismatch,
        "an earlier run on \(disk.title) was interrupted, and was to keep \(labels.joined(separator: ", "))",
        note: "say \(words) again; `--forget` gives it up")
    }
    var result: [KeptPartition] = []
    for part in kept {
      result.append(
        try placed(
          part.label, part.range, part.entry.type, number: part.entry.number, beside: result))
    }
    return result
  }

  /// The partition with its row in the image's table; throws when it cannot stay.
  private func placed(
    _ label: String, _ range: Range<UInt64>, _ type: UInt8, number: Int,
    beside others: [KeptPartition]
  ) throws(FlashRefusal) -> KeptPartition {
    guard let table = image.table else {
      throw FlashRefusal(
        .mismatch, "the image has no MBR, so no partition of the disk can be put into its table",
        note: "copy the data elsewhere, and do without --preserve")
    }
    let (start, floor) = (ByteCount(range.lowerBound), max(image.size, minimum))
    guard start >= floor else {
      throw FlashRefusal(
        .overlap,
        "'\(label)' begins at \(start), and the image with its root reaches to \(floor)",
        note: "nothing was written; a smaller `root.size` may make room for both")
    }
    let used = Set(table.entries.map(\.number) + others.map(\.entry.number))
    guard
      let number = ([number] + [3, 4]).first(where: { (3...4).contains($0) && !used.contains($0) })
    else {
      throw FlashRefusal(.overlap, "the table of the image has no row left for '\(label)'")
    }
    let entry = MasterBootRecord.Entry(
      number: number, type: type, start: start, size: ByteCount(range.count))
    guard entry.end <= MasterBootRecord.limit else {
      throw FlashRefusal(
        .overlap, "'\(label)' reaches beyond 2 TiB, where the image's table ends")
    }
    return KeptPartition(label: label, range: range, entry: entry)
  }

  private func checkTable(_ content: DiskContent, _ disk: Disk) throws(FlashRefusal) {
    switch content.table {
    case .mbr, .gpt(_, .sound): return
    case .gpt, .damaged, .none, .strayRows:
      throw FlashRefusal(
        .damagedTable,
        "the partition table of \(disk.title) is not sound, so nothing in it is sure",
        note: "repair it first, or copy the data elsewhere")
    }
  }

  private func row(
    labelled label: String, _ content: DiskContent, _ disk: Disk
  ) throws(FlashRefusal) -> Partition {
    let rows = DiskWords.rows(content.table)
    let found = rows.filter { row in
      row.name == label
        || content.partitions[row.number]?.signatures.contains { $0.label == label } == true
    }
    guard let first = found.first, found.count == 1 else {
      let labels = rows.compactMap { content.partitions[$0.number]?.signatures.first?.label }
      throw FlashRefusal(
        found.isEmpty ? .missing : .ambiguous,
        "\(found.isEmpty ? "no partition" : "more than one partition") of \(disk.title) is labelled '\(label)'",
        note: labels.isEmpty ? nil : "there are \(labels.joined(separator: ", "))")
    }
    return first
  }

  // MARK: what is cleared and probed

  /// Where the agent will put the partitions behind the root, as `BootDiskJudge` does it.
  private func rooms(
    _ disk: Disk, _ rows: [RowChange], _ kept: [Range<UInt64>]
  ) throws(FlashRefusal) -> [Range<UInt64>] {
    guard let root = rootEntry, !image.behindRoot.isEmpty else { return [] }
    var wishes = image.behindRoot
    for index in wishes.indices where wishes[index].number == 0 { wishes[index].number = 3 + index }
    let grown = rows.lazy.compactMap { row in
      if case .resize(_, let size) = row { size } else { nil }
    }.first
    let end = root.start + (grown ?? root.size)
    let limit = min(disk.size, MasterBootRecord.limit)
    let usable = SectorRange(start: 1, count: limit.bytes / 512 - 1, sectorSize: 512)
    do throws(Refusal) {
      let rows = try TablePlanner.place(
        wishes, in: usable, from: end.bytes / 512, known: [], id: { _ in nil }, type: { _ in "83" },
        named: false)
      return rows.flatMap { row in
        let start = row.range.position.bytes
        return Self.without(kept, in: start..<start + row.range.size.bytes)
      }
    } catch {
      throw FlashRefusal(
        error,
        note:
          "the node would refuse this disk on first boot; a smaller `root.size`, or another disk")
    }
  }

  /// Both ends of the disk, and of each partition that reaches beyond the image and does not stay.
  private func clears(_ disk: Disk, _ kept: [Range<UInt64>]) -> [Range<UInt64>] {
    let (head, size) = (FlashPlan.head.bytes, disk.size.bytes)
    var ranges = [0..<min(head, size), size - min(head, size)..<size]
    for row in disk.content.value.map({ DiskWords.rows($0.table) }) ?? [] {
      let (start, end) = (
        row.range.position.bytes, min(size, (row.range.position + row.range.size).bytes)
      )
      guard start < end, !kept.contains(where: { $0.lowerBound == start }) else { continue }
      ranges.append(start..<min(start + head, end))
      ranges.append(max(start, end - min(head, end - start))..<end)
    }
    let beyond = ranges.enumerated().compactMap { index, range -> Range<UInt64>? in
      index < 2 || range.upperBound > image.size.bytes ? range : nil
    }
    return Self.merged(beyond).flatMap { Self.without(kept, in: $0) }
  }

  static func merged(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = result.last, range.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }

  /// `range` without the parts that stay.
  static func without(_ kept: [Range<UInt64>], in range: Range<UInt64>) -> [Range<UInt64>] {
    var (result, start): ([Range<UInt64>], UInt64) = ([], range.lowerBound)
    for one in kept.sorted(by: { $0.lowerBound < $1.lowerBound }) where one.overlaps(range) {
      if one.lowerBound > start { result.append(start..<one.lowerBound) }
      start = max(start, one.upperBound)
    }
    if start < range.upperBound { result.append(start..<range.upperBound) }
    return result
  }

  /// Sixteen places evenly spread, the very end, and each power of two: a controller that leaves out
  /// address bits shows what is written there at the start of the disk.
  static func probes(_ size: ByteCount, _ kept: [Range<UInt64>]) -> [UInt64] {
    let (block, total) = (FlashPlan.firstBlock.bytes, size.bytes)
    guard total >= 64 * block else { return [] }
    var places = (1...16).map { total / 17 * UInt64($0) / block * block }
    places.append(total / block * block - block)
    // In the middle of the first MiB, which holds zeros by then.
    var power = FlashPlan.head.bytes
    while power + FlashPlan.head.bytes < total {
      places.append(power + FlashPlan.head.bytes / 2)
      power *= 2
    }
    return Set(places).filter { place in
      place >= FlashPlan.head.bytes && !kept.contains { $0.overlaps(place..<place + block) }
    }.sorted()
  }
}
