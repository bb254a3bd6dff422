public import SugarModel

/// Everything that k3s on one node is told, before it is put into words.
public struct K3sNode: Hashable, Sendable {
  /// A value of k3s's configuration file.
  public enum Setting: Hashable, Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([String])
  }

  public var name: String
  public var role: ClusterRole
  /// The address that the cluster knows the node by; nil lets k3s choose.
  public var address: IPv4Address?
  /// Where a joining node asks: `https://192.168.1.21:6443`. nil on the initialiser.
  public var server: String?
  public var labels: [String: String]
  public var taints: [String]
  public var serverSettings: ServerSettings
  /// Further keys that k3s knows for this role.
  public var further: [String: Setting]

  /// What servers are told, the same on all of one cluster.
  public struct ServerSettings: Hashable, Sendable {
    public var podCIDR: IPv4Network
    public var serviceCIDR: IPv4Network
    public var clusterDomain: String
    public var flannelBackend: String
    public var kubeProxyMode: String
    public var apiPort: Int
    public var tlsSANs: [String]
    public var disable: [String]
    public var snapshotCron: String?
    public var snapshotRetention: Int?

    public init(
      podCIDR: IPv4Network, serviceCIDR: IPv4Network, clusterDomain: String, flannelBackend: String,
      kubeProxyMode: String, apiPort: Int, tlsSANs: [String], disable: [String],
      snapshotCron: String?,
      snapshotRetention: Int?
    ) {
      self.podCIDR = podCIDR
      self.serviceCIDR = serviceCIDR
      self.clusterDomain = clusterDomain
      self.flannelBackend = flannelBackend
      self.kubeProxyMode = kubeProxyMode
      self.apiPort = apiPort
      self.tlsSANs = tlsSANs
      self.disable = disable
      self.snapshotCron = snapshotCron
      self.snapshotRetention = snapshotRetention
    }
  }

  public init(
    name: String, role: ClusterRole, address: IPv4Address?, server: String?,
    labels: [String: String], taints: [String], serverSettings: ServerSettings,
    further: [String: Setting]
  ) {
    self.name = name
    self.role = role
    self.address = address
    self.server = server
    self.labels = labels
    self.taints = taints
    self.serverSettings = serverSettings
    self.further = further
  }

  /// The name of the systemd unit, as k3s's own installer chooses it.
  public var unitName: String { role.isServer ? "k3s" : "k3s-agent" }
}

/// Where k3s wants its files.
public enum K3sPaths {
  public static let binary = "/usr/local/bin/k3s"
  public static let configuration = "/etc/rancher/k3s/config.yaml"
  public static let registries = "/etc/rancher/k3s/registries.yaml"
  public static let token = "/etc/rancher/k3s/token"
  public static let nodePassword = "/etc/rancher/node/password"
  public static let authorities = "/var/lib/rancher/k3s/server/tls"
  /// Commands that the installer makes out of the one binary.
  public static let aliases = ["kubectl", "crictl", "ctr"]
}
