import SugarHost
import SugarModel

/// The journal of the bootloader on the root file system: a line before each change, a line after.
final class BootloaderJournal {
  private let path: String
  private let boot: String
  private let now: () -> Int64
  /// Opened when there is something to write: a look leaves nothing behind.
  private var file: LineFile?
  private(set) var entries: [BootloaderEntry] = []

  /// Reads the journal, if there is one. A line that cannot be read ends the run: what it said is not
  /// known. One that the power cut short does not count.
  init(_ path: String, boot: String, now: @escaping () -> Int64) throws(AgentError) {
    self.path = path
    self.boot = boot
    self.now = now
    let bytes: [UInt8]
    do throws(HostError) {
      guard try Files.exists(path) else { return }
      bytes = try Files.read(path)
    } catch { throw AgentError("read the journal", path, error.reason, code: error.code) }
    let whole = bytes.lastIndex(of: 10).map { bytes[...$0] } ?? []
    for (index, line) in whole.split(separator: 10).enumerated() {
      entries.append(
        try JSONText.decode(
          BootloaderEntry.self, from: Array(line), name: "line \(index + 1) of \(path)"))
    }
  }

  /// Comes back when the line is on the medium.
  func append(_ event: BootloaderEntry.Event) throws(AgentError) {
    let entry = BootloaderEntry(time: now(), boot: boot, event: event)
    let line = try JSONText.line(entry)
    do throws(HostError) {
      if file == nil { file = try LineFile(path) }
      try file?.append(line)
    } catch {
      throw AgentError("write the journal", error.subject, error.reason, code: error.code)
    }
    entries.append(entry)
  }
}
