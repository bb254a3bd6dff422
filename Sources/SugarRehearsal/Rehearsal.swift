import CLinux
import SugarHost
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// What happened in a rehearsal, for whoever shows it.
public enum RehearsalEvent: Hashable, Sendable {
  /// Time went by.
  case tick
  case spoke(node: String, AgentLine)
  case powerOn(node: String)
  case cut(node: String, phase: BootPhase)
  case rebooted(node: String)
  case failed(node: String, String)
  case finished
}

/// The first boot of emulated nodes on their networks: one thread, one loop.
///
/// A class, because it owns machines.
public final class Rehearsal {
  public struct Settings: Sendable {
    /// Seconds for all of it.
    public var timeout: Double
    public var seed: UInt64
    public var cuts: CutSchedule
    /// Seconds after which a node is switched on first.
    public var delays: [String: Double]
    /// Seconds without power after a cut.
    public var outage = 2.0
    /// Whether every node is restarted once it is Ready, and has to be Ready again.
    public var isRepeated: Bool
    /// Whether machines are switched off properly at the end, for those who look at their disks.
    public var switchesOff: Bool

    public init(
      timeout: Double, seed: UInt64, cuts: CutSchedule, delays: [String: Double] = [:],
      isRepeated: Bool = false, switchesOff: Bool = false
    ) {
      self.timeout = timeout
      self.seed = seed
      self.cuts = cuts
      self.delays = delays
      self.isRepeated = isRepeated
      self.switchesOff = switchesOff
    }
  }

  public typealias Observer = (RehearsalEvent, [NodeProgress], Double) -> Void

  let plans: [MachinePlan]
  let emulator: Emulator
  let firmware: Firmware
  var settings: Settings
  let network: VirtualSwitch
  let tell: Observer
  var nodes: [String: NodeProgress]
  var machines: [String: Machine] = [:]
  var logs: [String: ConsoleLog] = [:]
  var timers: [Timer] = []
  var cutsMade: [CutSchedule.Cut] = []
  var lastTick = 0.0
  var isEnding = false
  var isInterrupted = false
  private let start = Rehearsal.clock(CLOCK_MONOTONIC)

  struct Timer {
    enum Action { case powerOn, cut(CutSchedule.Cut) }
    var due: Double
    var node: String
    var action: Action
  }

  /// - Parameter folder: where kernels are put for the emulator.
  public init(
    _ plans: [MachinePlan], gateways: [String: Gateway], emulator: Emulator, folder: String,
    settings: Settings, tell: @escaping Observer
  ) throws(RehearsalError) {
    self.plans = plans
    self.emulator = emulator
    self.settings = settings
    self.tell = tell
    firmware = Firmware(folder: folder)
    network = VirtualSwitch(gateways: gateways)
    nodes = Dictionary(uniqueKeysWithValues: plans.map { ($0.node, NodeProgress(node: $0.node)) })
    for plan in plans { logs[plan.node] = try ConsoleLog(plan.log) }
  }

  /// Seconds since the rehearsal began.
  var now: Double { Self.clock(CLOCK_MONOTONIC) - start }

  static func clock(_ which: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(which, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// In the order in which they were given.
  var progress: [NodeProgress] { plans.compactMap { nodes[$0.node] } }

  func say(_ event: RehearsalEvent) { tell(event, progress, now) }

  /// Runs until every node is where nothing more comes by itself, or time is up.
  public func run() throws(RehearsalError) -> RehearsalReport {
    let signals = clinux_catch_signals()
    for plan in plans {
      timers.append(
        Timer(due: settings.delays[plan.node] ?? 0, node: plan.node, action: .powerOn))
    }
    defer { for machine in machines.values { machine.end(.kill) } }
    try pass(signals)
    if settings.isRepeated, !isInterrupted, progress.allSatisfy({ $0.condition == .ready }) {
      try switchOff(signals)
      for plan in plans { timers.append(Timer(due: now, node: plan.node, action: .powerOn)) }
      try pass(signals)
    }
    let report = RehearsalReport(
      emulator: "QEMU \(emulator.version)", seed: settings.seed, seconds: now,
      isInterrupted: isInterrupted,
      nodes: plans.compactMap { plan in nodes[plan.node].map { .init(plan, $0) } },
      cuts: cutsMade, cutsLeft: settings.cuts.open, frames: network.frames)
    if settings.switchesOff, !isInterrupted { try switchOff(signals) }
    say(.finished)
    return report
  }

  private func pass(_ signals: Int32) throws(RehearsalError) {
    while !isInterrupted, now < settings.timeout, !isOver { try turn(signals) }
  }

  /// Nothing more comes by itself.
  private var isOver: Bool {
    guard timers.isEmpty else { return false }
    if progress.allSatisfy({ $0.isSettled(at: now) }) { return true }
    // A cluster whose node refuses keeps the others waiting for ever: they have had their minute.
    let stuck = plans.filter { plan in
      plans.contains {
        $0.cluster == plan.cluster
          && [.refused, .failed].contains(nodes[$0.node]?.condition)
      }
    }.map(\.node)
    return progress.allSatisfy { node in
      node.isSettled(at: now)
        || (stuck.contains(node.node) && node.condition == .waiting && now - node.since > 60)
    }
  }

  /// The power button of every machine, and a minute for them; then the plug.
  private func switchOff(_ signals: Int32) throws(RehearsalError) {
    isEnding = true
    defer { isEnding = false }
    timers = []
    // Where the agent has not spoken yet, nobody listens to the button either.
    for (node, machine) in machines where nodes[node]?.condition == .booting {
      machine.end(.kill)
      machines[node] = nil
    }
    let end = now + 90
    var next = now
    while !machines.isEmpty, now < end, !isInterrupted {
      // Again and again: a system that is still coming up misses the first time.
      if now >= next {
        for machine in machines.values { machine.powerDown() }
        next = now + 10
      }
      try turn(signals)
    }
    for machine in machines.values { machine.end(.terminate) }
    machines = [:]
  }
}
