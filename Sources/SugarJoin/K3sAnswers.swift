public import SugarModel

/// Who keeps the cluster's data. (`/db/info`: k3s, pkg/etcd, `Members`; etcd, `Member`)
public struct ClusterMembers: Hashable, Sendable, Decodable {
  public struct Member: Hashable, Sendable, Decodable {
    /// `<node>-<8 hex digits>`; empty while a member has not started.
    public var name: String
    /// It follows, but has no vote yet.
    public var isLearner: Bool
    public var peerURLs: [String]

    enum CodingKeys: String, CodingKey { case name, isLearner, peerURLs }

    public init(name: String, isLearner: Bool = false, peerURLs: [String] = []) {
      self.name = name
      self.isLearner = isLearner
      self.peerURLs = peerURLs
    }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
      isLearner = try container.decodeIfPresent(Bool.self, forKey: .isLearner) ?? false
      peerURLs = try container.decodeIfPresent([String].self, forKey: .peerURLs) ?? []
    }

    /// The node that it runs on.
    public var node: String {
      guard let dash = name.lastIndex(of: "-") else { return name }
      return String(name[..<dash])
    }
  }

  public var members: [Member]

  public init(_ members: [Member]) { self.members = members }

  public var voters: Int { members.filter { !$0.isLearner && !$0.name.isEmpty }.count }
  /// A member that has not become a voter yet.
  public var newcomer: Member? { members.first { $0.isLearner || $0.name.isEmpty } }

  public func member(of node: String) -> Member? { members.first { $0.node == node } }
}

/// How a server is set up, as far as all servers must be alike. (`/v1-k3s/config`: k3s,
/// pkg/daemons/config, `CriticalControlArgs`)
public struct K3sControl: Hashable, Sendable, Decodable {
  /// Go's `net.IPNet`: the address, and the mask's bytes in Base64.
  public struct Network: Hashable, Sendable, Decodable {
    var address: String
    var mask: String

    enum CodingKeys: String, CodingKey {
      case address = "IP"
      case mask = "Mask"
    }

    /// `10.42.0.0/16`.
    public var text: String {
      let bits = (AuthorityPin.base64(mask) ?? []).reduce(0) { $0 + $1.nonzeroBitCount }
      return "\(address)/\(bits)"
    }
  }

  public var pods: Network?
  public var services: Network?
  public var dns: String?
  public var domain: String?
  public var backend: String?
  public var hasNoServiceLB: Bool?
  /// By their names in `config.yaml`.
  public var switches: [String: Bool]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case pods = "ClusterIPRange"
    case services = "ServiceIPRange"
    case dns = "ClusterDNS"
    case domain = "ClusterDomain"
    case backend = "FlannelBackend"
    case hasNoServiceLB = "DisableServiceLB"
    case cloudController = "DisableCCM"
    case helmController = "DisableHelmController"
    case networkPolicy = "DisableNPC"
    case encryption = "EncryptSecrets"
    case registry = "EmbeddedRegistry"
    case masquerade = "FlannelIPv6Masq"
    case externalAddress = "FlannelExternalIP"

    /// The name in `config.yaml`, of switches.
    var option: String? {
      switch self {
      case .pods, .services, .dns, .domain, .backend, .hasNoServiceLB: nil
      case .cloudController: "disable-cloud-controller"
      case .helmController: "disable-helm-controller"
      case .networkPolicy: "disable-network-policy"
      case .encryption: "secrets-encryption"
      case .registry: "embedded-registry"
      case .masquerade: "flannel-ipv6-masq"
      case .externalAddress: "flannel-external-ip"
      }
    }
  }

  /// The switches in a configuration that all servers must have alike.
  public static let options = CodingKeys.allCases.compactMap(\.option)

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    pods = try container.decodeIfPresent(Network.self, forKey: .pods)
    services = try container.decodeIfPresent(Network.self, forKey: .services)
    dns = try container.decodeIfPresent(String.self, forKey: .dns)
    domain = try container.decodeIfPresent(String.self, forKey: .domain)
    backend = try container.decodeIfPresent(String.self, forKey: .backend)
    hasNoServiceLB = try container.decodeIfPresent(Bool.self, forKey: .hasNoServiceLB)
    switches = [:]
    for key in CodingKeys.allCases {
      guard let option = key.option else { continue }
      switches[option] = try container.decodeIfPresent(Bool.self, forKey: key)
    }
  }

  /// What differs from what this node is told, by the names in `config.yaml`; k3s itself would stop
  /// with "critical configuration value mismatch". What a server does not tell is not compared.
  public func differences(from own: ClusterSettings) -> [String] {
    var found: [String] = []
    func compare(_ key: String, _ theirs: String?, _ ours: String) {
      guard let theirs, theirs != ours else { return }
      found.append("\(key) is \(ours) here and \(theirs) there")
    }
    compare("cluster-cidr", pods?.text, own.pods)
    compare("service-cidr", services?.text, own.services)
    compare("cluster-dns", dns, own.dns)
    compare("cluster-domain", domain, own.domain)
    compare("flannel-backend", backend, own.backend)
    compare(
      "disable: servicelb", hasNoServiceLB.map { "\($0)" },
      "\(own.disabled.contains("servicelb"))")
    for option in Self.options {
      compare(option, switches[option].map { "\($0)" }, "\(own.switches[option] ?? false)")
    }
    return found
  }
}

/// A Node as the API tells it, as far as it is looked at.
public struct NodeObject: Hashable, Sendable, Decodable {
  public struct Metadata: Hashable, Sendable, Decodable { public var name: String }
  public struct Condition: Hashable, Sendable, Decodable {
    public var type: String
    public var status: String
    public var reason: String?
    public var message: String?

    public init(type: String, status: String, reason: String?, message: String?) {
      self.type = type
      self.status = status
      self.reason = reason
      self.message = message
    }
  }
  public struct Info: Hashable, Sendable, Decodable {
    public var machineID: String
    public var bootID: String
    public var kubeletVersion: String?
  }
  public struct Status: Hashable, Sendable, Decodable {
    public var conditions: [Condition]?
    public var nodeInfo: Info?
  }
  public var metadata: Metadata
  public var status: Status?

  public init(name: String, conditions: [Condition], machineID: String, bootID: String) {
    metadata = Metadata(name: name)
    status = Status(
      conditions: conditions,
      nodeInfo: Info(machineID: machineID, bootID: bootID, kubeletVersion: nil))
  }

  public var readiness: Condition? { status?.conditions?.first { $0.type == "Ready" } }
}

/// An error as Kubernetes writes it. (metav1.Status)
public struct StatusObject: Hashable, Sendable, Decodable {
  public var message: String?
  /// One word: `Invalid`, `Conflict`, `Forbidden`.
  public var reason: String?

  public init(message: String? = nil, reason: String? = nil) {
    self.message = message
    self.reason = reason
  }
}

/// The head of an object that is applied as it is.
public struct ObjectHead: Hashable, Sendable, Decodable {
  public struct Metadata: Hashable, Sendable, Decodable {
    public var name: String
    public var namespace: String?
  }
  public var apiVersion: String
  public var kind: String
  public var metadata: Metadata
}
