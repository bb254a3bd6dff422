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

/// A disk that logs what is written to it.
final class WriteRecorder {
  private let server: DiskServer
  private let log: String
  private let sector = 512
  var file: String { server.file }

  /// Serves a copy of `base`.
  init(_ folder: TemporaryDirectory, base: String) throws {
    log = folder.path("\(UUID().uuidString).log")
    try Data().write(to: URL(fileURLWithPath: log))
    server = try DiskServer(
      folder, base: base,
      through: [
        "driver": "blklogwrites", "file": "content", "log-sector-size": sector,
        "log": ["driver": "file", "filename": log],
      ])
  }

  /// How long the log is now: what comes later was written later.
  var position: UInt64 {
    var info = stat()
    return stat(log, &info) == 0 ? UInt64(info.st_size) : 0
  }

  /// Ends the export and gives everything that was written, in order.
  func finish() throws -> [RecordedWrite] {
    server.stop()
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
}
