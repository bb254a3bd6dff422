import SugarHost
import SugarModel
import SugarRehearsal

/// Shows a rehearsal while it runs: a table that stays in its place on a terminal, a line for each
/// change in a pipe.
final class RehearsalScreen {
  // A class, because it remembers what stands on the terminal.
  private let door: Door
  private var table: RehearsalTable
  private var height = 0
  private var last: (nodes: [NodeProgress], second: Int) = ([], -1)
  private var hasEnded = false

  init(_ door: Door, plans: [MachinePlan], title: RehearsalTitle) {
    self.door = door
    table = RehearsalTable(
      title: title,
      roles: Dictionary(uniqueKeysWithValues: plans.map { ($0.node, $0.role.rawValue) }),
      isColored: door.environment["NO_COLOR"] == nil, columns: 80)
    if door.isWatched {
      door.write("\u{1B}[?25l", to: 2)
    } else {
      door.tell("\(Emulator.label); \(title.emulator); seed \(title.seed)")
    }
  }

  func tell(_ event: RehearsalEvent, _ nodes: [NodeProgress], _ time: Double) {
    guard door.isWatched else { return say(event, nodes, time) }
    // A second is what a person can see; what has not changed is not drawn again.
    guard nodes != last.nodes || Int(time) != last.second else { return }
    last = (nodes, Int(time))
    draw(nodes, time)
  }

  private func draw(_ nodes: [NodeProgress], _ time: Double) {
    table.columns = Terminal.columns(2)
    let lines = table.lines(nodes, at: time)
    var text = height > 0 ? "\u{1B}[\(height)A" : ""
    for line in lines { text += "\r\u{1B}[K\(line)\n" }
    height = lines.count
    door.write(text, to: 2)
  }

  private func say(_ event: RehearsalEvent, _ nodes: [NodeProgress], _ time: Double) {
    let line: String
    switch event {
    case .tick, .finished: return
    case .spoke(let node, let words):
      line = "\(node) \(words.phase.rawValue) \(words.state.rawValue): \(words.sentence)"
    case .powerOn(let node):
      let boots = nodes.first { $0.node == node }?.boots ?? 1
      line = "\(node) power on, boot \(boots)"
    case .cut(let node, let phase): line = "\(node) power cut, after '\(phase.rawValue)' started"
    case .rebooted(let node): line = "\(node) restarts by itself"
    case .failed(let node, let reason): line = "\(node) failed: \(reason)"
    }
    let tenths = Int((time * 10).rounded())
    let stamp = "\(tenths / 10).\(tenths % 10)"
    door.tell(String(repeating: " ", count: max(0, 7 - stamp.count)) + stamp + " " + line)
  }

  /// Leaves the table as it stands and gives the cursor back.
  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    if door.isWatched { door.write("\u{1B}[?25h\n", to: 2) }
  }
}
