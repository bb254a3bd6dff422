public import SugarModel

/// What a person wrote about a fleet, read and checked. It holds no fact about any machine and no
/// secret.
///
/// `docs/fleet-reference.md` describes every field as it is written in `fleet.yaml`.
public struct Profile: Hashable, Sendable {
  public var fleet: Fleet
  public var site: Site
  public var base: BaseImage
  public var admin: Admin
  public var system: SystemSettings
  public var hardware: Hardware
  public var root: RootDisk
  /// Disks that the agent divides on first boot.
  public var disks: [DiskLayout]
  public var eeprom: EEPROMSettings
  public var planes: [NetworkPlane]
  /// The name of the plane whose address is the Kubernetes node address.
  public var nodeIPPlane: String
  public var boot: BootFiles
  /// Names of folders in `overlays/`, in the order in which they are laid over the root file
  /// system.
  public var overlays: [String]
  /// Names of folders in `bootfiles/`, in the order in which they are laid over the boot partition.
  public var bootfiles: [String]
  /// What holds for the GitOps of all clusters.
  public var gitops: GitOpsWords? = nil
  public var secrets = SecretSettings()
  public var clusters: [Cluster]
  public var nodes: [Node]
}

public struct Fleet: Hashable, Sendable {
  /// A DNS label; part of what every disk id is derived from.
  public var name: String
  /// DNS domain of the nodes: `sugarkube.home.arpa`.
  public var domain: String
  /// Counts the times the whole fleet was given new media. Starts at 1.
  public var generation: Int
  /// Key of the node label that tells the tier, for clusters that name none of their own:
  /// `sugarkube.env`.
  public var tierLabel: String?
}

public struct Site: Hashable, Sendable {
  public var id: String
  public var name: String?
  /// `topology.kubernetes.io/region`
  public var region: String?
  /// `topology.kubernetes.io/zone`, when a node has no carrier of its own.
  public var zone: String?
}

public struct BaseImage: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// A path, relative to the folder of the file that names it.
    case file(String)
    /// `https://…` or `file://…`
    case url(String)
  }
  public var os: OperatingSystem
  public var source: Source
  /// 64 lower-case hex digits of the file as it is downloaded. Always there for a URL.
  public var sha256: String?
  /// Set when `fleet.local.yaml` replaced the base: that file's path.
  public var replacedBy: String?
}

/// Operating systems that a fleet may name as its base.
public enum OperatingSystem: String, CaseIterable, Hashable, Sendable, Codable {
  case raspberryPiOSLiteTrixie = "rpios-lite-trixie"
  case raspberryPiOSLiteBookworm = "rpios-lite-bookworm"
  case ubuntuServer24_04 = "ubuntu-24.04-arm64-raspi"
  case ubuntuServer25_10 = "ubuntu-25.10-arm64-raspi"
  case ubuntuServer26_04 = "ubuntu-26.04-arm64-raspi"
}

public struct Admin: Hashable, Sendable {
  public var user: String
  /// Lines of `authorized_keys`; those of `fleet.local.yaml` come after the fleet's own.
  public var sshAuthorizedKeys: [String]
  /// Whether `sudo` asks for no password. The account has none, so `false` means no sudo at all.
  public var sudo: Bool
}

public struct SystemSettings: Hashable, Sendable {
  public var timezone: String
  public var locale: String
  /// Time servers; none leaves the base's own.
  public var ntp: [String]
  /// What a cluster's first server does when no time server answers.
  public var clock: ClockPolicy
  /// Kernel modules loaded at boot.
  public var modules: [String]
  /// Kernel parameters, by name.
  public var sysctl: [String: String]
  public var journald: Journald
  /// `RuntimeWatchdogSec` in seconds; nil leaves the watchdog alone.
  public var watchdogSeconds: Int?
  /// Interface names or patterns that the node's network service leaves alone, besides those k3s makes.
  public var nmUnmanaged: [String]
  /// Registry mirrors for containerd: registry name to endpoints, in order.
  public var registryMirrors: [String: [String]]
}

public struct Journald: Hashable, Sendable {
  public enum Storage: String, CaseIterable, Hashable, Sendable { case persistent, volatile, auto }
  public var storage: Storage
  public var maxUse: ByteCount?

  /// What a fleet has that says nothing: a journal that survives a reboot and stays small on an SD
  /// card.
  public static let standard = Journald(storage: .persistent, maxUse: .mib(200))
}

public struct Hardware: Hashable, Sendable {
  public enum Model: String, CaseIterable, Hashable, Sendable, Codable {
    case rpi5_4 = "rpi5-4", rpi5_8 = "rpi5-8", rpi5_16 = "rpi5-16", rpi4
  }
  public var model: Model
  /// PCIe generation of the NVMe link, 1 to 3; nil leaves the firmware's default (2). 3 is not
  /// certified.
  public var pcieGen: Int?
}

/// The disk that the node's root file system is on.
public struct RootDisk: Hashable, Sendable {
  public enum Target: String, CaseIterable, Hashable, Sendable, Codable { case nvme, sd }
  public var target: Target
  /// What the root partition is to have on the node's disk, at most. An image that needs more is
  /// refused.
  public var size: ByteCount
  /// Whether it takes all that the disk has; `size` is then what the table can hold.
  public var fills: Bool

  /// The largest root that the base's MBR, which ends at 2 TiB, can hold beside a boot partition.
  public static let limit = ByteCount.gib(2047)
}

/// What the Raspberry Pi's bootloader is told, and by whom.
public struct EEPROMSettings: Hashable, Sendable {
  public var bootOrder: BootOrder?
  /// Further keys of `bootconf.txt`.
  public var extra: [String: String] = [:]
  public var apply: EEPROMApplication = .agent
  /// The bootloader image that `apply: image` puts on media, and that `eeprom card` uses.
  public var firmware: PinnedFile?
  /// The `recovery.bin` of the same chip.
  public var recovery: PinnedFile?
  /// Seconds since 1970 in the update's signature: a board skips a self-update that is not later than
  /// its last one.
  public var timestamp: Int?
}

/// A file of this workstation with the digest that it must have.
public struct PinnedFile: Hashable, Sendable {
  public var path: String
  /// 64 hex digits.
  public var sha256: String
}

/// A network that nodes are attached to.
public struct NetworkPlane: Hashable, Sendable {
  public enum Purpose: String, CaseIterable, Hashable, Sendable { case k8s, mgmt, wan, lb }
  public var name: String
  public var purpose: Purpose
  /// nil when addresses come by DHCP.
  public var subnet: IPv4Network?
  public var gateway: IPv4Address?
  public var dns: [IPv4Address]
  /// Set when the plane is a VLAN on the interface of another plane.
  public var vlan: VLAN?
  /// Kernel drivers whose interfaces carry the plane, for nodes that name no MAC address.
  public var drivers: [String]
  /// Lower is preferred among default routes.
  public var metric: Int?
  /// The Wi-Fi networks that carry the plane, whichever is in reach; none when it is wired.
  public var wifi: [WiFiNetwork] = []

  public var isWiFi: Bool { !wifi.isEmpty }
}

public struct VLAN: Hashable, Sendable {
  /// 1 to 4094
  public var id: Int
  /// The plane whose interface it runs on.
  public var parent: String
}

/// What the fleet changes in the firmware's own text files.
public struct BootFiles: Hashable, Sendable {
  /// Lines that are added to `config.txt` under `[all]`.
  public var configTxt: [String]
  public var cmdlineAdd: [String]
  public var cmdlineRemove: [String]
}

public struct Cluster: Hashable, Sendable {
  public enum CNI: String, CaseIterable, Hashable, Sendable {
    case flannelVXLAN = "flannel-vxlan", flannelWireGuard = "flannel-wireguard-native"
  }
  public enum KubeProxy: String, CaseIterable, Hashable, Sendable { case nftables, iptables }
  public enum Exposure: String, CaseIterable, Hashable, Sendable {
    case tunnel, metallb, both, none
  }

  public var name: String
  /// As the nodes' label says it: `int` has become `staging` here.
  public var tier: String
  /// Key of the node label whose value is the tier: `sugarkube.env`. nil when there is none besides
  /// sugarimage's own.
  public var tierLabel: String?
  public var k3s: K3s
  public var podCIDR: IPv4Network
  public var serviceCIDR: IPv4Network
  public var clusterDomain: String
  public var cni: CNI
  public var kubeProxy: KubeProxy
  public var api: API
  /// Parts of k3s that are left out: `traefik`, `servicelb`, `local-storage`, `metrics-server`.
  public var disable: [String]
  public var exposure: Exposure
  public var lbPool: AddressRange?
  public var etcdSnapshots: EtcdSnapshots?
  public var labels: [String: String]
  /// Further keys of k3s's configuration file, as its documentation names them, by key. All of them
  /// are for servers; agents take those that `K3sConfigKey.isForAgents`.
  public var config: [String: ConfigValue]
  /// Set when the cluster is to be handed over to GitOps.
  public var gitops: GitOpsWords? = nil

  public struct API: Hashable, Sendable {
    /// An address that is in the servers' certificates. Nothing in the image serves it yet.
    public var vip: IPv4Address?
    public var port: Int
    public var sans: [String]
  }
  public struct EtcdSnapshots: Hashable, Sendable {
    public var cron: String
    public var retention: Int
  }
}

public struct K3s: Hashable, Sendable {
  /// Exact: `v1.33.5+k3s1`
  public var version: K3sVersion
  /// The arm64 binary, relative to the fleet's folder; nil puts a labelled placeholder into the
  /// image.
  public var binary: PinnedFile?
}

/// A value of k3s's configuration file.
public enum ConfigValue: Hashable, Sendable {
  case text(String)
  case number(Int)
  case flag(Bool)
  case list([String])
}

/// Addresses from `first` to `last`, both included.
public struct AddressRange: Hashable, Sendable {
  public var first: IPv4Address
  public var last: IPv4Address
}

public struct Node: Hashable, Sendable {
  /// RFC 1123 label; also the Kubernetes node name.
  public var hostname: String
  public var cluster: String
  public var role: ClusterRole
  /// Whether the node is kept free of work for maintenance.
  public var spare: Bool
  public var position: Position?
  /// The serial number of the one board that the node's image is for; nil when any will do.
  public var board: String?
  /// By name of the plane.
  public var planes: [String: NodePlane]
  public var labels: [String: String]
  public var taints: [String]
  /// Counts this node's media. The medium's own generation is the fleet's plus this, less one.
  public var generation: Int
  /// The only disks that its image may be written to, by serial number; any when there is none.
  public var medium: [String]

  public struct Position: Hashable, Sendable {
    public var carrier: Int
    public var slot: Int
  }
}

/// How one node is attached to one plane.
public struct NodePlane: Hashable, Sendable {
  /// nil when by DHCP.
  public var address: IPv4Address?
  /// `b8:27:eb:01:02:03`, lower case; nil matches by the plane's drivers.
  public var mac: String?
}
