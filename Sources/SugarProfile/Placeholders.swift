internal import SugarModel

// What stands in a draft for a value that could not be read. It never reaches a planner: the report
// then has errors.

extension IPv4Network {
  static let placeholder = IPv4Network(containing: IPv4Address(0), prefix: 32)
}

extension K3sVersion {
  static let placeholder = K3sVersion(major: 0, minor: 0, patch: 0, revision: 0)

  /// nftables where kube-proxy has that mode without a feature gate, iptables before.
  var standardKubeProxy: Cluster.KubeProxy { hasNftablesProxy ? .nftables : .iptables }

  /// kube-proxy's nftables mode is on offer since Kubernetes v1.31 (beta), and general since v1.33.
  var hasNftablesProxy: Bool { (major, minor) >= (1, 31) }
}

extension Fleet {
  static let placeholder = Fleet(name: "", domain: "", generation: 1, tierLabel: nil)
}

extension Site {
  static let placeholder = Site(id: "", name: nil, region: nil, zone: nil)
}

extension BaseImage {
  static let placeholder = BaseImage(
    os: .raspberryPiOSLiteTrixie, source: .file(""), sha256: nil, replacedBy: nil)
}

extension Admin {
  static let placeholder = Admin(user: "", sshAuthorizedKeys: [], sudo: true)
}

extension Hardware {
  static let placeholder = Hardware(model: .rpi5_8, pcieGen: nil)
}

extension RootDisk {
  static let placeholder = RootDisk(target: .nvme, size: .gib(8), fills: false)
}

extension NetworkPlane {
  static let placeholder = NetworkPlane(
    name: "", purpose: .mgmt, subnet: nil, gateway: nil, dns: [], vlan: nil, drivers: [],
    metric: nil)
}

extension WiFiNetwork {
  static let placeholder = WiFiNetwork(ssid: "", psk: "", country: nil, priority: 0)
}

extension Cluster {
  static let placeholder = Cluster(
    name: "", tier: "", tierLabel: nil, k3s: K3s(version: .placeholder, binary: nil),
    podCIDR: .placeholder, serviceCIDR: .placeholder, clusterDomain: "", cni: .flannelVXLAN,
    kubeProxy: .iptables, api: API(vip: nil, port: 6443, sans: []), disable: [], exposure: .none,
    lbPool: nil, etcdSnapshots: nil, labels: [:], config: [:])
}

extension Node {
  static let placeholder = Node(
    hostname: "", cluster: "", role: .agent, spare: false, position: nil, planes: [:], labels: [:],
    taints: [], generation: 1, medium: [])
}
