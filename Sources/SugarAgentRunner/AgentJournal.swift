public import SugarAgentPlan
import SugarHost
public import SugarModel

/// The agent's own journal on the root file system: a line before each write, a line after.
///
/// A class, because every part of the agent appends to the same open file.
public final class AgentJournal {
  /// nil when nothing is to be written.
  private let file: LineFile?
  private let boot: String
  private let now: () -> Int64
  public private(set) var entries: [JournalEntry]
  /// Called when a line is on the medium.
  public var onAppend: () -> Void = {}

  /// Opens the journal or begins it. A line that cannot be read ends the run: what it said is not
  /// known.
  public init(_ path: String, boot: String, now: @escaping () -> Int64) throws(AgentError) {
    let file: LineFile
    do { file = try LineFile(path) } catch {
      throw AgentError("open the journal", path, error.reason, code: error.code)
    }
    self.file = file
    self.boot = boot
    self.now = now
    entries = try Self.entries(file.lines, path)
  }

  private init() {
    file = nil
    boot = ""
    now = { 0 }
    entries = []
  }

  /// A journal that remembers nothing, for looking without writing.
  static func empty() throws(AgentError) -> AgentJournal { AgentJournal() }

  /// What the journal at `path` adds up to; it is not opened for writing. A line that the power cut
  /// short does not count.
  static func replay(_ path: String, boot: String) throws(AgentError) -> DiskHistory {
    guard (try? Files.exists(path)) == true else { return DiskHistory() }
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch {
      throw AgentError("read the journal", path, error.reason, code: error.code)
    }
    let whole = bytes.lastIndex(of: 10).map { bytes[...$0] } ?? []
    let lines = String(decoding: whole, as: UTF8.self).split(separator: "\n").map(String.init)
    return DiskHistory(replaying: try entries(lines, path), boot: boot)
  }

  private static func entries(
    _ lines: [String], _ path: String
  ) throws(AgentError) -> [JournalEntry] {
    var entries: [JournalEntry] = []
    for (index, line) in lines.enumerated() {
      entries.append(
        try JSONText.decode(
          JournalEntry.self, from: Array(line.utf8), name: "line \(index + 1) of \(path)"))
    }
    return entries
  }

  public var history: DiskHistory { DiskHistory(replaying: entries, boot: boot) }

  /// Comes back when the line is on the medium.
  public func append(_ layout: String, _ event: JournalEntry.Event) throws(AgentError) {
    let entry = JournalEntry(time: now(), boot: boot, layout: layout, event: event)
    let line = try JSONText.line(entry)
    do { try file?.append(line) } catch {
      throw AgentError("write the journal", error.subject, error.reason, code: error.code)
    }
    entries.append(entry)
    onAppend()
  }
}
