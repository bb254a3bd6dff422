/// What the agent tells people: one model, shown as JSON, as a page, on the console, in the journal.
/// It holds no secret.
public struct AgentReport: Hashable, Sendable, Codable {
  /// 1 told of disks alone; 2 adds `phases`, 3 `bootloader`.
  public static let currentSchema = 3

  /// How far the node has come, the worst of its parts.
  public enum State: String, Hashable, Sendable, Codable {
    case working
    /// Everything is as planned.
    case done
    /// Something is awaited that may come by itself.
    case waiting
    /// The next boot goes on.
    case rebooting
    /// A person is needed.
    case refused
  }

  /// What became of one layout.
  public struct LayoutResult: Hashable, Sendable, Codable {
    public var layout: String
    /// The disk as it was found: `/dev/nvme0n1 (1 TB, Samsung SSD, serial S1)`.
    public var disk: String?
    /// `CREATE`, `KEEP`, `REFUSE` …
    public var verdict: String
    /// For programs, when it is a refusal.
    public var code: RefusalCode?
    /// A sentence without a full stop.
    public var reason: String
    /// What a person can do next; nil when nothing is needed.
    public var next: String?
    /// The line for `sugarimage/consent.txt` on the boot partition that allows the content to be
    /// wiped.
    public var consent: String?
    public var isRequired: Bool

    public init(
      layout: String, disk: String?, verdict: String, code: RefusalCode?, reason: String,
      next: String?, consent: String?, isRequired: Bool
    ) {
      self.layout = layout
      self.disk = disk
      self.verdict = verdict
      self.code = code
      self.reason = reason
      self.next = next
      self.consent = consent
      self.isRequired = isRequired
    }
  }

  /// One disk as it was found.
  public struct DiskSummary: Hashable, Sendable, Codable {
    public var path: String
    public var title: String
    public var size: ByteCount
    public var transport: DiskTransport
    /// Serial number or world-wide id; nil when it has none.
    public var identity: String?
    /// What is on it, in words: `GPT, 2 partitions`, `blank`.
    public var content: String
    public var partitions: [String]
    /// Who uses it, in words.
    public var uses: [String]

    public init(
      path: String, title: String, size: ByteCount, transport: DiskTransport, identity: String?,
      content: String, partitions: [String], uses: [String]
    ) {
      self.path = path
      self.title = title
      self.size = size
      self.transport = transport
      self.identity = identity
      self.content = content
      self.partitions = partitions
      self.uses = uses
    }
  }

  /// The board and its health, as far as it could be found out.
  public struct Board: Hashable, Sendable, Codable {
    public var model: String?
    public var serial: String?
    /// Raspberry Pi's `get_throttled`: bit 0 is under-voltage now, bit 16 since the boot.
    public var throttled: UInt32?
    public var celsius: Double?
    /// NVMe link and health: `8.0 GT/s PCIe x1, 3 % used, no media errors`.
    public var nvme: [String]
    public var clockIsSynchronised: Bool
    /// Seconds since 1970.
    public var clock: Int64

    public init(
      model: String?, serial: String?, throttled: UInt32?, celsius: Double?, nvme: [String],
      clockIsSynchronised: Bool, clock: Int64
    ) {
      self.model = model
      self.serial = serial
      self.throttled = throttled
      self.celsius = celsius
      self.nvme = nvme
      self.clockIsSynchronised = clockIsSynchronised
      self.clock = clock
    }
  }

  public var schema: Int
  public var agent: String
  /// nil when the node could not be identified.
  public var node: String?
  public var fleet: String?
  public var cluster: String?
  public var tier: String?
  public var role: ClusterRole?
  public var generation: Int?
  /// What a stand-in base says of itself.
  public var standIn: String?
  public var state: State
  /// The whole story in one sentence.
  public var summary: String
  /// What a person should do, in order; empty when nothing is needed.
  public var next: [String]
  public var board: Board
  public var disks: [DiskSummary]
  public var layouts: [LayoutResult]
  /// Things that are wrong but stop nothing.
  public var warnings: [String]
  /// The kernel's id of this boot, and how many boots the agent has seen.
  public var boot: String
  public var boots: Int
  /// The way from power-on to Ready, as far as it went; nil in reports of older agents.
  public var phases: [PhaseRecord]?
  /// How the board's bootloader stands; nil while nobody looked in this boot.
  public var bootloader: BootloaderReport?

  public init(
    agent: String, identity: NodeIdentity?, state: State, summary: String, next: [String],
    board: Board, disks: [DiskSummary], layouts: [LayoutResult], warnings: [String], boot: String,
    boots: Int, phases: [PhaseRecord]? = nil
  ) {
    schema = Self.currentSchema
    self.agent = agent
    node = identity?.node
    fleet = identity?.fleet
    cluster = identity?.cluster.name
    tier = identity?.cluster.tier
    role = identity?.role
    generation = identity?.generation
    standIn = identity?.base.standIn
    self.state = state
    self.summary = summary
    self.next = next
    self.board = board
    self.disks = disks
    self.layouts = layouts
    self.warnings = warnings
    self.boot = boot
    self.boots = boots
    self.phases = phases
  }
}
