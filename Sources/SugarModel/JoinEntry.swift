/// One line of the journal of joining: what a later boot must know.
public struct JoinEntry: Hashable, Sendable, Codable {
  public enum Event: Hashable, Sendable, Codable {
    /// The agent looked at this boot.
    case booted
    /// The cluster is about to be started by this node, for that generation of its medium.
    case initialising(generation: Int)
    /// The cluster that this node started was Ready.
    case initialised(generation: Int)
    /// The node is about to join through that server.
    case joining(host: String)
    /// The node is about to start again, for a reason.
    case rebooting(because: String)
    /// The cluster was told of an agent's token.
    case applied(name: String)
    /// The second token took the place of the first.
    case replacedToken
    case ready
    /// An object of the hand-over is about to be applied, with that digest of its file.
    case applying(object: String, sha256: String)
    /// The cluster has it: it was read back.
    case handed(object: String, sha256: String)
    /// A gate of the hand-over held.
    case passed(GitOpsGate)
    /// All gates have held once: from here on the agent changes nothing in the cluster.
    case handedOver
    /// A staged file is about to be overwritten and removed.
    case removing(file: String, bytes: Int)
    /// The file systems told their disks which blocks are free.
    case trimmed
    /// The receipt is written.
    case finished
    /// The agent's units are masked.
    case retired
  }

  /// Seconds since 1970 by the node's clock, which may be wrong at first boot.
  public var time: Int64
  public var boot: String
  public var event: Event

  public init(time: Int64, boot: String, event: Event) {
    self.time = time
    self.boot = boot
    self.event = event
  }
}
