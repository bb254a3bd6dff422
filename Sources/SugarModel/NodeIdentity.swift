/// Who a node is: what the builder writes into the image and the agent reads on first boot. It
/// holds no secret.
///
/// It stands as JSON at `/etc/sugaragent/identity.json` and, the same bytes, at
/// `sugarimage/identity.json` on the boot partition.
public struct NodeIdentity: Hashable, Sendable, Codable {
  /// The layout of this document. A reader refuses a number it does not know.
  public static let currentSchema = 1

  public var schema: Int
  public var fleet: String
  public var site: String
  public var node: String
  public var domain: String
  /// Counts this node's media; a higher one replaces a lower one.
  public var generation: Int
  public var cluster: ClusterIdentity
  public var role: ClusterRole
  public var spare: Bool
  /// The address by which the cluster knows the node; nil when it comes by DHCP.
  public var address: IPv4Address?
  public var networks: [NetworkIdentity]
  public var labels: [String: String]
  public var taints: [String]
  public var disk: DiskIdentity
  /// How the node's disks are divided, beside its boot disk's own partitions.
  public var disks: [DiskLayout]
  /// The serial number of the board that the image is for; nil when any will do.
  public var board: String?
  public var boot: BootIdentity
  public var base: BaseIdentity
  /// Seconds since 1970 that the node's clock must have passed: the cluster's certificates are
  /// valid from here.
  public var clockFloor: Int64
  /// What the first server does without a time server; nil is `require`.
  public var clock: ClockPolicy?
  /// To whom this node hands its cluster; nil on every other node of it.
  public var gitops: GitOpsIdentity?

  public init(
    fleet: String, site: String, node: String, domain: String, generation: Int,
    cluster: ClusterIdentity, role: ClusterRole, spare: Bool, address: IPv4Address?,
    networks: [NetworkIdentity], labels: [String: String], taints: [String], disk: DiskIdentity,
    disks: [DiskLayout] = [], board: String? = nil, boot: BootIdentity, base: BaseIdentity,
    clockFloor: Int64, clock: ClockPolicy? = nil, gitops: GitOpsIdentity? = nil
  ) {
    schema = Self.currentSchema
    self.fleet = fleet
    self.site = site
    self.node = node
    self.domain = domain
    self.generation = generation
    self.cluster = cluster
    self.role = role
    self.spare = spare
    self.address = address
    self.networks = networks
    self.labels = labels
    self.taints = taints
    self.disk = disk
    self.disks = disks
    self.board = board
    self.boot = boot
    self.base = base
    self.clockFloor = clockFloor
    self.clock = clock
    self.gitops = gitops
  }
}

/// Whether a cluster may be started by a clock that no time server has set.
public enum ClockPolicy: String, Hashable, Sendable, Codable, CaseIterable {
  /// The first server waits, however long it takes.
  case require
  /// It waits three minutes, then goes on and says so: for sites without a time server, whose boards
  /// have a battery for their clock.
  case warn
}

/// The cluster a node belongs to, and how it is proven.
public struct ClusterIdentity: Hashable, Sendable, Codable {
  public var name: String
  public var tier: String
  public var distribution: String
  public var version: String
  /// SHA-256 of `server-ca.crt`, 64 hex digits: what the node must find before it sends anything
  /// secret.
  public var pin: String
  /// Where a joining node asks: the initialiser's own address. nil on the initialiser.
  public var server: String?
  /// Every planned node of the cluster, in the order in which servers join.
  public var members: [MemberIdentity]
  /// False when the image holds a labelled placeholder instead of k3s.
  public var binaryIncluded: Bool
  /// The port that its servers answer on; nil is 6443.
  public var port: Int?
  /// What all servers must be told alike; nil in images from before it was recorded.
  public var settings: ClusterSettings?
  /// What a binary that only stands in for the distribution says of itself; nil for a real one.
  public var standIn: String?

  public init(
    name: String, tier: String, distribution: String, version: String, pin: String, server: String?,
    members: [MemberIdentity], binaryIncluded: Bool, port: Int? = nil,
    settings: ClusterSettings? = nil, standIn: String? = nil
  ) {
    self.name = name
    self.tier = tier
    self.distribution = distribution
    self.version = version
    self.pin = pin
    self.server = server
    self.members = members
    self.binaryIncluded = binaryIncluded
    self.standIn = standIn
    self.port = port
    self.settings = settings
  }
}

/// What every server of a cluster must be told alike, in words that no distribution owns.
public struct ClusterSettings: Hashable, Sendable, Codable {
  /// `10.42.0.0/16`.
  public var pods: String
  public var services: String
  public var dns: String
  public var domain: String
  /// How the pod network is carried: `vxlan`, `wireguard-native`.
  public var backend: String
  /// Parts that are left out: `traefik`, `servicelb`.
  public var disabled: [String]
  /// Switches by their names in the distribution's configuration: `secrets-encryption`.
  public var switches: [String: Bool]

  public init(
    pods: String, services: String, dns: String, domain: String, backend: String,
    disabled: [String], switches: [String: Bool] = [:]
  ) {
    self.pods = pods
    self.services = services
    self.dns = dns
    self.domain = domain
    self.backend = backend
    self.disabled = disabled
    self.switches = switches
  }
}

public struct MemberIdentity: Hashable, Sendable, Codable {
  public var node: String
  public var role: ClusterRole
  public var address: IPv4Address?

  public init(node: String, role: ClusterRole, address: IPv4Address?) {
    self.node = node
    self.role = role
    self.address = address
  }
}

/// One network that the node is attached to.
public struct NetworkIdentity: Hashable, Sendable, Codable {
  public var name: String
  public var purpose: String
  /// `192.168.1.21/24`, or `dhcp`.
  public var address: String
  public var gateway: IPv4Address?
  public var vlan: Int?
  public var mac: String?

  public init(
    name: String, purpose: String, address: String, gateway: IPv4Address?, vlan: Int?, mac: String?
  ) {
    self.name = name
    self.purpose = purpose
    self.address = address
    self.gateway = gateway
    self.vlan = vlan
    self.mac = mac
  }
}

/// The disk that the image was made for.
public struct DiskIdentity: Hashable, Sendable, Codable {
  /// `nvme` or `sd`.
  public var target: String
  /// The MBR disk id, 8 hex digits; the partitions are `PARTUUID=<id>-01` and `-02`.
  public var id: String
  /// What the root partition may grow to.
  public var rootSize: ByteCount
  /// Set when it takes all that the disk has.
  public var fills: Bool?
  /// The only media that the image may be written to, by serial number or world-wide id; nil when
  /// any will do.
  public var serials: [String]?

  public init(
    target: String, id: String, rootSize: ByteCount, fills: Bool? = nil, serials: [String]? = nil
  ) {
    self.target = target
    self.id = id
    self.rootSize = rootSize
    self.fills = fills
    self.serials = serials
  }
}

/// What the firmware is told.
public struct BootIdentity: Hashable, Sendable, Codable {
  /// Boot media in the order in which they are tried.
  public var order: [BootDevice]?
  /// The same as `BOOT_ORDER`.
  public var orderHex: String?
  public var hardware: String
  /// Who brings the settings to the board; nil in identities from before there was a choice.
  public var apply: EEPROMApplication?
  /// Further settings of `bootconf.txt`.
  public var settings: [String: String]?

  public init(
    order: BootOrder?, hardware: String, apply: EEPROMApplication? = nil,
    settings: [String: String]? = nil
  ) {
    self.order = order?.devices
    orderHex = order?.hex
    self.hardware = hardware
    self.apply = apply
    self.settings = settings
  }
}

extension BootIdentity {
  /// The order, as hex too, and who sets it: `nvme, sd, restart (0xf16, set by the agent …)`. nil when
  /// the fleet names none.
  public var orderWords: String? {
    order.map { "\(BootOrder($0)) (\(BootOrder($0).hex), \(application))" }
  }

  private var application: String {
    switch apply {
    case .agent: "set by the agent on the running node"
    case .image: "set by the medium before the system runs"
    case .never, nil: "recorded; nothing sets it"
    }
  }
}

/// Who brings settings to a board's bootloader.
public enum EEPROMApplication: String, CaseIterable, Hashable, Sendable, Codable {
  /// The agent, on the running node, when its root disk was verified.
  case agent
  /// The medium itself: the board updates before the system runs.
  case image
  case never
}

/// The image that the node's image was made from.
public struct BaseIdentity: Hashable, Sendable, Codable {
  public var os: String
  /// As the system calls itself: `Debian GNU/Linux 13 (trixie)`.
  public var name: String
  /// SHA-256 of the base as it was downloaded.
  public var sha256: String
  /// What a stand-in says of itself; nil for a published system.
  public var standIn: String?
  /// What brings its networks up; nil is NetworkManager.
  public var network: NetworkRenderer?

  public init(
    os: String, name: String, sha256: String, standIn: String?, network: NetworkRenderer? = nil
  ) {
    self.os = os
    self.name = name
    self.sha256 = sha256
    self.standIn = standIn
    self.network = network
  }
}
