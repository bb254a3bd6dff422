/// A key of `/etc/rancher/k3s/config.yaml`: what it takes, and on which nodes k3s knows it.
///
/// k3s only warns about a key it does not know and goes on without it, so a typo is found here or
/// nowhere.
public struct K3sConfigKey: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case text, number, flag, list }
  public enum Nodes: Hashable, Sendable { case servers, agents, both }

  public var name: String
  public var kind: Kind
  public var nodes: Nodes

  init(_ name: String, _ kind: Kind, _ nodes: Nodes) {
    self.name = name
    self.kind = kind
    self.nodes = nodes
  }

  /// The key of that name, if the release of the table has it. `key+`, which appends to a list, is
  /// the key itself.
  public static func named(_ name: String) -> K3sConfigKey? { byName[plain(name)] }

  /// Whether a key of a cluster's `config` goes into the configuration of its agents. All of them
  /// go to the servers.
  public static func isForAgents(_ name: String) -> Bool {
    guard let key = named(name) else { return false }
    return key.nodes != .servers
  }

  /// The release line that the table was made from.
  static let line = (major: 1, minor: 30)

  static func plain(_ name: String) -> String {
    name.hasSuffix("+") ? String(name.dropLast()) : name
  }

  private static let byName: [String: K3sConfigKey] = {
    var result: [String: K3sConfigKey] = [:]
    for key in table { result[key.name] = key }
    return result
  }()

  /// Keys that sugarimage writes itself, and what to write in the fleet instead.
  static let owned: [String: String] = [
    "advertise-address": "it is the node's address on 'network.nodeIPPlane'",
    "agent-token": "tokens are minted apart from the fleet file",
    "agent-token-file": "tokens are minted apart from the fleet file",
    "cluster-cidr": "use 'podCIDR'",
    "cluster-dns": "it is the tenth address of 'serviceCIDR'",
    "cluster-domain": "use 'clusterDomain'",
    "cluster-init": "it follows from the role 'server-init'",
    "cluster-reset": "a cluster is never reset by an image",
    "cluster-reset-restore-path": "a cluster is never reset by an image",
    "config": "sugarimage writes the configuration file",
    "data-dir": "sugarimage writes into k3s's own place, /var/lib/rancher/k3s",
    "disable": "use the cluster's own 'disable', beside 'config'",
    "disable-kube-proxy": "use 'kubeProxy'",
    "etcd-s3-access-key": "credentials never stand in a fleet file",
    "etcd-s3-secret-key": "credentials never stand in a fleet file",
    "etcd-snapshot-retention": "use 'etcdSnapshots.retention'",
    "etcd-snapshot-schedule-cron": "use 'etcdSnapshots.cron'",
    "flannel-backend": "use 'cni'",
    "flannel-iface": "it is the interface of 'network.nodeIPPlane'",
    "https-listen-port": "use 'api.port'",
    "node-ip": "it is the node's address on 'network.nodeIPPlane'",
    "node-label": "use 'labels' of the cluster or the node",
    "node-name": "it is the node's 'hostname'",
    "node-taint": "use 'taints' of the node",
    "private-registry": "use 'registries.mirrors'",
    "server": "it is the address of the cluster's initialiser; nothing in the image serves a VIP",
    "service-cidr": "use 'serviceCIDR'",
    "tls-san": "use 'api.sans' and 'api.vip'",
    "token": "tokens are minted apart from the fleet file",
    "token-file": "tokens are minted apart from the fleet file",
    "vpn-auth": "credentials never stand in a fleet file",
    "with-node-id": "the node's name is its 'hostname'",
  ]
}
