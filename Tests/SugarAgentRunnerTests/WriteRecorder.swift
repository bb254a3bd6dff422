import Foundation
import SugarHost
import SugarTestSupport
import Testing

/// One write or flush as it reached the medium.
struct RecordedWrite: Sendable {
  /// In bytes; nothing for a flush.
  var place: UInt64
  var content: [UInt8]
  /// Everything before it is on the medium when it is done.
  var isFlush: Bool
  /// Where the entry ends in the log.
  var end: UInt64
}

/// A file that logs what is written to it, below the kernel's own cache: QEMU's storage daemon with
/// its `blklogwrites` filter, exported by FUSE. A loop device on it is a disk.
final class WriteRecorder {
  let file: String
  private let log: String
  private let pid: pid_t
  private let sector = 512

  /// Serves a copy of `base`.
  init(_ folder: TemporaryDirectory, base: String) throws {
    let name = UUID().uuidString
    file = folder.path("\(name).fuse")
    log = folder.path("\(name).log")
    let content = folder.path("\(name).content")
    try Tool("cp").check(["--sparse=always", base, content])
    for path in [file, log] { try Data().write(to: URL(fileURLWithPath: path)) }
    // As a daemon of its own: a child of the test would inherit its blocked signals.
    let pidFile = folder.path("\(name).pid")
    let answer = try Program("qemu-storage-daemon").run([
      "--daemonize", "--pidfile", pidFile, "--blockdev",
      "driver=file,node-name=content,filename=\(content)", "--blockdev",
      "driver=file,node-name=log,filename=\(log)", "--blockdev",
      "driver=blklogwrites,node-name=disk,file=content,log=log,log-sector-size=\(sector)",
      "--export", "type=fuse,id=disk,node-name=disk,mountpoint=\(file),writable=on",
    ])
    guard answer.status == 0,
      let number = pid_t(
        try String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(
          in: .whitespacesAndNewlines))
    else { throw Tool.Refusal(description: "qemu-storage-daemon: \(answer.output)") }
    pid = number
    let size = try FileManager.default.attributesOfItem(atPath: base)[.size] as? UInt64
    for _ in 0..<100 {
      let seen = try FileManager.default.attributesOfItem(atPath: file)[.size] as? UInt64
      if seen == size { return }
      usleep(50_000)
    }
    throw Tool.Refusal(description: "qemu-storage-daemon does not export \(file)")
  }

  /// How long the log is now: what comes later was written later.
  var position: UInt64 {
    var info = stat()
    return stat(log, &info) == 0 ? UInt64(info.st_size) : 0
  }

  /// Ends the export and gives everything that was written, in order.
  func finish() throws -> [RecordedWrite] {
    stop()
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: log)))
    func number(_ place: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
    // dm-log-writes: a superblock, then entries of one sector each with their data behind them
    // (Linux, Documentation/admin-guide/device-mapper/log-writes.rst).
    try #require(number(0) == 0x6a_7366_7773_6872, "the log has its mark")
    var (place, result): (Int, [RecordedWrite]) = (sector, [])
    for _ in 0..<number(16) {
      let (start, count, flags) = (number(place), Int(number(place + 8)), number(place + 16))
      place += sector
      try #require(flags & 4 == 0, "a discard tells nothing about what is there afterwards")
      let content = Array(bytes[place..<(place + count * sector)])
      place += count * sector
      result.append(
        RecordedWrite(
          place: start * UInt64(sector), content: content, isFlush: flags & 1 != 0,
          end: UInt64(place)))
    }
    return result
  }

  private func stop() {
    kill(pid, SIGTERM)
    for _ in 0..<200 where kill(pid, 0) == 0 { usleep(50_000) }
  }

  deinit {
    guard kill(pid, 0) == 0 else { return }
    kill(pid, SIGKILL)
    _ = try? Tool("umount").run(["-l", file])
  }
}
