public import SugarModel

/// What a part of the way comes to when its facts are looked at: on, later, never, or not in this
/// boot.
public enum JoinRuling<Value: Hashable & Sendable>: Hashable, Sendable {
  /// The part is done; the sentence says how.
  case go(Value, String)
  /// Something may still come by itself. Ask again after so many seconds.
  case wait(String, seconds: Int)
  case refuse(JoinRefusal)
  /// The next boot goes on.
  case reboot(String)
}

/// Why a node must not join, and what a person can do.
public struct JoinRefusal: Error, Hashable, Sendable {
  public var code: JoinRefusalCode
  /// A sentence without a full stop.
  public var reason: String
  /// What a person can do, in order; commands stand as they are typed.
  public var next: [String]

  public init(_ code: JoinRefusalCode, _ reason: String, next: [String] = []) {
    self.code = code
    self.reason = reason
    self.next = next
  }

  /// After how many seconds it is worth looking again, because what is wrong is outside the node
  /// and may have been put right there; nil when nothing but another image or a person on this node
  /// can help.
  public var retry: Int? {
    switch code {
    case .credential, .nodePassword, .knownMember, .duplicateAddress, .twin, .otherMachine,
      .settingsDiffer, .role, .objectRefused, .objectConflict, .repository, .decryption:
      600
    case .identity, .disks, .placeholder, .unknownDistribution, .badToken, .openSecret,
      .badConfiguration, .wrongCluster, .unprovenAuthority, .redirected, .foreignState,
      .initialisedBefore, .noMemoryControl, .reboots, .stagedObject:
      nil
    }
  }
}

/// How long to wait before the next question: longer each time, up to a bound.
public struct Backoff: Hashable, Sendable {
  public private(set) var seconds: Int
  private let limit: Int

  public init(from first: Int = 2, to limit: Int = 30) {
    seconds = first
    self.limit = limit
  }

  /// The next pause.
  public mutating func next() -> Int {
    defer { seconds = min(seconds * 2, limit) }
    return seconds
  }
}
