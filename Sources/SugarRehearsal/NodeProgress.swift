public import SugarModel

/// How far one node has come, told by its console and by its power.
public struct NodeProgress: Hashable, Sendable {
  public enum Condition: Hashable, Sendable {
    case off
    /// Powered on; the agent has not spoken yet.
    case booting
    /// The agent is at work.
    case working
    case waiting
    /// It restarts by itself.
    case rebooting
    /// Its power was cut.
    case cut
    case ready
    /// A person is needed.
    case refused
    /// The machine ended and nobody wanted that.
    case failed

    /// Nothing more comes by itself.
    public var isFinal: Bool { self == .ready || self == .refused || self == .failed }
  }

  /// One run of a phase.
  public struct Step: Hashable, Sendable, Codable {
    public var boot: Int
    public var phase: BootPhase
    /// Seconds since the rehearsal began.
    public var started: Double
    /// nil when the power went before its end.
    public var ended: Double?
    public var state: PhaseState
    public var sentence: String
  }

  public let node: String
  public private(set) var condition = Condition.off
  /// Where the agent is; nil before its first word of this boot.
  public private(set) var phase: BootPhase?
  /// Phases that ended well in this boot.
  public private(set) var done: Set<BootPhase> = []
  /// How often each phase told in this boot that it, or a part of it, begins.
  public private(set) var beginnings: [BootPhase: Int] = [:]
  /// When the node's present phase, or boot, began.
  public private(set) var since = 0.0
  public private(set) var sentence = ""
  public private(set) var boots = 0
  public private(set) var cuts = 0
  public private(set) var reboots = 0
  public private(set) var steps: [Step] = []
  /// Whether the agent has come to its end, or near it: in later boots it may say nothing.
  public private(set) var isRetired = false
  /// When the agent spoke last.
  private var heardAt = 0.0
  /// When power came first, and when the node was ready at last.
  public private(set) var firstPower: Double?
  public private(set) var readyAt: Double?

  public init(node: String) { self.node = node }

  public mutating func powerOn(at time: Double) {
    condition = .booting
    (phase, done, since, sentence) = (nil, [], time, "power is on")
    beginnings = [:]
    boots += 1
    if firstPower == nil { firstPower = time }
    readyAt = nil
  }

  public mutating func cut(at time: Double) {
    cuts += 1
    end(.cut, "the power was cut", at: time)
  }

  /// The machine restarts because the guest wanted that.
  public mutating func reboot(at time: Double) {
    reboots += 1
    end(.rebooting, sentence.isEmpty ? "restarting" : sentence, at: time)
  }

  /// The machine ended and nobody wanted that.
  public mutating func fail(_ reason: String, at time: Double) { end(.failed, reason, at: time) }

  private mutating func end(_ condition: Condition, _ sentence: String, at time: Double) {
    self.condition = condition
    self.sentence = sentence
    since = time
    readyAt = nil
  }

  /// What a line that is not the agent's tells of a boot: only before the agent speaks.
  public mutating func hear(_ line: String, at time: Double) {
    guard condition == .booting, phase == nil else { return }
    // The agent has retired; what it started is started by the system now.
    if isRetired, line.contains("Started "), line.contains("Lightweight Kubernetes") {
      condition = .ready
      (sentence, readyAt) = ("the agent has retired; the system has started k3s", time)
      return
    }
    if line.contains("Linux version") { sentence = "the kernel starts" }
    if line.contains("Welcome to ") || line.contains("systemd[1]: ") {
      sentence = "the system starts"
    }
  }

  public mutating func take(_ line: AgentLine, at time: Double) {
    // A line that was under way when the power went.
    guard condition != .off, condition != .cut else { return }
    if phase != line.phase || line.state == .started { since = time }
    phase = line.phase
    sentence = line.sentence
    heardAt = time
    if line.state == .started { beginnings[line.phase, default: 0] += 1 }
    note(line, at: time)
    if line.phase == .finish { isRetired = true }
    // A node that hands its cluster over, or whose agent ends, is Ready and stays so.
    if line.phase.isAfterReady, condition == .ready, line.state != .refused {
      if line.state == .done { done.insert(line.phase) }
      return
    }
    switch line.state {
    case .started: condition = .working
    case .waiting: condition = .waiting
    case .rebooting: condition = .rebooting
    case .refused: condition = .refused
    case .done:
      done.insert(line.phase)
      condition = line.phase == .ready ? .ready : .working
    }
    readyAt = condition == .ready ? time : nil
  }

  /// Whether a node that is where it stays needs no more watching: its agent has come to its end,
  /// or has nothing to say for a while.
  public func isSettled(at time: Double) -> Bool {
    guard condition == .ready else { return condition.isFinal }
    if done.contains(.finish) || phase == nil { return true }
    return time - heardAt >= (phase == .ready ? Self.grace : Self.silence)
  }

  /// Seconds for an agent that goes on after Ready to say so, and for one that is at it: it tells of
  /// each object, and of whatever it waits for when that changes.
  static let grace = 3.0
  static let silence = 120.0

  private mutating func note(_ line: AgentLine, at time: Double) {
    let isOpen =
      steps.last.map { $0.boot == boots && $0.phase == line.phase && $0.ended == nil } ?? false
    if !isOpen || line.state == .started && steps.last?.state != .started {
      steps.append(
        Step(
          boot: boots, phase: line.phase, started: time, ended: nil, state: line.state,
          sentence: line.sentence))
    }
    let last = steps.count - 1
    steps[last].state = line.state
    steps[last].sentence = line.sentence
    if line.state != .started, line.state != .waiting { steps[last].ended = time }
  }

  /// Seconds that each phase took in the boot that ended well, which for a retired agent is the last
  /// one in which it spoke; of a phase that ran twice, both runs.
  public var durations: [BootPhase: Double] {
    var result: [BootPhase: Double] = [:]
    let last = isRetired && phase == nil ? steps.last?.boot : boots
    for step in steps where step.boot == last {
      if let ended = step.ended { result[step.phase, default: 0] += ended - step.started }
    }
    return result
  }
}
