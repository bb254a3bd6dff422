public import SugarModel

/// What a person has to type before a disk is written.
public struct FlashConsent: Hashable, Sendable {
  /// How many characters of the identity are asked for.
  public static let length = 6

  /// The whole identity, as the person sees it.
  public var identity: String
  /// Its last characters.
  public var characters: String
  /// The name of a production node whose medium this is, which has to be typed too.
  public var node: String?

  public init(_ disk: Disk) {
    identity = disk.identifier.value?.text ?? ""
    characters = String(identity.suffix(Self.length))
    node = disk.content.value?.node.flatMap { Self.isProduction($0) ? $0.node : nil }
  }

  static func isProduction(_ node: MediumNode) -> Bool {
    ["prod", "production"].contains(node.tier ?? "")
  }

  /// Whether that is what was asked for. Case counts; blanks at the ends do not.
  public func accepts(identity typed: String) -> Bool {
    let typed = Self.trimmed(typed)
    return !characters.isEmpty && (typed == characters || typed == identity)
  }

  public func accepts(node typed: String) -> Bool { node == nil || Self.trimmed(typed) == node }

  /// Consent that was given on the command line: the whole identity, and the node's name where it
  /// is asked for. nil when it is enough, else why it is not.
  public func objection(expectedSerial: String?, expectedNode: String?) -> Refusal? {
    guard let expectedSerial else {
      return Refusal(
        .changedIdentity, "--yes says yes to one disk only: name it by --expect-serial \(identity)")
    }
    guard expectedSerial == identity, !identity.isEmpty else {
      return Refusal(
        .changedIdentity, "the disk is \(identity), and \(expectedSerial) was expected")
    }
    guard let node, expectedNode != node else { return nil }
    return Refusal(
      .protected, "the disk is the production node \(node)'s: say so by --expect-node \(node)")
  }

  private static func trimmed(_ text: String) -> String {
    let inside = text.drop { $0.isWhitespace }
    return String(inside.reversed().drop { $0.isWhitespace }.reversed())
  }
}
