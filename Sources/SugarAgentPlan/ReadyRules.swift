public import SugarJoin
public import SugarModel

/// What is known of a node whose programs were started.
public struct ReadyFacts: Hashable, Sendable {
  /// The Node as the API tells it.
  public enum Node: Hashable, Sendable {
    case found(NodeObject)
    /// The API answers, and has no Node of this name.
    case absent
    /// The API does not answer yet, in words.
    case unreachable(String)
  }

  public var node: Node
  /// What systemd says of the unit: `active`, `activating`, `failed`.
  public var unit: String
  /// How often systemd has started it again.
  public var restarts: Int
  public var machineID: String
  public var bootID: String
  /// Boots of this machine that its journal knows.
  public var earlierBoots: Set<String>
  public var waited: Int

  public init(
    node: Node, unit: String, restarts: Int = 0, machineID: String, bootID: String,
    earlierBoots: Set<String>,
    waited: Int
  ) {
    self.node = node
    self.unit = unit
    self.restarts = restarts
    self.machineID = machineID
    self.bootID = bootID
    self.earlierBoots = earlierBoots
    self.waited = waited
  }
}

/// Decides whether the cluster says that this machine, in this boot, is Ready. What systemd says of
/// the unit proves nothing: k3s stays active however often it is turned away.
public enum ReadyRules {
  /// How long the cluster may still speak of an earlier boot, or of another machine.
  public static let patience = 300

  public static func decide(_ identity: NodeIdentity, _ facts: ReadyFacts) -> JoinRuling<Bool> {
    switch facts.node {
    case .unreachable(let reason):
      return .wait("\(unit(facts)), its API does not answer yet: \(reason)", seconds: 3)
    case .absent: return .wait("\(identity.node) has not registered yet", seconds: 3)
    case .found(let node): return judge(node, identity, facts)
    }
  }

  private static func unit(_ facts: ReadyFacts) -> String {
    if facts.restarts > 1 {
      return "k3s ends again and again, \(facts.restarts) times so far (journalctl -u 'k3s*')"
    }
    return switch facts.unit {
    case "active": "k3s runs"
    case "activating", "reloading": "k3s is starting"
    default: "k3s is \(facts.unit) (journalctl -u 'k3s*')"
    }
  }

  private static func judge(
    _ node: NodeObject, _ identity: NodeIdentity, _ facts: ReadyFacts
  ) -> JoinRuling<Bool> {
    guard let info = node.status?.nodeInfo else {
      return .wait("the cluster knows nothing of this machine yet", seconds: 3)
    }
    let isReady = node.readiness?.status == "True"
    if info.machineID != facts.machineID {
      guard isReady, facts.waited >= patience else {
        return .wait("the cluster still speaks of another machine", seconds: 5)
      }
      return .refuse(
        JoinRefusal(
          .otherMachine,
          "the cluster knows another machine as \(identity.node) (machine id \(info.machineID.prefix(8))…)",
          next: [
            "if that machine is gone, on a server: sudo k3s kubectl delete node \(identity.node)"
          ]))
    }
    if info.bootID != facts.bootID {
      let isOwn = facts.earlierBoots.contains(info.bootID)
      guard !isOwn, isReady, facts.waited >= patience else {
        return .wait("the cluster still speaks of an earlier boot", seconds: 3)
      }
      return .refuse(
        JoinRefusal(
          .twin,
          "another machine runs with the identity of \(identity.node): the cluster sees boot \(info.bootID.prefix(8))…, which never was on this one",
          next: ["switch one of the two off: the same image is in both"]))
    }
    guard isReady else {
      let condition = node.readiness
      let why = [condition?.reason, condition?.message].compactMap { $0 }.joined(separator: ": ")
      return .wait(
        "\(identity.node) is registered and not Ready\(why.isEmpty ? "" : " (\(why))")", seconds: 3)
    }
    return .go(
      true,
      "\(identity.node) is Ready\(info.kubeletVersion.map { " with \($0)" } ?? ""), seen by the cluster as this machine in this boot"
    )
  }
}
