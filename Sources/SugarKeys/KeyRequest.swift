public import SugarModel

/// What secrets a fleet needs.
public struct KeyRequest: Hashable, Sendable {
  public struct Node: Hashable, Sendable {
    public var name: String
    public var cluster: String
    /// Agents have a dated join token of their own.
    public var isAgent: Bool
    /// Names and addresses under which `ssh` may reach the node, for known_hosts.
    public var sshNames: [String]

    public init(name: String, cluster: String, isAgent: Bool, sshNames: [String]) {
      self.name = name
      self.cluster = cluster
      self.isAgent = isAgent
      self.sshNames = sshNames
    }
  }

  /// A cluster that is handed over to GitOps.
  public struct GitOps: Hashable, Sendable {
    public var cluster: String
    /// The repository's host, as known_hosts names it.
    public var host: String
    public var secrets: [GitOpsSecret]

    public init(cluster: String, host: String, secrets: [GitOpsSecret]) {
      self.cluster = cluster
      self.host = host
      self.secrets = secrets
    }
  }

  public var clusters: [String]
  public var nodes: [Node]
  /// SSIDs and keys of Wi-Fi networks, which the operator has and nobody mints.
  public var wifi: [SecretName]
  /// Most of what these need, the operator has; a deploy key is minted.
  public var gitops: [GitOps]

  public init(
    clusters: [String], nodes: [Node], wifi: [SecretName] = [], gitops: [GitOps] = []
  ) {
    self.clusters = clusters
    self.nodes = nodes
    self.wifi = wifi
    self.gitops = gitops
  }

  /// Without what only the operator can bring.
  public var minted: KeyRequest { KeyRequest(clusters: clusters, nodes: nodes) }
}
