import Foundation
import SugarSystemd
import Testing

/// When the journal is written, and under which names. That entries arrive is shown on a booted node
/// (`SugarImageCommandsTests/BootTests`), where a journal is.
@Suite struct SystemLogTests {
  /// As systemd writes it: device and inode of a descriptor.
  private func stream(of descriptor: Int32) -> String {
    var info = stat()
    fstat(descriptor, &info)
    return "\(info.st_dev):\(info.st_ino)"
  }

  @Test func onlyAServiceOfTheJournalWritesThere() throws {
    #expect(SystemLog(journalStream: stream(of: 1)).isConnected)
    #expect(SystemLog(journalStream: stream(of: 2)).isConnected)
    for other in [nil, "", "1:1", "8:1:2"] {
      let log = SystemLog(journalStream: other)
      #expect(!log.isConnected)
      #expect(try !log.write("nothing", .debug, fields: [.init("SUGAR_STEP", "probe")]))
    }
  }

  @Test(arguments: [
    "", "sugar", "_SUGAR", "SUGAR STEP", "SUGAR=", "1SUGAR", "SÜSS", "S\0",
    String(repeating: "A", count: 65),
  ])
  func isNoName(_ name: String) {
    let error = #expect(throws: SystemdError.self) {
      try SystemLog(journalStream: nil).write("x", fields: [.init(name, "value")])
    }
    #expect(
      error?.description == "cannot write '\(name)': it is no name for a field of a journal entry")
  }

  @Test func theLevelsAreSyslogs() {
    #expect(SystemLog.Priority.allCases.map(\.rawValue) == Array(0...7))
    #expect(
      SystemLog.Priority.error.rawValue == LOG_ERR && SystemLog.Priority.debug.rawValue == LOG_DEBUG
    )
  }

  @Test(arguments: [
    ("0123456789abcdef0123456789ABCDEF", "0123456789abcdef0123456789abcdef"),
    ("0123456789abcdef0123456789abcde", nil),
    ("0123456789abcdef0123456789abcdefff", nil), ("0123456789abcdef-0123456789abcdef", nil),
    ("", nil),
  ]) func ids(_ text: String, _ expected: String?) {
    #expect(MessageID(text)?.text == expected)
  }

  @Test func anIDOfTwoHalves() {
    #expect(
      MessageID(0x0123_4567_89ab_cdef, 0x02).description == "0123456789abcdef0000000000000002")
  }
}
