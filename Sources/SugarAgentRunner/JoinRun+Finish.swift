import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// What comes after Ready: the cluster is handed over, what was staged goes, a receipt is left, and
/// the agent retires.
extension JoinRun {
  /// Gives the cluster to what keeps it, on the one node that does so. It waits without end: the node
  /// is Ready meanwhile.
  func handOver(_ known: Known) throws(Stop) {
    guard let gitops = known.identity.gitops else { return }
    let work = HandOff(self, known, gitops)
    _ = try settle(.handoff, grows: true) { (_) throws(Failed) -> JoinRuling<Bool> in
      try self.tried { () throws(AgentError) in try work.look() }
    }
  }

  /// How long things are waited for that the node can do without.
  private static let patience = 300
  private static let trimUnit = "fstrim.service"

  func finish(_ known: Known) throws(Stop) {
    var isTrimming = false
    _ = try settle(.finish, grows: true, limit: 10) { (waited) throws(Failed) -> JoinRuling<Bool> in
      try self.tried { () throws(AgentError) in
        try self.removeStaged(known)
        if let wait = try self.trim(known, waited: waited, &isTrimming) { return wait }
        if let wait = try self.annotate(known, waited: waited) { return wait }
        return try self.retire(known)
      }
    }
  }

  // MARK: What goes

  /// Overwrites and removes a file, and remembers that it did.
  func discard(_ known: Known, _ path: String) throws(AgentError) {
    do throws(HostError) {
      guard let there = try Files.status(path) else { return }
      let name = String(path.dropFirst(places.root.count))
      let event = JoinEntry.Event.removing(file: name, bytes: Int(there.size.bytes))
      do throws(AgentError) {
        if !known.journal.has(event) { try known.journal.append(event) }
      } catch { throw HostError(operation: "note", subject: path, reason: error.reason) }
      try Shredder.shred(path)
    } catch { throw AgentError("remove", path, error.reason, code: error.code) }
  }

  /// What was put on the medium for the first boot alone: the cluster has it now, or nobody needs it.
  func removeStaged(_ known: Known) throws(AgentError) {
    try discard(known, below: places.staged)
    try discard(known, below: places.goodNetwork)
    try discard(known, places.secondToken)
  }

  func discard(_ known: Known, below folder: String) throws(AgentError) {
    do throws(HostError) {
      let files = try Shredder.files(below: folder)
      do throws(AgentError) { for file in files { try discard(known, file) } } catch {
        throw HostError(operation: "remove", subject: error.subject, reason: error.reason)
      }
      try Files.removeTree(folder)
    } catch { throw AgentError("remove", error.subject, error.reason, code: error.code) }
  }

  /// Has the disks told which blocks are free, by the system's own unit: the agent's may not
  /// administer file systems. nil when there is nothing more to wait for. (fstrim(8), FITRIM)
  private func trim(
    _ known: Known, waited: Int, _ isTrimming: inout Bool
  ) throws(AgentError) -> JoinRuling<Bool>? {
    guard !isTrimmed(known.journal), waited < Self.patience else { return nil }
    if !isTrimming {
      do { try machine.start(Self.trimUnit) } catch {
        teller.warn("the disks could not be told which room is free: \(error)")
        return nil
      }
      isTrimming = true
      return .wait("the disks are told which room is free", seconds: 2)
    }
    switch machine.state(Self.trimUnit) {
    case "activating", "active", "reloading":
      return .wait("the disks are told which room is free", seconds: 2)
    case "inactive": try known.journal.append(.trimmed)
    case let state:
      teller.warn("the disks could not be told which room is free: \(Self.trimUnit) is \(state)")
    }
    return nil
  }

  /// Whether nothing was removed since the disks were told last.
  private func isTrimmed(_ journal: JoinJournal) -> Bool {
    for entry in journal.entries.reversed() {
      switch entry.event {
      case .trimmed: return true
      case .removing: return false
      default: continue
      }
    }
    return true
  }

  private func retire(_ known: Known) throws(AgentError) -> JoinRuling<Bool> {
    let retained = RetireRules.retained(disks(), keepsBootOrder: keepsBootOrder)
    let receipt = try makeReceipt(known, retained)
    let complaints = try ReceiptFiles(places).save(receipt)
    for complaint in complaints { teller.warn(complaint) }
    if !known.journal.has(.finished) { try known.journal.append(.finished) }
    // The one that runs this is masked last: until then the next boot finishes what is left.
    for unit in RetireRules.masked(retained: retained) {
      try Retirement(places: places).mask(unit)
    }
    if !known.journal.has(.retired) { try known.journal.append(.retired) }
    let place = complaints.isEmpty ? "sugarimage/receipt.html" : "\(places.state)/receipt.html"
    return .go(
      true,
      "\(ReceiptWords.summary(receipt).dropLast()); the receipt is in \(place)")
  }
}
