/// The parts of a node's first boot, in their order.
public enum Phase: String, CaseIterable, Hashable, Sendable, Codable, Comparable {
  case identity, disks, network, clock, peers, preflight, join, ready

  /// 0 for the first one.
  public var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  public static func < (a: Phase, b: Phase) -> Bool { a.place < b.place }
}

/// How far a phase has come.
public enum PhaseState: String, CaseIterable, Hashable, Sendable, Codable {
  case started
  /// Something is awaited that may come by itself.
  case waiting
  case done
  /// A person is needed.
  case refused
  /// The next boot goes on.
  case rebooting
}

/// What the agent prints on the console at each change of phase:
///
///     sugaragent: <phase> <state>: <sentence>
///
/// Whoever forwards it to the console may have put a time or a name before it.
public struct AgentLine: Hashable, Sendable {
  public var phase: Phase
  public var state: PhaseState
  public var sentence: String

  public init(phase: Phase, state: PhaseState, sentence: String) {
    self.phase = phase
    self.state = state
    self.sentence = sentence
  }

  private static let mark = Array("sugaragent: ".utf8)

  /// nil when the line is anything else.
  public init?(_ line: String) {
    let bytes = Array(line.utf8)
    // The program's own name may stand before the mark in the same words, so every place is tried.
    for start in bytes.indices where bytes[start...].starts(with: Self.mark) {
      // A word that only ends in the program's name is another one.
      if start > 0, bytes[start - 1] != UInt8(ascii: " ") { continue }
      let rest = String(decoding: bytes[(start + Self.mark.count)...], as: UTF8.self)
      guard let colon = rest.firstIndex(of: ":") else { continue }
      let words = rest[..<colon].split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 2, let phase = Phase(rawValue: String(words[0])),
        let state = PhaseState(rawValue: String(words[1]))
      else { continue }
      let sentence = rest[rest.index(after: colon)...].drop { $0 == " " }
      self.init(phase: phase, state: state, sentence: String(sentence))
      return
    }
    return nil
  }
}
