import SugarModel
import SugarPartition

/// What the content of a disk means for a layout. Refusals are thrown.
struct ContentJudge {
  let question: DiskQuestion
  let disk: Disk
  let content: DiskContent
  let identifier: DiskIdentifier
  let ids: DiskIDs

  init(question: DiskQuestion, disk: Disk, content: DiskContent, _ identifier: DiskIdentifier) {
    self.question = question
    self.disk = disk
    self.content = content
    self.identifier = identifier
    ids = DiskIDs(
      fleet: question.fleet, node: question.node, layout: question.layout.name, disk: identifier)
  }

  var layout: DiskLayout { question.layout }

  /// Work that began on this very disk, whose middle is still as it was, in an earlier boot.
  var begun: DiskHistory.Begun? {
    guard let begun = question.history.begun[layout.name], begun.disk == identifier.seed else {
      return nil
    }
    return begun
  }

  /// A person agreed to lose what was here, and the work began.
  var hasBegunWiping: Bool {
    guard let begun, begun.consent != nil else { return false }
    return begun.middle == content.middle
  }

  func decision() throws(Refusal) -> DiskDecision {
    switch layout.place {
    case .behindRoot: return try BootDiskJudge(self).decision()
    case .root: return try RootMoveJudge(self).decision()
    case .disk: break
    }
    guard !layout.partitions.isEmpty || !layout.absent.isEmpty else {
      return .skip("nothing is wanted on it")
    }
    let planned = try wholeWork()
    switch content.table {
    case .gpt(let table, let health):
      if table.kind == .gpt(ids.table) {
        return try TableMatch(self, table, health).decision()
      }
      if hasBegunWiping { return .resume(continued(planned)) }
      return try takeEmpty(table, planned)
    case .none:
      if layout.partitions.isEmpty { return .skip("what must not be there is not there") }
      if hasBegunWiping { return .resume(continued(planned)) }
      try checkBlank(content.whole, of: disk.title)
      return .create(planned)
    case .strayRows(let found):
      let own = Set((planned.table?.partitions ?? []).compactMap(\.id))
      if content.whole.signatures.isEmpty, Set(found).isSubset(of: own) { return .resume(planned) }
      if hasBegunWiping { return .resume(continued(planned)) }
      throw Refusal(
        .unknownData, "\(disk.title) holds the remains of a partition table that is not ours")
    case .damaged(let reason):
      if hasBegunWiping { return .resume(continued(planned)) }
      throw Refusal(.damagedTable, "\(disk.title): \(reason)")
    case .mbr(let table):
      if hasBegunWiping { return .resume(continued(planned)) }
      throw foreign(table)
    }
  }

  private func continued(_ work: DiskWork) -> DiskWork {
    var work = work
    work.consent = begun?.consent
    return work
  }

  private func takeEmpty(
    _ table: PartitionTable, _ planned: DiskWork
  ) throws(Refusal) -> DiskDecision {
    guard table.partitions.isEmpty, layout.takesEmptyTable, content.whole.signatures.isEmpty else {
      throw foreign(table)
    }
    return .create(planned)
  }

  private func foreign(_ table: PartitionTable) -> Refusal {
    let names = table.partitions.compactMap { content.partitions[$0.number]?.description }
    if let name = names.first {
      return Refusal(.foreignSystem, "\(disk.title) holds \(name)")
    }
    let found = table.partitions.map { partition -> String in
      let inside = content.partitions[partition.number]?.signatures.first?.description
      return "\(partition.number): \(inside ?? "nothing that is recognised")"
    }
    let list = found.isEmpty ? "no partitions" : found.joined(separator: ", ")
    return Refusal(.foreignTable, "\(disk.title) has a partition table that is not ours (\(list))")
  }

  /// Throws what stands in the way of calling a region blank.
  func checkBlank(_ volume: VolumeContent, of place: String) throws(Refusal) {
    if volume.isAmbivalent {
      let list = volume.signatures.map(\.description).joined(separator: " and ")
      throw Refusal(.ambivalent, "\(place) looks like several things at once: \(list)")
    }
    if let signature = volume.signatures.first {
      let code: RefusalCode =
        ["raid", "crypto"].contains(signature.usage) || signature.type == "zfs_member"
          || signature.type.hasPrefix("ceph") ? .foreignMember : .foreignFileSystem
      throw Refusal(code, "\(place) holds \(article(volume.description ?? signature.description))")
    }
    if case .data(let position) = volume.sample {
      throw Refusal(
        .unknownData,
        "\(place) is not blank: there is data at byte \(position.bytes), and nothing says what it is"
      )
    }
  }

  private func article(_ words: String) -> String {
    "\("aeiouAEIOU".contains(words.first ?? "x") ? "an" : "a") \(words)"
  }

  /// The whole layout on an empty disk.
  func wholeWork() throws(Refusal) -> DiskWork {
    let usable = TablePlanner.usable(size: disk.size, sectorSize: disk.sectorSize)
    let partitions = try TablePlanner.place(
      layout.partitions, in: usable, from: usable.start, known: [],
      id: { ids.partition($0) }, type: { $0.type.description }, named: true)
    let table = PartitionTable(kind: .gpt(ids.table), usable: usable, partitions: partitions)
    return DiskWork(table: table, format: partitions.map(\.number))
  }

  /// What a decision touches.
  func scope(of decision: DiskDecision?) -> DiskRequest.Scope {
    let besideSystem = layout.place == .behindRoot
    guard let work = decision?.work else {
      return besideSystem ? .partitions([], besideSystem: true) : .wholeDisk
    }
    guard !besideSystem, let table = work.table else {
      return .partitions(work.format, besideSystem: besideSystem)
    }
    // Rows that are there already keep their place: only the new ones are touched.
    guard case .gpt(let present, .sound) = content.table, present.kind == table.kind else {
      return .wholeDisk
    }
    return .partitions(work.format, besideSystem: false)
  }
}
