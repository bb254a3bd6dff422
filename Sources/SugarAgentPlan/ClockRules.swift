public import SugarModel

/// What is known of the node's clock. Times are seconds since 1970.
public struct ClockFacts: Hashable, Sendable {
  /// What a server of the cluster says; its certificate was checked, but for its dates.
  public struct PeerTime: Hashable, Sendable {
    public var node: String
    /// HTTP's `Date`: the second has begun, and the next has not. (RFC 9110, section 6.6.1)
    public var date: Int64
    /// Our own clock before the question and after the answer.
    public var asked: Double
    public var answered: Double

    public init(node: String, date: Int64, asked: Double, answered: Double) {
      self.node = node
      self.date = date
      self.asked = asked
      self.answered = answered
    }

    /// By how much our clock is certainly ahead (positive) or behind; 0 when it may be right.
    public var offset: Double {
      let (earliest, latest) = (Double(date), Double(date) + 1)
      if asked > latest { return asked - latest }
      if answered < earliest { return answered - earliest }
      return 0
    }
  }

  public var now: Double
  /// Whether the kernel says that a time server steers the clock. (adjtimex(2))
  public var isSynchronised: Bool
  public var peer: PeerTime?
  /// The node holds the cluster's data, or has registered: nothing new is signed here.
  public var hasJoined: Bool
  /// It may be about to start the cluster, and sign its first certificates.
  public var mayInitialise: Bool
  public var waited: Int

  public init(
    now: Double, isSynchronised: Bool, peer: PeerTime?, hasJoined: Bool, mayInitialise: Bool,
    waited: Int
  ) {
    self.now = now
    self.isSynchronised = isSynchronised
    self.peer = peer
    self.hasJoined = hasJoined
    self.mayInitialise = mayInitialise
    self.waited = waited
  }
}

/// Decides whether a clock can be trusted, from the surest source down: time server, a server of
/// the cluster, the date below which the cluster did not exist.
public enum ClockRules {
  /// What is left to do: nothing, or set the clock.
  public enum Act: Hashable, Sendable {
    case keep
    case set(to: Double)
  }

  /// etcd's members must agree within a second. (etcd, "Clock drift")
  public static let tolerance = 1.0
  /// How long the first server waits where the fleet says `warn`.
  public static let patience = 180

  public static func decide(_ identity: NodeIdentity, _ facts: ClockFacts) -> JoinRuling<Act> {
    let floor = Double(identity.clockFloor)
    if facts.now < floor {
      return .go(
        .set(to: floor),
        "the clock was before the cluster's certificates and is set to the first moment of them")
    }
    if let peer = facts.peer { return beside(peer, facts) }
    if facts.isSynchronised { return .go(.keep, "a time server sets the clock") }
    if facts.hasJoined {
      return .go(.keep, "no time server has answered; the node has joined before and goes on")
    }
    guard facts.mayInitialise else {
      return .wait(
        "no time server has answered, and no server of the cluster tells the time yet", seconds: 5)
    }
    let policy = identity.clock ?? .require
    if policy == .warn, facts.waited >= patience {
      return .go(
        .keep,
        "no time server has answered; the fleet allows the board's own clock (clock: warn)")
    }
    return .wait(
      "the first server of a cluster signs certificates, and no time server has set its clock yet",
      seconds: 5)
  }

  private static func beside(
    _ peer: ClockFacts.PeerTime, _ facts: ClockFacts
  ) -> JoinRuling<Act> {
    let offset = peer.offset
    guard abs(offset) > tolerance else {
      let source = facts.isSynchronised ? "a time server sets the clock, and" : "the clock and"
      return .go(.keep, "\(source) \(peer.node) agree\(facts.isSynchronised ? "s" : "")")
    }
    guard facts.isSynchronised else {
      return .go(
        .set(to: Double(peer.date) + 0.5 + (peer.answered - peer.asked) / 2),
        "the clock was \(words(offset)) and is set by \(peer.node)")
    }
    return .wait(
      "a time server sets the clock, but it is \(words(offset)) by the clock of \(peer.node); one of them is wrong",
      seconds: 15)
  }

  private static func words(_ offset: Double) -> String {
    let size = abs(offset)
    let amount: String
    switch size {
    case ..<120: amount = "\(Int(size.rounded())) s"
    case ..<7200: amount = "\(Int(size / 60)) min"
    case ..<172_800: amount = "\(Int(size / 3600)) h"
    default: amount = "\(Int(size / 86_400)) days"
    }
    return "\(amount) \(offset > 0 ? "ahead" : "behind")"
  }
}
