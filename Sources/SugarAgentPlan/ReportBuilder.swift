public import SugarModel

/// Puts the agent's findings into words.
public enum ReportBuilder {
  /// The report of a node whose disks were judged.
  public static func report(
    agent: String, identity: NodeIdentity, board: AgentReport.Board, census: DiskCensus,
    rulings: [(layout: DiskLayout, ruling: DiskRuling)], warnings: [String], boot: String,
    boots: Int
  ) -> AgentReport {
    let results = rulings.map { result($0.layout, $0.ruling) }
    let state = results.map { self.state($0) }.max { rank($0) < rank($1) } ?? .done
    return AgentReport(
      agent: agent, identity: identity, state: state, summary: summary(state, identity, results),
      next: results.compactMap { $0.isRequired || $0.code != nil ? $0.next : nil },
      board: board, disks: census.disks.map(summary), layouts: results, warnings: warnings,
      boot: boot, boots: boots)
  }

  /// The report of a machine that does not know who it is, or must not go on.
  public static func stopped(
    agent: String, identity: NodeIdentity?, reason: String, next: String,
    board: AgentReport.Board, boot: String
  ) -> AgentReport {
    AgentReport(
      agent: agent, identity: identity, state: .refused, summary: reason, next: [next],
      board: board, disks: [], layouts: [], warnings: [], boot: boot, boots: 0)
  }

  private static func state(_ result: AgentReport.LayoutResult) -> AgentReport.State {
    switch result.verdict {
    case "REFUSE": result.isRequired ? .refused : .done
    case "WAIT": result.reason.contains("reboot") ? .rebooting : .waiting
    case "CREATE", "RESUME", "GROW": .working
    default: .done
    }
  }

  private static func rank(_ state: AgentReport.State) -> Int {
    switch state {
    case .done: 0
    case .working: 1
    case .waiting: 2
    case .rebooting: 3
    case .refused: 4
    }
  }

  private static func summary(
    _ state: AgentReport.State, _ identity: NodeIdentity, _ results: [AgentReport.LayoutResult]
  ) -> String {
    func reason(_ verdict: String) -> String {
      results.first { $0.verdict == verdict && $0.isRequired }?.reason ?? ""
    }
    switch state {
    case .done: return "The disks of \(identity.node) are as planned."
    case .working: return "\(identity.node) still has work to do on its disks."
    case .waiting: return "\(identity.node) waits: \(reason("WAIT"))."
    case .rebooting: return "\(identity.node) starts again to see its new partitions."
    case .refused: return "\(identity.node) left a disk alone: \(reason("REFUSE"))."
    }
  }

  private static func result(
    _ layout: DiskLayout, _ ruling: DiskRuling
  ) -> AgentReport.LayoutResult {
    let reason: String
    var code: RefusalCode?
    var next: String?
    switch ruling.decision {
    case .keep: reason = "it is as planned"
    case .create(let work):
      reason =
        work.consent == nil ? "it is blank" : "its content may be lost, as a person agreed"
    case .resume: reason = "work that was begun here before is finished"
    case .grow: reason = "there is room for it to grow"
    case .skip(let text): reason = text
    case .wait(let text):
      reason = text
      next = self.next(waiting: text)
    case .refuse(let refusal):
      (reason, code) = (refusal.reason, refusal.code)
      next = self.next(refusal.code, layout, ruling.consent)
    }
    return AgentReport.LayoutResult(
      layout: layout.name, disk: ruling.disk?.title, verdict: ruling.decision.word, code: code,
      reason: reason, next: next, consent: ruling.consent, isRequired: layout.isRequired)
  }

  private static func next(waiting reason: String) -> String? {
    reason.contains("voltage")
      ? "use a power supply that the board trusts (a Raspberry Pi 5 wants 5 V, 5 A)" : nil
  }

  /// What a person can do about a refusal.
  static func next(_ code: RefusalCode, _ layout: DiskLayout, _ consent: String?) -> String {
    switch code {
    case .missing:
      return "connect the disk that '\(layout.name)' asks for, or change the fleet and write again"
    case .ambiguous: return "name the disk for '\(layout.name)' by its serial number in the fleet"
    case .wrongDisk, .changedIdentity:
      return "connect the disk that the fleet names, or put the new serial number into the fleet"
    case .sizeRange, .tooSmall, .sectorSize:
      return "use a disk of the right size, or change '\(layout.name)' in the fleet"
    case .unnamed:
      return "use a disk with a serial number, or allow one without in the fleet"
    case .noMedium: return "put a medium into the reader"
    case .readOnly: return "take the write protection off, or replace the disk"
    case .systemDisk, .protected, .notRemovable, .loopDevice:
      return "choose another disk for '\(layout.name)' in the fleet"
    case .inUse: return "unmount it, or choose another disk for '\(layout.name)'"
    case .foreignFileSystem, .foreignMember, .foreignTable, .foreignSystem, .damagedTable,
      .ambivalent, .unknownData, .mismatch, .overlap, .unexpectedPartition:
      guard consent != nil else { return "look at what is on it, and make room by hand" }
      return
        "if nothing on the disk for '\(layout.name)' is needed, put its consent line into sugarimage/consent.txt on the boot partition and start again"
    case .reappeared, .undone, .repeated:
      return
        "look at the disk, then run 'sugaragent retry \(layout.name)' on the node and start it again"
    case .unknown: return "see the reason, and the journal: journalctl -u sugaragent"
    case .inputOutput: return "check the disk and its cable; the journal has the details"
    }
  }

  private static func summary(_ disk: Disk) -> AgentReport.DiskSummary {
    let content: String
    var partitions: [String] = []
    switch disk.content {
    case .unknown(let reason): content = "unknown: \(reason)"
    case .known(let known):
      content = words(known)
      for (number, volume) in known.partitions.sorted(by: { $0.key < $1.key }) {
        partitions.append("\(number): \(words(volume))")
      }
    }
    return AgentReport.DiskSummary(
      path: disk.path, title: disk.title, size: disk.size, transport: disk.transport,
      identity: disk.identifier.value.flatMap { $0.isReported ? $0.text : nil },
      content: content, partitions: partitions,
      uses: disk.uses.value?.map(\.description) ?? ["it is not known who uses it"])
  }

  private static func words(_ content: DiskContent) -> String {
    func rows(_ table: PartitionTable) -> String {
      table.partitions.count == 1 ? "1 partition" : "\(table.partitions.count) partitions"
    }
    switch content.table {
    case .none: return words(content.whole)
    case .mbr(let table): return "MBR, \(rows(table))"
    case .gpt(let table, .sound): return "GPT, \(rows(table))"
    case .gpt(let table, _): return "GPT, \(rows(table)), damaged but readable"
    case .damaged(let reason): return reason
    case .strayRows: return "the remains of a partition table"
    }
  }

  private static func words(_ volume: VolumeContent) -> String {
    if let own = volume.description { return own }
    if volume.isAmbivalent { return "several things at once" }
    if let signature = volume.signatures.first { return signature.description }
    return volume.isBlank ? "blank" : "data that nothing explains"
  }
}
