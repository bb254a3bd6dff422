public import SugarModel

extension BootPhase {
  /// 0 for the first one.
  var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// The phases that every node goes through on its way to Ready.
  static let toReady = allCases.filter { !$0.isAfterReady }
}

/// What the agent prints on the console at each change of phase:
///
///     sugaragent: <phase> <state>: <sentence>      (PhaseRecord.line)
///
/// Whoever forwards it to the console may have put a time or a name before it.
public struct AgentLine: Hashable, Sendable {
  public var phase: BootPhase
  public var state: PhaseState
  public var sentence: String

  public init(phase: BootPhase, state: PhaseState, sentence: String) {
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
      guard words.count == 2, let phase = BootPhase(rawValue: String(words[0])),
        let state = PhaseState(rawValue: String(words[1]))
      else { continue }
      let sentence = rest[rest.index(after: colon)...].drop { $0 == " " }
      self.init(phase: phase, state: state, sentence: String(sentence))
      return
    }
    return nil
  }
}
