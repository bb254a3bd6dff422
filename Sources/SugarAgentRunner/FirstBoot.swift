import SugarAgentPlan
public import SugarHost
public import SugarModel

/// One run of the agent on a node: identify, survey, decide, act, report.
public struct FirstBoot {
  let places: AgentPlaces
  let finder: DiskFinder
  let agent: String
  let now: () -> Int64
  /// Told in one line what is happening; also the sign of life.
  let tell: (String) -> Void
  /// Told once who the node is, before anything is done to it.
  public var identified: (NodeIdentity) -> Void = { _ in }

  public init(
    places: AgentPlaces, finder: DiskFinder, agent: String, now: @escaping () -> Int64,
    tell: @escaping (String) -> Void
  ) {
    self.places = places
    self.finder = finder
    self.agent = agent
    self.now = now
    self.tell = tell
  }

  private var boot: String {
    finder.tree.text("/proc/sys/kernel/random/boot_id") ?? "unknown"
  }

  private var board: AgentReport.Board { BoardSurvey(finder.tree).look(now: now()) }

  /// Does everything that can be done now, and says how it went. Nothing is thrown: whatever goes
  /// wrong is in the report.
  public func run() -> AgentReport {
    let board = board
    do throws(AgentError) {
      let identity = try IdentityReader(places).read(boardSerial: board.serial)
      identified(identity)
      return try work(as: identity, board)
    } catch {
      return stopped(error, board)
    }
  }

  /// What a run would do now. Nothing is written.
  public func plan() -> AgentReport {
    let board = board
    do throws(AgentError) {
      let identity = try IdentityReader(places).read(boardSerial: board.serial)
      let census = DiskWorker(
        settings: settings(identity, board, isSettled: true), identity: identity,
        journal: try AgentJournal.empty(), tell: tell
      ).census()
      let history = try AgentJournal.replay(places.journal, boot: boot)
      let rulings = layouts(of: identity).map { layout in
        let question = DiskQuestion(
          fleet: identity.fleet, node: identity.node, layout: layout, census: census,
          boot: identity.disk, history: history, consents: consents,
          isUnderVoltage: BoardSurvey.isUnderVoltage(board), allowsLoop: !finder.loops.isEmpty)
        return (layout, DiskPlanner.decide(question))
      }
      return ReportBuilder.report(
        agent: agent, identity: identity, board: board, census: census, rulings: rulings,
        warnings: [], boot: boot, boots: 0)
    } catch {
      return stopped(error, board)
    }
  }

  private func stopped(_ error: AgentError, _ board: AgentReport.Board) -> AgentReport {
    ReportBuilder.stopped(
      agent: agent, identity: nil, reason: "The agent stopped: \(error).",
      next: "write the medium again with sugarimage, for this node", board: board, boot: boot)
  }

  private func work(
    as identity: NodeIdentity, _ board: AgentReport.Board
  ) throws(AgentError) -> AgentReport {
    tell("\(identity.node): looking at the disks")
    let journal = try AgentJournal(places.journal, boot: boot, now: now)
    let isSettled = settle()
    let worker = DiskWorker(
      settings: settings(identity, board, isSettled: isSettled), identity: identity,
      journal: journal, tell: tell)
    var rulings: [(layout: DiskLayout, ruling: DiskRuling)] = []
    for layout in layouts(of: identity) {
      let ruling = worker.run(layout)
      tell("\(layout.name): \(ruling.decision.word)")
      rulings.append((layout, ruling))
    }
    return ReportBuilder.report(
      agent: agent, identity: identity, board: board, census: worker.census(), rulings: rulings,
      warnings: warnings(identity), boot: boot, boots: Set(journal.entries.map(\.boot)).count)
  }

  /// Where the finished layouts are mounted.
  public func mounts() -> [String] {
    guard let identity = try? IdentityReader(places).read(boardSerial: board.serial) else {
      return []
    }
    return identity.disks.flatMap { $0.partitions.compactMap(\.mount) }
  }

  /// Makes the disk of a layout again as it was. Throws when a file system was made since.
  public func undo(_ layout: String) throws(AgentError) {
    try byHand(layout) { (worker) throws(AgentError) in try worker.undo(layout) }
  }

  /// Lets a layout be tried again that was given up or undone.
  public func retry(_ layout: String) throws(AgentError) {
    try byHand(layout) { (worker) throws(AgentError) in try worker.retry(layout) }
  }

  private func byHand(
    _ layout: String, _ work: (DiskWorker) throws(AgentError) -> Void
  ) throws(AgentError) {
    let board = board
    let identity = try IdentityReader(places).read(boardSerial: board.serial)
    let names = layouts(of: identity).map(\.name)
    guard names.contains(layout) else {
      throw AgentError(
        "find", layout, "this node's layouts are \(names.joined(separator: ", "))")
    }
    try work(
      DiskWorker(
        settings: settings(identity, board, isSettled: true), identity: identity,
        journal: try AgentJournal(places.journal, boot: boot, now: now), tell: tell))
  }

  /// The fleet's layouts; the root's own growth comes first, because others may lie behind it.
  func layouts(of identity: NodeIdentity) -> [DiskLayout] {
    let behind = identity.disks.filter { $0.place == .behindRoot }
    let others = identity.disks.filter { $0.place != .behindRoot }
    let root = DiskLayout(name: "root", place: .behindRoot, partitions: [])
    return (behind.isEmpty ? [root] : behind) + others
  }

  private func settings(
    _ identity: NodeIdentity, _ board: AgentReport.Board, isSettled: Bool
  ) -> AgentSettings {
    AgentSettings(
      places: places, finder: finder, consents: consents,
      isUnderVoltage: BoardSurvey.isUnderVoltage(board), isSettled: isSettled,
      fixedTime: identity.clockFloor)
  }

  private var consents: [String] {
    let bytes = (try? Files.read(places.consent, limit: .kib(64))) ?? []
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(
      String.init)
  }

  /// Waits until udev has dealt with every device, half a minute at most. (udevadm-settle(8))
  private func settle() -> Bool {
    guard places.root.isEmpty, let program = try? Program(AgentTool.udevadm.rawValue) else {
      return true
    }
    return (try? program.run(["settle", "--timeout=30"]))?.status == 0
  }

  /// Other programs that change a node at its first boot. (F-A12)
  private func warnings(_ identity: NodeIdentity) -> [String] {
    let rivals = [
      ("userconfig.service", "Raspberry Pi OS asks for a user at the first boot"),
      ("rpi-preseed.service", "rpi-preseed configures nodes too"),
      ("firstrun.service", "a firstrun script runs at the first boot"),
    ]
    var found: [String] = []
    for (unit, words) in rivals {
      let wants = "\(places.units)/multi-user.target.wants/\(unit)"
      if (try? Files.exists(wants)) == true { found.append("\(unit) is enabled: \(words)") }
    }
    if identity.clockFloor > now() {
      found.append("the clock is behind: certificates of this cluster are not valid yet")
    }
    return found
  }
}
