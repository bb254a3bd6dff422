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

  public var clusters: [String]
  public var nodes: [Node]
  /// SSIDs and keys of Wi-Fi networks, which the operator has and nobody mints.
  public var wifi: [SecretName]

  public init(clusters: [String], nodes: [Node], wifi: [SecretName] = []) {
    self.clusters = clusters
    self.nodes = nodes
    self.wifi = wifi
  }

  /// Without what only the operator can bring.
  public var minted: KeyRequest { KeyRequest(clusters: clusters, nodes: nodes) }
}
