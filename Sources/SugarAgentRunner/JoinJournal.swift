import SugarHost
public import SugarModel

/// The journal of joining on the root file system: a line before each step that a later boot must
/// know of.
public final class JoinJournal {
  private let file: LineFile
  private let boot: String
  private let now: () -> Double
  public private(set) var entries: [JoinEntry] = []

  /// Opens the journal or begins it. A line that cannot be read ends the run: what it said is not
  /// known.
  public init(_ path: String, boot: String, now: @escaping () -> Double) throws(AgentError) {
    do { file = try LineFile(path) } catch {
      throw AgentError("open the journal", path, error.reason, code: error.code)
    }
    self.boot = boot
    self.now = now
    for (index, line) in file.lines.enumerated() {
      entries.append(
        try JSONText.decode(
          JoinEntry.self, from: Array(line.utf8), name: "line \(index + 1) of \(path)"))
    }
  }

  /// Comes back when the line is on the medium.
  public func append(_ event: JoinEntry.Event) throws(AgentError) {
    let entry = JoinEntry(time: Int64(now()), boot: boot, event: event)
    let line = try JSONText.line(entry)
    do { try file.append(line) } catch {
      throw AgentError("write the journal", error.subject, error.reason, code: error.code)
    }
    entries.append(entry)
  }

  public func has(_ event: JoinEntry.Event) -> Bool { entries.contains { $0.event == event } }

  /// Reboots that the agent asked for since the node was last Ready.
  public var reboots: Int {
    let since =
      entries.lastIndex { $0.event == .ready }.map { entries[($0 + 1)...] } ?? entries[...]
    return since.filter { if case .rebooting = $0.event { true } else { false } }.count
  }

  /// The boots of this machine before the present one.
  public var earlierBoots: Set<String> { Set(entries.map(\.boot)).subtracting([boot]) }
}
