public import SugarAgentPlan
public import SugarHost
public import SugarModel
import SugarProbe

/// What the agent works with: where things are, and what it was told.
public struct AgentSettings: Sendable {
  public var places: AgentPlaces
  public var finder: DiskFinder
  /// The lines of the consent file.
  public var consents: [String]
  public var isUnderVoltage: Bool
  /// Whether devices are still appearing.
  public var isSettled: Bool
  /// Seconds since 1970 that new file systems say they were made at: the same ones each time.
  public var fixedTime: Int64

  public init(
    places: AgentPlaces, finder: DiskFinder, consents: [String] = [],
    isUnderVoltage: Bool = false, isSettled: Bool = true, fixedTime: Int64
  ) {
    self.places = places
    self.finder = finder
    self.consents = consents
    self.isUnderVoltage = isUnderVoltage
    self.isSettled = isSettled
    self.fixedTime = fixedTime
  }
}

/// Brings disks to what the layouts want: look, decide, one line in the journal, act, look again.
public struct DiskWorker {
  let settings: AgentSettings
  let identity: NodeIdentity
  let journal: AgentJournal
  /// Told in one line what is happening.
  let tell: (String) -> Void

  public init(
    settings: AgentSettings, identity: NodeIdentity, journal: AgentJournal,
    tell: @escaping (String) -> Void
  ) {
    self.settings = settings
    self.identity = identity
    self.journal = journal
    self.tell = tell
  }

  /// The disks of this machine with what is on them.
  public func census() -> DiskCensus {
    DiskCensus(
      disks: settings.finder.disks().map { DiskReader.look(at: $0) },
      isSettled: settings.isSettled)
  }

  func question(_ layout: DiskLayout, _ census: DiskCensus, _ expected: DiskIdentifier?)
    -> DiskQuestion
  {
    DiskQuestion(
      fleet: identity.fleet, node: identity.node, layout: layout, census: census,
      boot: identity.disk, history: journal.history, consents: settings.consents,
      expected: expected, isUnderVoltage: settings.isUnderVoltage,
      allowsLoop: !settings.finder.loops.isEmpty)
  }

  /// What would be done about a layout now. Nothing is written but, at the first refusal that a
  /// person may overrule, a line in the journal.
  public func judge(_ layout: DiskLayout, _ census: DiskCensus? = nil) throws(AgentError)
    -> DiskRuling
  {
    let census = census ?? self.census()
    let ruling = DiskPlanner.decide(question(layout, census, nil))
    guard case .refuse(let refusal) = ruling.decision, refusal.code.allowsConsent,
      ruling.consent == nil
    else { return ruling }
    try journal.append(layout.name, .offered(nonce: Nonce.make()))
    return DiskPlanner.decide(question(layout, census, nil))
  }

  /// Works on one layout until it is as planned, or there is a reason to stop.
  public func run(_ layout: DiskLayout) -> DiskRuling {
    var last: DiskRuling?
    do throws(AgentError) {
      var expected: String?
      for _ in 0..<8 {
        let ruling = try judge(layout)
        last = ruling
        guard let work = ruling.decision.work, let disk = ruling.disk else {
          if ruling.decision == .keep { try finish(layout, ruling) }
          return ruling
        }
        // A disk without a serial number changes its identity as we write; its place does not.
        if let expected, disk.identifier.value?.seed != expected {
          throw AgentError("go on with", disk.path, "it is another disk now")
        }
        expected = disk.identifier.value?.seed
        try perform(work, layout, disk)
        if journal.history.awaitsReboot.contains(layout.name) { continue }
      }
      throw AgentError("finish", layout.name, "it is never as planned, however often it is done")
    } catch {
      return failed(layout, last, error)
    }
  }

  /// Lets a layout be tried again that was given up or undone.
  public func retry(_ layout: String) throws(AgentError) {
    try journal.append(layout, .retried)
  }

  private func finish(_ layout: DiskLayout, _ ruling: DiskRuling) throws(AgentError) {
    guard let disk = ruling.disk, let seed = disk.identifier.value?.seed else { return }
    try settleGrowth(of: layout, disk)
    try Mounts(self).arrange(layout, ruling)
    guard journal.history.finished[layout.name] != seed else { return }
    try journal.append(layout.name, .finished(disk: seed))
  }

  private func failed(
    _ layout: DiskLayout, _ last: DiskRuling?, _ error: AgentError
  ) -> DiskRuling {
    let code: RefusalCode = error.code == staleCode ? .changedIdentity : .inputOutput
    let refusal = error.refusal ?? Refusal(code, "\(error)")
    return DiskRuling(
      layout: layout.name, disk: last?.disk, decision: .refuse(refusal), rails: last?.rails ?? [])
  }

  private var staleCode: Int32 { 116 }  // ESTALE: the name means another disk now
}
