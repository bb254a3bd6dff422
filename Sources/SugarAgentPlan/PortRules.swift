public import SugarModel

/// The ports that a cluster's nodes must reach on each other. (docs.k3s.io, "Requirements",
/// "Inbound Rules")
public enum PortRules {
  public struct Port: Hashable, Sendable {
    public var number: Int
    public var use: String
    /// Of UDP, which answers only when it does not let through.
    public var isDatagram = false
  }

  public enum Outcome: Hashable, Sendable {
    case open, refused, silent
    case unknown(String)
  }

  public struct Finding: Hashable, Sendable {
    public var node: String
    public var address: IPv4Address
    public var port: Port
    public var outcome: Outcome

    public init(node: String, address: IPv4Address, port: Port, outcome: Outcome) {
      self.node = node
      self.address = address
      self.port = port
      self.outcome = outcome
    }
  }

  /// What a node of one role asks of one of another.
  ///
  /// - Parameter backend: how the pod network is carried, as the cluster's settings say; nil when
  ///   they are not known.
  public static func ports(
    from own: ClusterRole, to other: ClusterRole, api: Int, backend: String? = nil
  ) -> [Port] {
    var ports: [Port] = []
    if other.isServer { ports.append(Port(number: api, use: "Kubernetes API")) }
    if own.isServer, other.isServer {
      ports += [
        Port(number: 2379, use: "etcd for clients"),
        Port(number: 2380, use: "etcd between members"),
      ]
    }
    ports.append(Port(number: 10250, use: "kubelet"))
    switch backend {
    case "vxlan": ports.append(Port(number: 8472, use: "flannel's VXLAN", isDatagram: true))
    case "wireguard-native":
      ports.append(Port(number: 51820, use: "flannel's WireGuard", isDatagram: true))
    default: break
    }
    return ports
  }

  /// What a person should know. A machine of which no port answers is one that is not up yet, and
  /// one that refuses is up and not started; only one that lets some through and not others has
  /// something in between.
  public static func warnings(_ findings: [Finding]) -> [String] {
    var nodes: [String] = []
    for finding in findings where !nodes.contains(finding.node) { nodes.append(finding.node) }
    return nodes.flatMap { node -> [String] in
      let own = findings.filter { $0.node == node }
      guard own.contains(where: { $0.outcome == .open || $0.outcome == .refused }) else {
        return []
      }
      return own.filter { $0.outcome == .silent }.map {
        let port = "\($0.port.number)/\($0.port.isDatagram ? "udp" : "tcp") (\($0.port.use))"
        return
          "\(node) (\($0.address)) does not answer on \(port), but on other ports: something filters between the two"
      }
    }
  }
}
