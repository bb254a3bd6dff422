/// What a rotation replaces: `server-token:prod`, `host-keys:sugarkube0`.
public struct RotationTarget: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// Everything of a cluster and of its nodes.
    case cluster
    /// A cluster's certificate authorities, and the server token, which names them.
    case authorities
    case serverToken = "server-token"
    case deployKey = "deploy-key"
    /// Everything of a node.
    case node
    /// An agent's own.
    case joinToken = "join-token"
    case hostKeys = "host-keys"
    case nodePassword = "node-password"

    /// Whether a cluster is named behind it, and not a node.
    public var isOfCluster: Bool {
      switch self {
      case .cluster, .authorities, .serverToken, .deployKey: true
      case .node, .joinToken, .hostKeys, .nodePassword: false
      }
    }

    public var title: String {
      switch self {
      case .cluster: "authorities, tokens and nodes' secrets"
      case .authorities: "certificate authorities and server token"
      case .serverToken: "server token"
      case .deployKey: "deploy key"
      case .node: "machine id, node password and host keys"
      case .joinToken: "join token"
      case .hostKeys: "host keys"
      case .nodePassword: "node password"
      }
    }
  }

  public var kind: Kind
  /// The cluster's or the node's.
  public var name: String

  public init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// Reads `KIND:NAME`; nil when it is anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), !parts[1].isEmpty else {
      return nil
    }
    self.init(kind, String(parts[1]))
  }

  /// Whether nodes that run are cut off until all of their cluster is built and written again.
  public var isDangerous: Bool { kind == .cluster || kind == .authorities }
}

extension RotationTarget: CustomStringConvertible {
  /// `server token of cluster prod`
  public var description: String {
    "\(kind.title) of \(kind.isOfCluster ? "cluster " : "")\(name)"
  }
}
