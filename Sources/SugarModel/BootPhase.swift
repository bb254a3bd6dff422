/// A part of a node's way from power-on to the agent's end, in the order of the way.
public enum BootPhase: String, Hashable, Sendable, Codable, CaseIterable {
  /// Who the node is.
  case identity
  /// Its disks.
  case disks
  /// Its addresses, and that nobody else has them.
  case network
  /// A clock that certificates can be trusted by.
  case clock
  /// Whether the cluster is there already.
  case peers
  /// That it is the right cluster, and takes the node.
  case preflight
  /// Starting what makes the machine a node.
  case join
  /// The cluster says that this very machine, in this very boot, is Ready.
  case ready
  /// The cluster is given to what keeps it as a repository says. On one node of a cluster alone.
  case handoff
  /// What was staged goes, a receipt is left, and the agent retires.
  case finish

  /// Whether the node is Ready already: what happens here no longer decides whether it joins.
  public var isAfterReady: Bool { self == .handoff || self == .finish }
}

/// How a part of the way stands.
public enum PhaseState: String, Hashable, Sendable, Codable, CaseIterable {
  case started
  /// Something is awaited that may come by itself; it is waited for without end.
  case waiting
  case done
  /// A person is needed.
  case refused
  /// The next boot goes on.
  case rebooting
}

/// What became of a part of the way: what the console, the journal and the report tell.
public struct PhaseRecord: Hashable, Sendable, Codable {
  public var phase: BootPhase
  public var state: PhaseState
  /// A sentence without a full stop.
  public var sentence: String
  /// For programs, when it is a refusal.
  public var code: JoinRefusalCode?
  /// What a person can do, in order.
  public var next: [String]
  /// Seconds since the kernel started, when the phase began and when it came to its state.
  public var began: Double
  public var at: Double
  /// What the run of the agent that came to this state had cost by then.
  public var usage: ProcessUsage?

  public init(
    phase: BootPhase, state: PhaseState, sentence: String, code: JoinRefusalCode? = nil,
    next: [String] = [], began: Double, at: Double, usage: ProcessUsage? = nil
  ) {
    self.phase = phase
    self.state = state
    self.sentence = sentence
    self.code = code
    self.next = next
    self.began = began
    self.at = at
    self.usage = usage
  }

  /// The one line of the console. Programs read it: `sugaragent: <phase> <state>: <sentence>`.
  public var line: String { "sugaragent: \(phase.rawValue) \(state.rawValue): \(sentence)" }
}

/// Why a node must not join, for programs.
public enum JoinRefusalCode: String, Hashable, Sendable, Codable, CaseIterable {
  // the image
  case identity = "identity"
  case disks = "disks"
  case placeholder = "no-binary"
  case unknownDistribution = "unknown-distribution"
  case badToken = "bad-token"
  case openSecret = "open-secret"
  case badConfiguration = "bad-configuration"
  // the network
  case duplicateAddress = "duplicate-address"
  case twin = "twin"
  // the cluster
  case wrongCluster = "wrong-cluster"
  case unprovenAuthority = "unproven-authority"
  case redirected = "redirected"
  case settingsDiffer = "settings-differ"
  case credential = "credential"
  case role = "role"
  case nodePassword = "node-password"
  case knownMember = "known-member"
  case otherMachine = "other-machine"
  // this node's past
  case foreignState = "foreign-state"
  case initialisedBefore = "initialised-before"
  case noMemoryControl = "no-memory-cgroup"
  case reboots = "reboots"
  // handing over
  case stagedObject = "staged-object"
  case objectRefused = "object-refused"
  case objectConflict = "object-conflict"
  case repository = "repository"
  case decryption = "decryption"
}
