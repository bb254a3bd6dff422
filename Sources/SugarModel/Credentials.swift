/// What is public of a fleet's minted secrets: enough to plan every image, nothing to get in with.
public struct FleetCredentials: Hashable, Sendable {
  public var clusters: [String: ClusterCredentials]
  public var nodes: [String: NodeCredentials]

  public init(clusters: [String: ClusterCredentials], nodes: [String: NodeCredentials]) {
    self.clusters = clusters
    self.nodes = nodes
  }
}

public struct ClusterCredentials: Hashable, Sendable {
  /// SHA-256 of the bytes of `server-ca.crt`, 64 hex digits.
  public var pin: String
  /// The certificate itself, PEM.
  public var serverCertificate: String
  /// Seconds since 1970 from which all certificates of the cluster are valid.
  public var validFrom: Int64
  public var validUntil: Int64

  public init(pin: String, serverCertificate: String, validFrom: Int64, validUntil: Int64) {
    self.pin = pin
    self.serverCertificate = serverCertificate
    self.validFrom = validFrom
    self.validUntil = validUntil
  }
}

public struct NodeCredentials: Hashable, Sendable {
  /// 32 hex digits. (machine-id(5))
  public var machineID: String
  /// Public host keys as they stand in `.pub` files, without a newline, by kind.
  public var hostKeys: [SSHKeyKind: String]
  /// For agents: the public half of the join token.
  public var agentToken: AgentToken?

  public struct AgentToken: Hashable, Sendable {
    /// Six characters; they may be seen.
    public var id: String
    /// Seconds since 1970 at which it stops working.
    public var expires: Int64

    public init(id: String, expires: Int64) {
      self.id = id
      self.expires = expires
    }
  }

  public init(machineID: String, hostKeys: [SSHKeyKind: String], agentToken: AgentToken?) {
    self.machineID = machineID
    self.hostKeys = hostKeys
    self.agentToken = agentToken
  }
}
