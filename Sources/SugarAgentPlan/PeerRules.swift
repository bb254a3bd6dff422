public import SugarModel

/// What came back when a planned server was asked who it is, with nothing secret.
public struct PeerAnswer: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// It proved that it is of our cluster.
    case ours
    /// It would have, but its certificate is not valid at our clock's time.
    case oursAtAnotherTime(String)
    /// It is of another cluster; the digest of its authority, when it told one.
    case foreign(pin: String?)
    /// It shows our authority's certificate and cannot prove that it has been signed by it.
    case unproven(String)
    /// It sends elsewhere.
    case redirects(String)
    /// It answers, but not as a server of ours would: overloaded, starting.
    case unwell(String)
    /// Nothing answers, in the network's words: `connection refused`.
    case silent(String)
  }

  public var node: String
  /// `192.168.1.21`, or a name.
  public var host: String
  public var kind: Kind

  public init(node: String, host: String, kind: Kind) {
    self.node = node
    self.host = host
    self.kind = kind
  }

  /// `sugarkube0 at 192.168.1.21`.
  public var title: String { node == host ? node : "\(node) at \(host)" }
}

/// What the node's own disks say of its past.
public enum LocalState: Hashable, Sendable {
  /// Nothing of a cluster.
  case fresh
  /// The cluster's data, or an agent's registration, of this cluster.
  case joined
  /// Of another cluster, in words.
  case foreign(String)
  /// Could not be found out, in words.
  case unknown(String)
}

/// What decides whether the cluster's first server starts it.
public struct PeerFacts: Hashable, Sendable {
  public var local: LocalState
  /// The agent's journal says that this medium's cluster was Ready once.
  public var wasInitialised: Bool
  /// The answers of every planned server, round by round.
  public var rounds: [[PeerAnswer]]
  /// Seconds from the first round to the end of the last.
  public var span: Int

  public init(local: LocalState, wasInitialised: Bool, rounds: [[PeerAnswer]], span: Int) {
    self.local = local
    self.wasInitialised = wasInitialised
    self.rounds = rounds
    self.span = span
  }
}

/// What a node does about its cluster.
public enum JoinCourse: Hashable, Sendable {
  /// Start the cluster: it does not exist.
  case initialise
  /// Join through that server.
  case join(host: String, node: String)
  /// Start again what ran before.
  case restart
}

/// Decides whether the one node that may start a cluster does so.
public enum PeerRules {
  public static let rounds = 3
  /// Seconds over which the rounds are spread.
  public static let span = 60

  public static func decide(_ identity: NodeIdentity, _ facts: PeerFacts) -> JoinRuling<JoinCourse>
  {
    switch facts.local {
    case .joined: return .go(.restart, "\(identity.node) has joined before and starts again")
    case .foreign(let reason): return .refuse(foreign(reason, identity))
    case .unknown(let reason):
      return .refuse(
        JoinRefusal(
          .foreignState, "it cannot be told whether this node has joined before: \(reason)",
          next: ["see the reason, and start the node again"]))
    case .fresh: break
    }
    guard identity.role == .serverInit else {
      let others = identity.cluster.members.filter { $0.role.isServer && $0.node != identity.node }
      return .go(
        .join(host: "", node: ""),
        "\(identity.node) joins; \(others.count == 1 ? "1 server is" : "\(others.count) servers are") planned beside it"
      )
    }
    return first(identity, facts)
  }

  private static func first(
    _ identity: NodeIdentity, _ facts: PeerFacts
  ) -> JoinRuling<JoinCourse> {
    for answer in facts.rounds.flatMap({ $0 }) {
      switch answer.kind {
      case .ours, .oursAtAnotherTime:
        return .go(
          .join(host: answer.host, node: answer.node),
          "the cluster is there already: \(answer.title) answers under our authority, so this node joins"
        )
      case .foreign, .unproven, .redirects:
        if let refusal = refusal(of: answer, identity) { return .refuse(refusal) }
      case .unwell, .silent: break
      }
    }
    if let last = facts.rounds.last, let unwell = last.first(where: { $0.isUnwell }) {
      // Something is there that may yet turn out to be the cluster.
      return .wait("\(unwell.title) is not well: \(unwell.words)", seconds: 10)
    }
    let peers = identity.cluster.members.filter { $0.role.isServer && $0.node != identity.node }
    guard peers.isEmpty || facts.rounds.count >= rounds && facts.span >= span else {
      return .wait(
        "asking \(peers.count == 1 ? "1 planned server" : "\(peers.count) planned servers") whether the cluster is there already: nobody yet, \(facts.rounds.count) of \(rounds) rounds",
        seconds: span / (rounds - 1))
    }
    if facts.wasInitialised {
      return .refuse(
        JoinRefusal(
          .initialisedBefore,
          "this node has started the cluster before, its data is gone, and no server answers",
          next: [
            "if another server of the cluster still has its disk, start that one first",
            "to start an empty cluster: raise the node's generation in the fleet, build, write the medium again",
          ]))
    }
    return .go(
      .initialise,
      peers.isEmpty
        ? "no other server is planned: this node starts the cluster"
        : "no planned server answers in \(facts.rounds.count) rounds: this node starts the cluster")
  }

  static func foreign(_ reason: String, _ identity: NodeIdentity) -> JoinRefusal {
    JoinRefusal(
      .foreignState, "this node's disk holds the data of another cluster: \(reason)",
      next: [
        "if that data is not needed, move it away on the node: sudo mv /var/lib/rancher/k3s /var/lib/rancher/k3s.old",
        "then write the medium again, or start the node with the disk of \(identity.cluster.name)",
      ])
  }

  /// What an answer that rules joining out means; nil for the others.
  public static func refusal(of answer: PeerAnswer, _ identity: NodeIdentity) -> JoinRefusal? {
    let cluster = "\(identity.cluster.name) (tier \(identity.cluster.tier))"
    switch answer.kind {
    case .ours, .oursAtAnotherTime, .unwell, .silent: return nil
    case .foreign(let pin):
      let told = pin.map { "its authority is \($0.prefix(12))…" } ?? "it proves another authority"
      return JoinRefusal(
        .wrongCluster,
        "\(answer.title) belongs to another cluster: \(told), and \(cluster) has \(identity.cluster.pin.prefix(12))…; nothing secret was sent",
        next: [
          "check that \(answer.host) is the address of \(answer.node) and of nothing else",
          "if the cluster's keys were made anew, write every node of \(identity.cluster.name) again",
        ])
    case .unproven(let reason):
      return JoinRefusal(
        .unprovenAuthority,
        "\(answer.title) shows the certificate of \(cluster) but cannot prove to be of it: \(reason); nothing secret was sent",
        next: ["find out which machine answers at \(answer.host): it may be listening in"])
    case .redirects(let place):
      return JoinRefusal(
        .redirected, "\(answer.title) sends elsewhere (\(place)), which no server of k3s does",
        next: ["find out which machine answers at \(answer.host)"])
    }
  }
}

extension PeerAnswer {
  var isUnwell: Bool { if case .unwell = kind { true } else { false } }

  /// Why it is not of use yet.
  var words: String {
    switch kind {
    case .silent(let reason), .unwell(let reason), .oursAtAnotherTime(let reason),
      .unproven(let reason):
      reason
    case .redirects(let place): "it sends elsewhere (\(place))"
    case .foreign: "it belongs to another cluster"
    case .ours: "it answers"
    }
  }
}
