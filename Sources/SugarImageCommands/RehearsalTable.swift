import SugarModel
import SugarRehearsal

/// What stands above a rehearsal's table.
struct RehearsalTitle {
  var fleet: String
  var emulator: String
  var seed: UInt64
}

/// A rehearsal as a person watches it: one line for each node.
///
///     NODE        ROLE         ● ● ◐ ○ ○ ○ ○ ○  clock      0:12  waiting for a time server
struct RehearsalTable {
  enum Tint: String {
    case plain = "", bold = "\u{1B}[1m", dim = "\u{1B}[2m", good = "\u{1B}[32m"
    case busy = "\u{1B}[36m", waiting = "\u{1B}[33m", bad = "\u{1B}[31m"
  }

  var title: RehearsalTitle
  /// By node.
  var roles: [String: String]
  var isColored: Bool
  var columns: Int

  func lines(_ nodes: [NodeProgress], at time: Double) -> [String] {
    let name = max(4, nodes.map(\.node.count).max() ?? 0)
    let role = max(4, roles.values.map(\.count).max() ?? 0)
    let ready = nodes.filter { $0.condition == .ready }.count
    let head =
      "\(title.fleet): first boot of \(nodes.count) node\(nodes.count == 1 ? "" : "s"), "
      + "\(ready) Ready, \(Self.clock(time))   seed \(title.seed)"
    var lines = [
      cut([(head, .bold)]),
      cut([("\(Emulator.label); \(title.emulator)", .dim)]),
      "",
      cut([
        (
          [
            pad("NODE", name), pad("ROLE", role), pad("PHASES", BootPhase.allCases.count * 2 - 1),
            pad("NOW", 9), pad("FOR", 5), pad("BOOT", 4), "LAST WORDS",
          ].joined(separator: "  "), .bold
        )
      ]),
    ]
    for node in nodes { lines.append(line(node, name: name, role: role, at: time)) }
    return lines + [
      "",
      cut([("phases: " + BootPhase.allCases.map(\.rawValue).joined(separator: ", "), .dim)]),
    ]
  }

  private func line(_ node: NodeProgress, name: Int, role: Int, at time: Double) -> String {
    var pieces: [(String, Tint)] = [
      (pad(node.node, name) + "  " + pad(roles[node.node] ?? "", role) + "  ", .plain)
    ]
    for phase in BootPhase.allCases {
      if phase != .identity { pieces.append((" ", .plain)) }
      pieces.append(mark(of: phase, in: node))
    }
    let (word, tint) = Self.word(node)
    // What is over does not go on counting.
    let end = node.condition == .ready ? node.readyAt : nil
    let start = node.condition == .ready ? node.firstPower : node.since
    let seconds =
      node.condition == .off ? "" : Self.clock((end ?? time) - (start ?? time))
    let cuts = node.cuts == 0 ? "" : " ⚡\(node.cuts)"
    pieces += [
      ("  " + pad(word, 9) + "  ", tint), (pad(seconds, 5) + "  ", .plain),
      (pad("\(node.boots)\(cuts)", 4) + "  ", .plain),
      (node.sentence, node.condition == .refused || node.condition == .failed ? .bad : .plain),
    ]
    return cut(pieces)
  }

  private func mark(of phase: BootPhase, in node: NodeProgress) -> (String, Tint) {
    if node.done.contains(phase) { return ("●", .good) }
    guard node.phase == phase else { return ("○", .dim) }
    switch node.condition {
    case .refused, .failed, .cut: return ("✗", .bad)
    case .waiting: return ("◐", .waiting)
    default: return ("◐", .busy)
    }
  }

  /// Where a node is, in a word.
  static func word(_ node: NodeProgress) -> (String, Tint) {
    switch node.condition {
    case .off: ("off", .dim)
    case .booting: ("boot", .busy)
    case .working: (node.phase?.rawValue ?? "boot", .busy)
    case .waiting: (node.phase?.rawValue ?? "boot", .waiting)
    case .rebooting: ("restart", .waiting)
    case .cut: ("no power", .bad)
    case .ready: ("Ready", .good)
    case .refused: ("refused", .bad)
    case .failed: ("failed", .bad)
    }
  }

  /// `1:05`
  static func clock(_ seconds: Double) -> String {
    let whole = max(0, Int(seconds))
    let rest = whole % 60
    return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest)"
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// Pieces in their colours, no longer than the terminal is wide.
  private func cut(_ pieces: [(String, Tint)]) -> String {
    var room = max(20, columns - 1)
    var result = ""
    for (text, tint) in pieces where room > 0 {
      let short = text.count > room ? text.prefix(room - 1) + "…" : Substring(text)
      room -= short.count
      result += isColored && tint != .plain ? tint.rawValue + short + "\u{1B}[0m" : String(short)
    }
    while result.last == " " { result.removeLast() }
    return result
  }
}
