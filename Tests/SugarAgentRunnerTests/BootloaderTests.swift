import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarEEPROM
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// A board's boot order is set by the agent: with Raspberry Pi's own programs, which here are
/// stand-ins that record their calls and end as the real ones do.
@Suite struct BootloaderTests {
  static let staging = [
    "rpi-eeprom-config --config bootconf.txt --out pieeprom.bin pieeprom.bin",
    "rpi-eeprom-update -d -i -f pieeprom.bin",
  ]

  @Test(
    "it differs: kept, brought to the board, in force and proven", arguments: ["flash", "stage"])
  func differs(_ way: String) throws {
    let bench = try BoardBench(way: way)
    let before = try bench.eeprom
    let report = try bench.run()
    #expect(report.state == .staged, "\(report)")
    #expect(report.present == "sd, nvme, usb, restart (0xf461)")
    #expect(report.wanted == "nvme, sd, usb, restart (0xf416)")
    #expect(try bench.writes() == Self.staging)
    let kept = try #require(report.kept.first)
    #expect(kept.hasSuffix("/var/lib/sugaragent/bootloader/0001-bootconf.txt"))
    #expect(try String(contentsOfFile: kept, encoding: .utf8) == BoardBench.stock)
    #expect(try Files.status(kept)?.mode == 0o600)
    #expect(
      try Files.list(bench.places.bootloader) == ["0001-bootconf.txt", "bootconf.txt"],
      "no image is left")

    // Again in the same boot: the board still shows what it started with.
    #expect(try bench.run().state == .staged)
    #expect(try bench.writes() == [])

    try bench.start()
    #expect(try bench.run().state == .asPlanned)
    #expect(try bench.settings == BoardBench.wanted)
    #expect(try bench.eeprom.replacing(before.settings()) == before, "nothing else changed")
    #expect(try bench.writes() == [])
    #expect(try bench.journal() == ["staging", "staged", "verified"])

    try bench.start()
    #expect(try bench.run().state == .asPlanned)
    #expect(try bench.journal() == ["staging", "staged", "verified"], "a finished thing is left")
  }

  @Test("equal: nothing is called but the question")
  func equal() throws {
    let bench = try BoardBench()
    try bench.image(BoardBench.wanted, built: 1_767_312_000).write("board/eeprom.bin")
    try bench.start()
    let report = try bench.run()
    #expect(report.state == .asPlanned, "\(report)")
    #expect(try bench.calls() == ["rpi-eeprom-config"])
    #expect(try bench.journal() == [])
    #expect(try Files.exists(bench.places.bootloader) == false)
    #expect(ReportFiles(bench.places).save(report, page: { _ in "" }) == [])
    #expect(try ReportFiles(bench.places).last().bootloader == report)
  }

  @Test("an update takes it away, and it is set again; something that fights is left alone")
  func again() throws {
    let bench = try BoardBench()
    for time in 1...3 {
      #expect(try bench.run().state == .staged, "\(time)")
      try bench.start()
      #expect(try bench.run().state == .asPlanned, "\(time)")
      try bench.image(BoardBench.stock, built: 1_767_312_000).write("board/eeprom.bin")
      try bench.start()
    }
    _ = try bench.calls()
    let report = try bench.run()
    #expect(report.code == .repeated, "\(report)")
    #expect(report.sentence.contains("3 times"))
    #expect(try bench.writes() == [])
    // A newer bootloader that came without the settings is another matter.
    try bench.packaged(built: 1_767_312_001)
    try bench.image(BoardBench.stock, built: 1_767_312_001).write("board/eeprom.bin")
    try bench.start()
    #expect(try bench.run().state == .staged)
    // And a person may say so.
    try bench.image(BoardBench.stock, built: 1_767_312_000).write("board/eeprom.bin")
    try bench.start()
    #expect(try bench.run().code == .repeated)
    try bench.retry()
    #expect(try bench.run().state == .staged)
  }

  @Test("FREEZE_VERSION, an older package, a signed board, a medium that is missing: no call")
  func objections() throws {
    let bench = try BoardBench()
    try bench.packaged(built: 1_767_311_999)
    #expect(try bench.run().code == .olderFirmware)
    try bench.packaged(built: 1_767_312_000)
    try bench.number("boot-mode", 2)
    #expect(try bench.run().code == .mediumMissing)
    try bench.number("boot-mode", 1)
    try bench.number("signed", 0xf)
    #expect(try bench.run().code == .signed)
    try bench.number("signed", 0)
    let frozen = BoardBench.stock + "FREEZE_VERSION=1\n"
    try bench.image(frozen, built: 1_767_312_000).write("board/eeprom.bin")
    try bench.start()
    #expect(try bench.run().code == .frozen)
    #expect(try bench.writes() == [])
    #expect(try bench.journal() == [])
    #expect(try bench.settings == frozen)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var what: String
    var word: String
    var says: String
    var testDescription: String { "\(what) \(word)" }
  }

  static let faults = [
    Fault(what: "update", word: "1", says: "it ended with 1: ERROR: made to fail (update)"),
    Fault(what: "update", word: "2", says: "it ended with 2: ERROR"),
    Fault(what: "update", word: "3", says: "it ended with 3, the bootloader is frozen"),
    Fault(what: "update", word: "kill", says: "it ended with 137"),
    Fault(what: "update", word: "kill-middle", says: "it ended with 137"),
    Fault(what: "make", word: "1", says: "cannot run 'rpi-eeprom-config': it ended with 1"),
    Fault(what: "make", word: "other", says: "is not"),
    Fault(what: "make", word: "damage", says: "is not"),
  ]

  @Test(
    "a tool fails: once a boot, three times in all, and the EEPROM is as it was", arguments: faults)
  func toolFails(_ fault: Fault) throws {
    let bench = try BoardBench(way: "stage")
    let before = try bench.eeprom
    try bench.fault(fault.what, fault.word)
    for time in 1...3 {
      let report = try bench.run()
      #expect(report.code == .toolFailed, "\(time): \(report)")
      #expect(report.sentence.contains(fault.says), "\(report.sentence)")
      #expect(try bench.writes().count == (fault.what == "make" ? 1 : 2))
      #expect(try bench.run().code == .toolFailed, "\(time)")
      #expect(try bench.writes() == [], "once a boot")
      try bench.start()
    }
    #expect(try bench.run().code == .repeated)
    #expect(try bench.writes() == [])
    #expect(try bench.eeprom == before)
    try bench.fault(fault.what, nil)
    try bench.retry()
    #expect(try bench.run().state == .staged)
    try bench.start()
    #expect(try bench.run().state == .asPlanned)
  }

  @Test("the settings cannot be read: nothing is written")
  func unreadable() throws {
    let bench = try BoardBench()
    try bench.fault("read", "1")
    // The firmware is asked instead.
    #expect(try bench.run().state == .staged)
    try bench.start()
    try bench.fault("vcgencmd", "255")
    let report = try bench.run()
    #expect(report.code == .unknown, "\(report)")
    #expect(report.sentence.contains("rpi-eeprom-config"))
    try bench.fault("read", nil)
    try bench.write("board/loaded.txt", "[all]\r\nBOOT_ORDER=0xf461\r\n")
    #expect(try bench.run().code == .unknown)
    _ = try bench.calls()
  }

  @Test("a tool is missing", arguments: ["rpi-eeprom-config", "rpi-eeprom-update"])
  func missing(_ tool: String) throws {
    let bench = try BoardBench()
    try Files.remove(bench.folder.path("board/\(tool)"))
    let report = try bench.run()
    #expect(report.code == .noTools, "\(report)")
    #expect(report.sentence == "the system has no \(tool)")
    #expect(try bench.writes() == [])
  }

  @Test(
    "the package's image is missing, damaged, or cannot be named", arguments: ["gone", "cut", "1"])
  func noFirmware(_ how: String) throws {
    let bench = try BoardBench()
    let image = bench.folder.path("board/pieeprom.bin")
    switch how {
    case "gone": try Files.remove(image)
    case "cut": try Tool("truncate").check(["--size", "100K", image])
    default: try bench.fault("latest", how)
    }
    #expect(try bench.run().code == .noFirmware)
    #expect(try bench.writes() == [])
  }

  @Test(
    "apply: never and image: the board is looked at and left alone",
    arguments: [
      EEPROMApplication.never, .image,
    ])
  func othersApply(_ apply: EEPROMApplication) throws {
    let bench = try BoardBench()
    bench.boot.apply = apply
    #expect(try bench.run().state == .differs)
    #expect(try bench.calls() == ["rpi-eeprom-config"])
    try bench.image(BoardBench.wanted, built: 1_767_312_000).write("board/eeprom.bin")
    try bench.start()
    #expect(try bench.run().state == .asPlanned)
    #expect(try bench.calls() == ["rpi-eeprom-config"])
  }

  @Test("disks that are refused or not finished, and under-voltage: not now")
  func notNow() throws {
    let bench = try BoardBench()
    for state in [PhaseState.refused, .waiting, .rebooting] {
      bench.disks = state
      #expect(try bench.run().state == .waiting, "\(state)")
    }
    bench.disks = .done
    let throttled = "machine/sys/devices/platform/soc/soc:firmware/get_throttled"
    try bench.write(throttled, "50005\n")
    #expect(try bench.run().state == .waiting)
    #expect(try bench.writes() == [])
    try bench.write(throttled, "50000\n")
    try bench.write("root/boot/firmware/PIEEPROM.UPD", "another's")
    let report = try bench.run()
    #expect(report.state == .waiting)
    #expect(report.sentence.contains("PIEEPROM.UPD"))
    #expect(try bench.writes() == [])
    try Files.remove("\(bench.places.firmware)/PIEEPROM.UPD")
    #expect(try bench.run().state == .staged)
  }

  @Test("a machine without a bootloader: said as such, nothing called")
  func noBoard() throws {
    let bench = try BoardBench()
    try bench.write("machine/proc/device-tree/compatible", "linux,dummy-virt\0")
    let report = try bench.run()
    #expect(report.state == .none)
    #expect(report.code == nil)
    #expect(try bench.calls() == [])
  }

  @Test("looking writes nothing")
  func status() throws {
    let bench = try BoardBench()
    let report = try bench.status()
    #expect(report.state == .differs)
    #expect(report.sentence.contains("the next run brings"), "\(report.sentence)")
    #expect(try bench.writes() == [])
    #expect(try Files.exists(bench.places.bootloader) == false)
    #expect(try Files.exists(bench.places.bootloaderJournal) == false)
  }

  @Test("a person takes it back, and has it set again")
  func undo() throws {
    let bench = try BoardBench()
    #expect(throws: AgentError.self) { try bench.undo() }
    #expect(try bench.run().state == .staged)
    try bench.start()
    #expect(try bench.run().state == .asPlanned)
    _ = try bench.calls()
    let report = try bench.undo()
    #expect(report.state == .undone, "\(report)")
    #expect(try bench.writes() == Self.staging)
    #expect(try bench.run().state == .undone)
    try bench.start()
    #expect(try bench.settings == BoardBench.stock)
    #expect(try bench.run().state == .undone)
    #expect(try bench.writes() == [])
    try bench.retry()
    #expect(try bench.run().state == .staged)
    try bench.start()
    #expect(try bench.run().state == .asPlanned)
    #expect(try bench.settings == BoardBench.wanted)
  }

  @Test(
    "the agent is killed, or the power goes, after each step: the end is the same",
    arguments: [
      "flash", "stage",
    ])
  func cut(_ way: String) throws {
    let bench = try BoardBench(way: way)
    var cuts: [(name: String, bench: BoardBench)] = []
    bench.onStep = { cuts.append(($0, try BoardBench(of: bench))) }
    #expect(try bench.run().state == .staged)
    #expect(cuts.map(\.name) == ["kept", "intent", "made", "updated", "staged"])
    for (name, killed) in cuts {
      let dark = try BoardBench(of: killed)
      // Killed: the same boot goes on. Cut off: the board starts anew.
      #expect(try killed.run().state == .staged, "\(name)")
      for (board, how) in [(killed, "killed"), (dark, "cut off")] {
        try board.start()
        if try board.run().state == .staged { try board.start() }
        #expect(try board.run().state == .asPlanned, "\(name), \(how)")
        #expect(try board.settings == BoardBench.wanted, "\(name), \(how)")
        #expect(try board.journal().last == "verified", "\(name), \(how)")
        #expect(
          try board.status().kept.count == 1, "\(name), \(how): what was there before is kept once")
      }
    }
  }
}

extension EEPROMImage {
  fileprivate func settings() throws -> BootConfiguration { try BootConfiguration(configuration) }
}
