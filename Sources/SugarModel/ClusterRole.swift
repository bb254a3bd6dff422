/// What a node does in its cluster.
public enum ClusterRole: String, CaseIterable, Hashable, Sendable, Codable {
  /// Starts the cluster: the one node that may initialise it.
  case serverInit = "server-init"
  /// A further server, which joins.
  case serverJoin = "server-join"
  /// A worker, which joins.
  case agent

  public var isServer: Bool { self != .agent }
}
