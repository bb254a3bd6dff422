import SugarImageBuilder
import SugarModel
import Synchronization

/// Shows on one line of the terminal what a long command does; in a pipe it says nothing but notes.
final class Progress: Sendable {
  // A class, because several threads tell the same one.
  private struct State {
    var shown = ""
    var lastTime = 0.0
    /// When the present transfer began, and what it is.
    var transfer: (name: String, start: Double)?
  }
  private let door: Door
  private let state = Mutex(State())

  init(_ door: Door) { self.door = door }

  func tell(_ event: BuildEvent) {
    if case .note(let text) = event {
      end()
      return door.tell("note: \(text)")
    }
    guard door.isWatched else { return }
    switch event {
    case .note: return
    case .phase(let text): show(text + " …")
    case .waiting(let text): show(text + ", waiting …")
    case .unpacked(let done, let total): show(Self.bar("unpacking", done, total), often: true)
    case .downloaded(let done, let total): show(Self.bar("fetching", done, total), often: true)
    case .built(let node, let done, let total): show("built \(node) (\(done) of \(total))")
    case .packed(let done, let total): show(Self.bar("packing", done, total), often: true)
    case .exported(let node): show("exported \(node)")
    case .flashed(let done, let total): transfer("writing", done, total)
    case .cleared(let done, let total): transfer("clearing", done, total)
    case .compared(let done, let total): transfer("comparing", done, total)
    }
  }

  /// A bar with how fast it goes and how long it will take.
  private func transfer(_ name: String, _ done: ByteCount, _ total: ByteCount) {
    let now = Self.seconds
    let start = state.withLock { state in
      if let transfer = state.transfer, transfer.name == name { return transfer.start }
      state.transfer = (name, now)
      return now
    }
    let line = Self.bar(name, done, total)
    let seconds = now - start
    guard seconds > 0.5, done > .zero else { return show(line, often: true) }
    let rate = Double(done.bytes) / seconds
    let left = Int((Double((total - done).bytes) / rate).rounded(.up))
    let time = left < 60 ? "\(left) s" : "\(left / 60) min \(left % 60) s"
    show("\(line)  \(ByteCount(UInt64(rate)))/s  \(time) left", often: true)
  }

  /// Clears the line.
  func end() {
    guard door.isWatched, state.withLock({ !$0.shown.isEmpty }) else { return }
    door.write("\r\u{1B}[K", to: 2)
  }

  /// At most ten times a second for what comes often.
  private func show(_ text: String, often: Bool = false) {
    let now = Self.seconds
    let due = state.withLock { state in
      if often, now - state.lastTime < 0.1 { return false }
      state.lastTime = now
      state.shown = text
      return true
    }
    if due { door.write("\r\u{1B}[K\(text)", to: 2) }
  }

  private static func bar(_ what: String, _ done: ByteCount, _ total: ByteCount?) -> String {
    guard let total, total > .zero else { return "\(what) \(done)" }
    let part = min(1, Double(done.bytes) / Double(total.bytes))
    let full = Int(part * 30)
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: 30 - full)
    return "\(what) \(bar) \(Int(part * 100)) %  \(done) of \(total)"
  }

  private static let start = ContinuousClock.now

  private static var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
