import SugarAgentPlan
import SugarModel

/// Nodes of the cluster that the rules are tried on.
enum JoinFixture {
  static let pin = String(repeating: "ab", count: 32)

  static func address(_ last: Int) -> IPv4Address {
    IPv4Address(192 << 24 | 168 << 16 | 1 << 8 | UInt32(last))
  }

  static let members = [
    MemberIdentity(node: "s0", role: .serverInit, address: address(21)),
    MemberIdentity(node: "s1", role: .serverJoin, address: address(22)),
    MemberIdentity(node: "s2", role: .serverJoin, address: address(23)),
    MemberIdentity(node: "a0", role: .agent, address: address(31)),
  ]

  static func identity(
    _ node: String = "s0", members: [MemberIdentity] = members, clock: ClockPolicy? = nil,
    disks: [DiskLayout] = []
  ) -> NodeIdentity {
    let own = members.first { $0.node == node }
    let role = own?.role ?? .agent
    return NodeIdentity(
      fleet: "sugarkube", site: "lab", node: node, domain: "home.arpa", generation: 1,
      cluster: ClusterIdentity(
        name: "prod", tier: "prod", distribution: "k3s", version: "v1.33.5+k3s1", pin: pin,
        server: role == .serverInit ? nil : "https://192.168.1.21:6443", members: members,
        binaryIncluded: true),
      role: role, spare: false, address: own?.address,
      networks: [
        NetworkIdentity(
          name: "lan", purpose: "k8s", address: "\(own?.address ?? address(99))/24",
          gateway: address(1), vlan: nil, mac: nil)
      ], labels: [:], taints: [],
      disk: DiskIdentity(target: "sd", id: "0badcafe", rootSize: .gib(8)),
      disks: disks, boot: BootIdentity(order: nil, hardware: "rpi5-8"),
      base: BaseIdentity(os: "test", name: "test", sha256: "", standIn: nil),
      clockFloor: 1_795_000_000, clock: clock)
  }

  static func answer(_ node: String, _ kind: PeerAnswer.Kind) -> PeerAnswer {
    let host = members.first { $0.node == node }?.address?.description ?? node
    return PeerAnswer(node: node, host: host, kind: kind)
  }
}

extension JoinRuling {
  /// `go`, `wait`, `refuse wrong-cluster`, `reboot`.
  var word: String {
    switch self {
    case .go: "go"
    case .wait: "wait"
    case .refuse(let refusal): "refuse \(refusal.code.rawValue)"
    case .reboot: "reboot"
    }
  }

  var value: Value? { if case .go(let value, _) = self { value } else { nil } }

  var sentence: String {
    switch self {
    case .go(_, let text), .wait(let text, _), .reboot(let text): text
    case .refuse(let refusal): refusal.reason
    }
  }

  var next: [String] { if case .refuse(let refusal) = self { refusal.next } else { [] } }
}
