import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarEEPROM
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// A node on a board with a bootloader: the agent's own code, stand-ins for Raspberry Pi's programs
/// that record how they are called, and an EEPROM that is a file.
final class BoardBench {
  static let stock = "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf461\nNET_INSTALL_AT_POWER_ON=1\n"
  static let wanted = "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf416\nNET_INSTALL_AT_POWER_ON=1\n"
  static let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("StandIn/board-tools.py").path

  let folder: TemporaryDirectory
  var boot = BootIdentity(
    order: BootOrder([.nvme, .sd, .usb, .restart]), hardware: "rpi5-8", apply: .agent)
  var boots = 0
  var disks = PhaseState.done
  /// Called after each thing that a killed run must have done or not done.
  var onStep: (String) throws -> Void = { _ in }
  var told: [String] = []

  /// - Parameter way: how the board is written: at once (`flash`) or by files for the next start
  ///   (`stage`).
  init(way: String = "flash", of other: BoardBench? = nil) throws {
    folder = try TemporaryDirectory()
    if let other {
      for name in ["root", "machine", "board"] {
        try Tool("cp").check(["-a", other.folder.path(name), folder.path(name)])
      }
      (boot, boots, disks) = (other.boot, other.boots, other.disks)
    } else {
      for name in ["root/boot/firmware", "root/etc", "board"] {
        try Files.makeDirectory(folder.path(name), mode: 0o755)
      }
      try write("board/way", way)
      for tool in ["rpi-eeprom-config", "rpi-eeprom-update", "vcgencmd"] {
        try FileManager.default.createSymbolicLink(
          atPath: folder.path("board/\(tool)"), withDestinationPath: Self.tools)
      }
      try image(Self.stock, built: 1_767_312_000).write("board/eeprom.bin")
      try write("machine/proc/device-tree/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0")
      try packaged(built: 1_767_312_000)
      try number("boot-mode", 1)
    }
    try write("board/latest", folder.path("board/pieeprom.bin"))
    try write("board/boot", places.firmware)
    if other == nil { try start() }
  }

  struct Image {
    var bench: BoardBench
    var bytes: [UInt8]
    func write(_ name: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: bench.folder.path(name)))
    }
  }

  /// A bootloader that was built then.
  func image(_ text: String, built: UInt32) throws -> Image {
    var bytes = BootloaderImage.halves(Array(text.utf8)).bytes
    let mark = Array("BUILD_TIMESTAMP=".utf8)
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: mark) })
    bytes.replaceSubrange(
      (place + mark.count)..<(place + mark.count + 10), with: Array("\(built)".utf8))
    return Image(bench: self, bytes: bytes)
  }

  /// What the package brings.
  func packaged(built: UInt32) throws {
    try image(Self.stock, built: built).write("board/pieeprom.bin")
  }

  var places: AgentPlaces { AgentPlaces(root: folder.path("root")) }

  func write(_ name: String, _ text: String) throws {
    let place = URL(fileURLWithPath: folder.path(name))
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
  }

  func number(_ name: String, _ value: UInt32) throws {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    let place = URL(
      fileURLWithPath: folder.path("machine/proc/device-tree/chosen/bootloader/\(name)"))
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: place)
  }

  /// Makes a program go wrong; nil makes it right again.
  func fault(_ what: String, _ word: String?) throws {
    if let word { return try write("board/fault-\(what)", word) }
    try Files.remove(folder.path("board/fault-\(what)"))
  }

  var eeprom: EEPROMImage {
    get throws { try EEPROMImage(Files.read(folder.path("board/eeprom.bin"))) }
  }

  /// The settings in the EEPROM.
  var settings: String {
    get throws { String(decoding: try eeprom.configuration, as: UTF8.self) }
  }

  /// The board starts: it takes an update that is whole, reads its settings, and the disks are judged.
  func start() throws {
    boots += 1
    let update = "\(places.firmware)/pieeprom.upd"
    if try Files.exists(update), try Files.exists("\(places.firmware)/recovery.bin") {
      let bytes = try Files.read(update)
      if (try? EEPROMImage(bytes)) != nil {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path("board/eeprom.bin")))
      }
    }
    // Raspberry Pi's own service takes away what is left. (rpi-eeprom-update.service)
    for name in ["pieeprom.upd", "pieeprom.sig", "recovery.bin"] {
      try Files.remove("\(places.firmware)/\(name)")
    }
    let built = try #require(try eeprom.release.buildTimestamp)
    try write("board/loaded.txt", try settings)
    try write("board/built", "\(built)")
    try number("build-timestamp", built)
    try write("machine/proc/sys/kernel/random/boot_id", "boot-\(boots)\n")
    try report()
  }

  /// What the agent's first part says of this boot.
  func report() throws {
    let identity = identity
    let text = try JSONText.page(identity)
    for path in [
      "root/etc/sugaragent/identity.json", "root/boot/firmware/sugarimage/identity.json",
    ] {
      try write(path, text)
    }
    var report = AgentReport(
      agent: "test", identity: identity, state: .done, summary: "The disks are as planned.",
      next: [],
      board: AgentReport.Board(
        model: nil, serial: nil, throttled: nil, celsius: nil, nvme: [],
        clockIsSynchronised: false, clock: 0), disks: [],
      layouts: [
        AgentReport.LayoutResult(
          layout: "root", disk: "/dev/mmcblk0", verdict: "KEEP", code: nil,
          reason: "it is as planned", next: nil, consent: nil, isRequired: true)
      ], warnings: [], boot: "boot-\(boots)", boots: boots)
    report.phases = [
      PhaseRecord(phase: .disks, state: disks, sentence: "so it is", began: 0, at: 1)
    ]
    try #require(ReportFiles(places).save(report, page: "") == [])
  }

  var identity: NodeIdentity {
    NodeIdentity(
      fleet: "sugarkube", site: "lab", node: "sugarkube0", domain: "home.arpa", generation: 1,
      cluster: ClusterIdentity(
        name: "prod", tier: "prod", distribution: "k3s", version: "v1.33.5+k3s1",
        pin: String(repeating: "0", count: 64), server: nil, members: [], binaryIncluded: false),
      role: .serverInit, spare: false, address: nil, networks: [], labels: [:], taints: [],
      disk: DiskIdentity(target: "sd", id: "0badcafe", rootSize: .gib(8)), boot: boot,
      base: BaseIdentity(os: "test", name: "test", sha256: "", standIn: nil), clockFloor: 1)
  }

  private var agent: BootloaderRun {
    var run = BootloaderRun(
      places: places, tree: SystemTree(overlays: [folder.path("machine")]),
      folders: [folder.path("board")], now: { 1_767_225_600 }, tell: { self.told.append($0) })
    run.onStep = { try self.onStep($0) }
    return run
  }

  @discardableResult
  func run() throws -> BootloaderReport {
    try report()
    return try agent.run()
  }

  func status() throws -> BootloaderReport { try agent.status() }
  func undo() throws -> BootloaderReport { try agent.undo() }
  func retry() throws { try agent.retry() }

  /// Every call of the board's programs since they were last asked for, without paths.
  func calls() throws -> [String] {
    let path = folder.path("board/calls")
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    try Files.remove(path)
    return text.split(separator: "\n").map { line in
      line.split(separator: " ").map { String($0.split(separator: "/").last ?? $0) }
        .joined(separator: " ")
    }
  }

  /// The calls that change something.
  func writes() throws -> [String] {
    try calls().filter { $0.contains(" -f ") || $0.contains("--config") }
  }

  /// The journal's events, by their names.
  func journal() throws -> [String] {
    guard let text = try? String(contentsOfFile: places.bootloaderJournal, encoding: .utf8) else {
      return []
    }
    return try text.split(separator: "\n").map { line in
      let entry = try JSONText.decode(BootloaderEntry.self, from: Array(line.utf8), name: "line")
      return String("\(entry.event)".prefix { $0.isLetter })
    }
  }
}
