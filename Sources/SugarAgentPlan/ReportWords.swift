import SugarModel

/// How much something in a report wants to be noticed; the page and the screen give it a colour.
enum Tone: String {
  case good, busy, wait, stop, calm
}

/// A statement and how much it wants to be noticed.
struct TonedText: Hashable {
  var tone: Tone
  var text: String

  init(_ tone: Tone, _ text: String) {
    self.tone = tone
    self.text = text
  }
}

/// The words that the page and the screen share.
enum ReportWords {
  static let consentPlace = "sugarimage/consent.txt"

  static func state(_ state: AgentReport.State) -> TonedText {
    switch state {
    case .done: TonedText(.good, "Done")
    case .working: TonedText(.busy, "Working")
    case .waiting: TonedText(.wait, "Waiting")
    case .rebooting: TonedText(.busy, "Rebooting")
    case .refused: TonedText(.stop, "Needs you")
    }
  }

  static func state(_ state: PhaseState) -> TonedText {
    switch state {
    case .started: TonedText(.busy, "Under way")
    case .waiting: TonedText(.wait, "Waiting")
    case .done: TonedText(.good, "Done")
    case .refused: TonedText(.stop, "Needs you")
    case .rebooting: TonedText(.busy, "Rebooting")
    }
  }

  static func phase(_ phase: BootPhase) -> String {
    switch phase {
    case .identity: "Who it is"
    case .disks: "Its disks"
    case .network: "Its network"
    case .clock: "Its clock"
    case .peers: "Its cluster"
    case .preflight: "Asking to join"
    case .join: "Starting"
    case .ready: "Ready"
    case .handoff: "Handing over"
    case .finish: "The agent's end"
    }
  }

  /// When a part came to its state, and how long it took: `at 41.2 s, took 3.5 s`.
  static func time(_ record: PhaseRecord) -> String {
    "at \(seconds(record.at)), took \(seconds(record.at - record.began))"
  }

  static func seconds(_ seconds: Double) -> String { "\((max(seconds, 0) * 10).rounded() / 10) s" }

  /// What a verdict means for a person.
  static func verdict(_ result: AgentReport.LayoutResult) -> TonedText {
    switch result.verdict {
    case "CREATE": TonedText(.busy, "Being set up")
    case "KEEP": TonedText(.good, "Kept as it is")
    case "RESUME": TonedText(.busy, "Unfinished work goes on")
    case "GROW": TonedText(.busy, "Being made larger")
    case "REFUSE":
      TonedText(
        result.isRequired ? .stop : .wait, result.disk == nil ? "No disk chosen" : "Left alone")
    case "WAIT": TonedText(.wait, "Not yet")
    case "SKIP": TonedText(.calm, "Nothing to do")
    default: TonedText(.calm, "Decided")
    }
  }

  /// The reason of a decision, which need not name the disk that stands above it.
  static func reason(_ result: AgentReport.LayoutResult) -> String {
    var reason = result.reason
    if let disk = result.disk, reason.hasPrefix(disk) {
      let rest = reason.dropFirst(disk.count)
      if rest.hasPrefix(" ") { reason = "it" + rest }
      if rest.hasPrefix(": ") { reason = String(rest.dropFirst(2)) }
    }
    return VisibleText.sentence(reason)
  }

  static func role(_ role: ClusterRole) -> String {
    switch role {
    case .serverInit: "first server"
    case .serverJoin: "server"
    case .agent: "worker"
    }
  }

  /// Where the node belongs: cluster, tier, role.
  static func place(_ report: AgentReport) -> [String] {
    guard report.node != nil else { return ["this machine does not know which node it is"] }
    return [
      report.cluster.map { "cluster \($0)" }, report.tier.map { "tier \($0)" },
      report.role.map { role($0) },
    ].compactMap { $0 }
  }

  static func name(_ report: AgentReport) -> String { report.node ?? "Unknown node" }

  static func summary(_ report: AgentReport) -> String {
    VisibleText.sentence(report.summary, startingWith: report.node)
  }

  static func footer(_ report: AgentReport) -> [String] {
    [
      "sugaragent \(report.agent)", report.fleet.map { "fleet \($0)" },
      report.generation.map { "generation \($0)" },
      report.boots == 1 ? "1 boot seen" : "\(report.boots) boots seen",
    ].compactMap { $0 }
  }

  static func temperature(_ celsius: Double) -> String {
    guard celsius.isFinite, abs(celsius) < 1000 else { return "\(celsius)" }
    return "\((celsius * 10).rounded() / 10)"
  }

  static func clock(_ board: AgentReport.Board) -> TonedText {
    board.clockIsSynchronised
      ? TonedText(.good, "\(CalendarDate.text(board.clock)), set by the network")
      : TonedText(.wait, "\(CalendarDate.text(board.clock)), not set by the network yet")
  }
}
