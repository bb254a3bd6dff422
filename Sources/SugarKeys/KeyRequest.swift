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

  public init(clusters: [String], nodes: [Node]) {
    self.clusters = clusters
    self.nodes = nodes
  }
}
