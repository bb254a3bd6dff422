public import SugarModel

/// How a rehearsal went.
public struct RehearsalReport: Hashable, Sendable, Codable {
  public enum Outcome: String, Hashable, Sendable, Codable {
    /// Every node is Ready.
    case ready
    /// A node refused: a person is needed.
    case refused
    /// Time ran out.
    case late
    /// An emulated machine ended and nobody wanted that.
    case failed
    /// It was ended from outside.
    case interrupted
  }

  public struct NodeResult: Hashable, Sendable, Codable {
    public var node: String
    public var cluster: String
    public var role: ClusterRole
    public var outcome: Outcome
    /// Seconds from first power to Ready, cuts and restarts included; nil when it is not.
    public var seconds: Double?
    public var boots: Int
    public var cuts: Int
    public var reboots: Int
    /// Seconds of each phase in the last boot.
    public var phases: [String: Double]
    /// Where it stopped.
    public var phase: BootPhase?
    /// The agent's last words.
    public var sentence: String
    public var steps: [NodeProgress.Step]
    public var log: String
    public var remarks: [String]

    /// Whether the agent has begun what comes after Ready, and has not come to its end.
    public var isUnfinished: Bool {
      phase?.isAfterReady == true && !(phase == .finish && steps.last?.state == .done)
    }
  }

  public var schema = 1
  public var label: String
  public var emulator: String
  public var seed: UInt64
  public var outcome: Outcome
  public var seconds: Double
  public var nodes: [NodeResult]
  /// Power cuts as they came, and those whose moment never came.
  public var cuts: [CutSchedule.Cut]
  public var cutsLeft: [CutSchedule.Cut]
  /// Frames that the switches carried.
  public var frames: Int

  init(
    emulator: String, seed: UInt64, seconds: Double, isInterrupted: Bool, nodes: [NodeResult],
    cuts: [CutSchedule.Cut], cutsLeft: [CutSchedule.Cut], frames: Int
  ) {
    label = Emulator.label
    self.emulator = emulator
    self.seed = seed
    self.seconds = seconds
    self.nodes = nodes
    self.cuts = cuts
    self.cutsLeft = cutsLeft
    self.frames = frames
    let all = Set(nodes.map(\.outcome))
    outcome =
      if isInterrupted {
        .interrupted
      } else {
        [.failed, .refused, .late].first { all.contains($0) } ?? .ready
      }
  }
}

extension RehearsalReport.NodeResult {
  init(_ plan: MachinePlan, _ progress: NodeProgress) {
    node = plan.node
    cluster = plan.cluster
    role = plan.role
    outcome =
      switch progress.condition {
      case .ready: .ready
      case .refused: .refused
      case .failed: .failed
      case .off, .booting, .working, .waiting, .rebooting, .cut: .late
      }
    seconds = progress.firstPower.flatMap { first in progress.readyAt.map { $0 - first } }
    (boots, cuts, reboots) = (progress.boots, progress.cuts, progress.reboots)
    phases = Dictionary(
      uniqueKeysWithValues: progress.durations.map { ($0.key.rawValue, $0.value) })
    (phase, sentence, steps) = (progress.phase, progress.sentence, progress.steps)
    (log, remarks) = (plan.log, plan.remarks)
  }
}
