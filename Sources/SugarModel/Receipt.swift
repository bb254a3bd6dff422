/// What a node leaves behind when its agent has done its work: who it is, what was done, when, and
/// what may still be found on it. It holds no secret.
///
/// It stands as `receipt.json` and `receipt.html` on the root file system and, the same bytes, in
/// `sugarimage/` on the boot partition.
public struct Receipt: Hashable, Sendable, Codable {
  /// The layout of this document. A reader refuses a number it does not know.
  public static let currentSchema = 1
  /// Where it stands on the boot partition.
  public static let bootPath = "sugarimage/receipt.json"

  /// The machine as it says of itself.
  public struct Machine: Hashable, Sendable, Codable {
    public var model: String?
    public var serial: String?
    /// `/etc/machine-id`.
    public var id: String

    public init(model: String?, serial: String?, id: String) {
      self.model = model
      self.serial = serial
      self.id = id
    }
  }

  public struct DiskRecord: Hashable, Sendable, Codable {
    public var path: String
    public var title: String
    public var size: ByteCount
    /// Serial number or world-wide id; nil when it has none.
    public var identity: String?

    public init(path: String, title: String, size: ByteCount, identity: String?) {
      self.path = path
      self.title = title
      self.size = size
      self.identity = identity
    }
  }

  public struct Versions: Hashable, Sendable, Codable {
    public var agent: String
    /// `k3s`.
    public var distribution: String
    /// As the fleet pins it, and as the node itself told the cluster.
    public var planned: String
    public var running: String?

    public init(agent: String, distribution: String, planned: String, running: String?) {
      self.agent = agent
      self.distribution = distribution
      self.planned = planned
      self.running = running
    }
  }

  /// One part of the way in the boot that came to the end.
  public struct Step: Hashable, Sendable, Codable {
    public var phase: BootPhase
    /// Seconds since the kernel started, and how many of them it took.
    public var at: Double
    public var took: Double
    /// A sentence without a full stop.
    public var sentence: String
    /// What the run of the agent that did it had cost by then.
    public var usage: ProcessUsage?

    public init(
      phase: BootPhase, at: Double, took: Double, sentence: String, usage: ProcessUsage? = nil
    ) {
      self.phase = phase
      self.at = at
      self.took = took
      self.sentence = sentence
      self.usage = usage
    }
  }

  /// A gate, and when it held first: seconds since 1970.
  public struct GateRecord: Hashable, Sendable, Codable {
    public var gate: GitOpsGate
    public var held: Int64

    public init(gate: GitOpsGate, held: Int64) {
      self.gate = gate
      self.held = held
    }
  }

  /// To whom the cluster was given.
  public struct HandOver: Hashable, Sendable, Codable {
    public var gitops: GitOpsIdentity
    public var gates: [GateRecord]
    /// How many objects this node gave to the cluster; none when it was handed over before.
    public var objects: Int

    public init(gitops: GitOpsIdentity, gates: [GateRecord], objects: Int) {
      self.gitops = gitops
      self.gates = gates
      self.objects = objects
    }
  }

  /// A file that was overwritten and removed.
  public struct Removal: Hashable, Sendable, Codable {
    public var file: String
    public var bytes: Int
    /// Seconds since 1970.
    public var at: Int64

    public init(file: String, bytes: Int, at: Int64) {
      self.file = file
      self.bytes = bytes
      self.at = at
    }
  }

  public var schema: Int
  public var node: String
  public var fleet: String
  public var site: String
  public var cluster: String
  public var tier: String
  public var role: ClusterRole
  public var generation: Int
  public var machine: Machine
  public var disks: [DiskRecord]
  public var versions: Versions
  /// SHA-256 of `identity.json`, 64 hex digits: what was planned for this node.
  public var plan: String
  /// What stand-ins say of themselves; empty on a real node.
  public var standIns: [String]
  /// Seconds since 1970, by the node's clock: the first look of the agent, Ready, and this receipt.
  public var began: Int64
  public var ready: Int64
  public var written: Int64
  public var boots: Int
  public var steps: [Step]
  /// nil on nodes that hand nothing over.
  public var handOver: HandOver?
  public var removed: [Removal]
  /// Whether the disks were told that the blocks of what was removed are free.
  public var trimmed: Bool
  /// What may still be found, and what stays because the node needs it: sentences.
  public var remains: [String]
  /// Units of the agent that still run at each boot; empty when it has retired wholly.
  public var retained: [String]
  /// Things that are wrong but stop nothing.
  public var warnings: [String]

  public init(
    identity: NodeIdentity, plan: String, machine: Machine, disks: [DiskRecord],
    versions: Versions, began: Int64, ready: Int64, written: Int64, boots: Int, steps: [Step],
    handOver: HandOver?, removed: [Removal], trimmed: Bool, remains: [String], retained: [String],
    warnings: [String]
  ) {
    schema = Self.currentSchema
    node = identity.node
    fleet = identity.fleet
    site = identity.site
    cluster = identity.cluster.name
    tier = identity.cluster.tier
    role = identity.role
    generation = identity.generation
    self.machine = machine
    self.disks = disks
    self.versions = versions
    self.plan = plan
    standIns = [identity.base.standIn, identity.cluster.standIn, identity.gitops?.standIn]
      .compactMap { $0 }
    self.began = began
    self.ready = ready
    self.written = written
    self.boots = boots
    self.steps = steps
    self.handOver = handOver
    self.removed = removed
    self.trimmed = trimmed
    self.remains = remains
    self.retained = retained
    self.warnings = warnings
  }
}
