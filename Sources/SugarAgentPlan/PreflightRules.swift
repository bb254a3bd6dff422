public import SugarJoin
public import SugarModel

/// What a server said to a question that carried a credential.
public enum SupervisorAnswer: Hashable, Sendable {
  case ok
  /// An HTTP status, and its words.
  case status(Int, String)
  /// No answer, in the network's words.
  case failed(String)
}

/// Decides what a server's answers mean for a node that wants to join through it.
public enum PreflightRules {
  /// How long a credential that is not known may still become known: the first server tells the
  /// cluster of its agents' tokens only when it is Ready.
  public static let patience = 600

  /// Why nobody can be asked yet.
  public static func silence(_ answer: PeerAnswer) -> String {
    answer.isUnwell
      ? "\(answer.title) is not well: \(answer.words)"
      : "\(answer.title) does not answer: \(answer.words)"
  }

  /// Which of a node's tokens the cluster takes, by its place in the list.
  ///
  /// - Parameter waited: seconds since the cluster answered for the first time.
  public static func credential(
    _ answers: [SupervisorAnswer], server: String, identity: NodeIdentity, waited: Int
  ) -> JoinRuling<Int> {
    for (place, answer) in answers.enumerated() {
      switch answer {
      case .ok:
        return .go(
          place,
          place == 0
            ? "\(server) takes this node's token"
            : "\(server) takes this node's second token; the first has ended")
      case .failed(let reason): return .wait("\(server) does not answer: \(reason)", seconds: 5)
      case .status(401, _): continue
      case .status(403, let words):
        return .refuse(
          JoinRefusal(
            .role, "\(server) does not let this node's token do that: \(words)",
            next: [
              "a \(identity.role.isServer ? "server" : "worker") holds another kind of token: write the medium again with sugarimage"
            ]))
      case .status(429, _): return .wait("\(server) is overloaded", seconds: 10)
      case .status(503, let words): return .wait("\(server) is starting: \(words)", seconds: 5)
      case .status(let code, let words):
        return .wait("\(server) answers \(code): \(words)", seconds: 15)
      }
    }
    guard waited >= patience else {
      return .wait(
        identity.role.isServer
          ? "\(server) does not know the cluster's token yet"
          : "\(server) does not know this node's token yet; the first server tells it when it is Ready",
        seconds: 15)
    }
    return .refuse(
      JoinRefusal(
        .credential,
        "\(server) does not accept this node's token: it has ended, or the cluster was never told of it",
        next: identity.role.isServer
          ? ["compare the cluster's token with the fleet's, and write the medium again"]
          : [
            "on the workstation: sugarimage keys FLEET --renew \(identity.node), then build and write the medium again",
            "or on a server: sudo k3s kubectl -n kube-system get secrets | grep bootstrap-token",
          ]))
  }

  /// Whether the cluster knows the node's password, and has no other under its name.
  public static func nodePassword(
    _ answer: SupervisorAnswer, server: String, identity: NodeIdentity
  ) -> JoinRuling<Bool> {
    switch answer {
    case .ok: return .go(true, "\(server) knows \(identity.node) by its password")
    case .failed(let reason): return .wait("\(server) does not answer: \(reason)", seconds: 5)
    case .status(403, let words) where words.contains("password"):
      return .refuse(
        JoinRefusal(
          .nodePassword, "\(server) knows another machine as \(identity.node)",
          next: [
            "if that machine is gone, on a server: sudo k3s kubectl delete node \(identity.node)",
            "on k3s before 1.27 also: sudo k3s kubectl -n kube-system delete secret \(identity.node).node-password.k3s",
            "if it is this one with other keys: bring the fleet's old secrets back and write the medium again",
          ]))
    case .status(429, _): return .wait("\(server) is overloaded", seconds: 10)
    case .status(503, let words): return .wait("\(server) is starting: \(words)", seconds: 5)
    case .status(let code, let words):
      return .wait("\(server) answers \(code): \(words)", seconds: 15)
    }
  }

  /// Whether this server's turn has come, and the cluster does not know it from before.
  ///
  /// Servers join one at a time, in the order of the plan: the second when there is one voting
  /// member, the third when there are two. (k3s, "High Availability Embedded etcd")
  public static func turn(
    _ members: ClusterMembers, identity: NodeIdentity, server: String, distribution: Distribution
  ) -> JoinRuling<Bool> {
    if let old = members.member(of: identity.node) {
      let place = server
      return .refuse(
        JoinRefusal(
          .knownMember,
          "the cluster still counts \(identity.node) as a member (\(old.name)), and this medium holds none of its data",
          next: [
            "on \(place): \(distribution.forget) \(identity.node)",
            "this node then joins by itself within ten minutes, or at once: sudo systemctl restart sugaragent-join",
          ]))
    }
    if let newcomer = members.newcomer {
      let name = newcomer.name.isEmpty ? "another server" : newcomer.node
      return .wait("\(name) is joining; servers join one at a time", seconds: 5)
    }
    let servers = identity.cluster.members.filter(\.role.isServer).map(\.node)
    let needed = max(1, servers.firstIndex(of: identity.node) ?? servers.count)
    guard members.voters >= needed else {
      return .wait(
        "\(identity.node) joins as server \(needed + 1), when \(needed) are voting; now \(members.voters == 1 ? "1 is" : "\(members.voters) are")",
        seconds: 5)
    }
    return .go(
      true, "\(members.voters) of \(servers.count) servers are voting: it is this one's turn")
  }

  /// Whether all servers would be told alike.
  public static func settings(
    _ differences: [String], server: String, identity: NodeIdentity
  ) -> JoinRuling<Bool> {
    guard !differences.isEmpty else { return .go(true, "\(server) is set up alike") }
    return .refuse(
      JoinRefusal(
        .settingsDiffer,
        "\(server) is set up differently, so k3s would not start: \(differences.joined(separator: "; "))",
        next: ["make the fleet as the cluster is, build, and write the medium again"]))
  }
}
