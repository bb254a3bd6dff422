public import SugarAgentPlan
import SugarHost
public import SugarModel

/// The agent's own journal on the root file system: a line before each write, a line after.
///
/// A class, because every part of the agent appends to the same open file.
public final class AgentJournal {
  private let file: LineFile
  private let boot: String
  private let now: () -> Int64
  public private(set) var entries: [JournalEntry]

  /// Opens the journal or begins it. A line that cannot be read ends the run: what it said is not
  /// known.
  public init(_ path: String, boot: String, now: @escaping () -> Int64) throws(AgentError) {
    do { file = try LineFile(path) } catch {
      throw AgentError("open the journal", path, error.reason, code: error.code)
    }
    self.boot = boot
    self.now = now
    var entries: [JournalEntry] = []
    for (index, line) in file.lines.enumerated() {
      entries.append(
        try JSONText.decode(
          JournalEntry.self, from: Array(line.utf8), name: "line \(index + 1) of \(path)"))
    }
    self.entries = entries
  }

  public var history: DiskHistory { DiskHistory(replaying: entries, boot: boot) }

  /// Comes back when the line is on the medium.
  public func append(_ layout: String, _ event: JournalEntry.Event) throws(AgentError) {
    let entry = JournalEntry(time: now(), boot: boot, layout: layout, event: event)
    let line = try JSONText.line(entry)
    do { try file.append(line) } catch {
      throw AgentError("write the journal", error.subject, error.reason, code: error.code)
    }
    entries.append(entry)
  }
}
