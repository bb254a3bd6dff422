import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// Power cuts while the report is written to the boot partition, on the kernel's own FAT. What the
/// firmware starts from must never change; a report is the one from before or the new one.
@Suite(.serialized, .enabled(if: OwnKernel.isInside, OwnKernel.inside)) struct ReportCutTests {
  private static let boot = ["cmdline.txt", "config.txt", "kernel_2712.img"]

  @Test(
    "the report is written for the first time, and over an earlier one", arguments: [false, true])
  func matrix(_ hasEarlier: Bool) throws {
    let folder = try TemporaryDirectory.inMemory()
    let base = try Self.volume(folder)
    if hasEarlier { try Self.write("before", folder, base) }
    let earlier = hasEarlier ? try Self.text(of: base, "report.json") : nil
    let recorder = try WriteRecorder(folder, base: base)
    try Self.write("after", folder, recorder.file)
    let after = try Self.text(of: recorder.file, "report.json")
    let states = DiskStates(
      base: [UInt8](try Data(contentsOf: URL(fileURLWithPath: base))), writes: try recorder.finish()
    )
    for state in states.states {
      let file = folder.path("cut.img")
      try state.write(over: base, to: file)
      let place = "after entry \(state.cut)\(state.isTorn ? ", torn" : "")"
      try Self.expectBootable(file, place)
      // Boots begin with fsck.vfat -a: 1 is "mended". (systemd-fsck(8), fsck.vfat(8))
      let check = try Tool("fsck.vfat").run(["-a", file])
      #expect(check.status <= 1, "\(place): \(check.text)")
      try Self.expectBootable(file, place)
      // FAT has no journal, and a rename is two writes: in between the name may be there and empty.
      let found = (try? Self.text(of: file, "report.json")).flatMap { $0.isEmpty ? nil : $0 }
      #expect([earlier, after, nil].contains(found), "\(place): half a report")
      try Self.write("after", folder, file)
      try Self.expectBootable(file, place)
      #expect(try Self.text(of: file, "report.json") == after, "\(place)")
      let last = try Tool("fsck.vfat").run(["-n", file])
      #expect(last.status == 0, "\(place): \(last.text)")
    }
    print(
      "power cuts: the report on FAT, \(hasEarlier ? "over an earlier one" : "the first"): \(states.states.count) cut points (\(states.states.count { $0.isTorn }) torn)"
    )
    #expect(states.states.count > 10)
  }

  /// A boot partition as Raspberry Pi OS has it: FAT32 in clusters of 512 bytes.
  private static func volume(_ folder: TemporaryDirectory) throws -> String {
    let file = folder.path("boot.img")
    try Tool("truncate").check(["--size", "36M", file])
    try Tool("mkfs.vfat").check(["-F", "32", "-s", "1", "-n", "bootfs", "-i", "0badcafe", file])
    for (index, name) in boot.enumerated() {
      let source = folder.path(name)
      try content(index).write(to: URL(fileURLWithPath: source))
      try Tool("mcopy").check(["-i", file, source, "::/\(name)"])
    }
    return file
  }

  private static func content(_ index: Int) -> Data {
    Data((0..<(300 << (5 * index))).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) })
  }

  private static func expectBootable(_ file: String, _ place: String) throws {
    for (index, name) in boot.enumerated() {
      let found = try Tool("mtype").run(["-i", file, "::/\(name)"])
      #expect(Data(found.output) == content(index), "\(place): \(name) is another")
    }
  }

  private static func text(of file: String, _ name: String) throws -> String {
    try Tool("mtype").check(["-i", file, "::/sugarimage/\(name)"]).text
  }

  /// The agent's own way of leaving a report, on the mounted volume.
  private static func write(_ summary: String, _ folder: TemporaryDirectory, _ file: String) throws
  {
    let places = AgentPlaces(root: folder.path("root"))
    let mount = folder.path("root/boot/firmware")
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
    let disk = try LoopDisk(folder, serial: nil, file: file)
    try Tool("mount").check(["-t", "vfat", disk.path, mount])
    let board = AgentReport.Board(
      model: nil, serial: nil, throttled: nil, celsius: nil, nvme: [],
      clockIsSynchronised: false, clock: 0)
    let report = ReportBuilder.stopped(
      agent: "test", identity: nil, reason: summary, next: "", board: board, boot: "boot-1")
    let complaints = ReportFiles(places).save(report, page: ReportPage.html(report))
    // What is said to be saved is on the disk, and does not wait for the kernel to write it out.
    for name in ["report.json", "report.html"] {
      let saved = try String(contentsOfFile: "\(mount)/sugarimage/\(name)", encoding: .utf8)
      #expect(try text(of: file, name) == saved, "\(name)")
    }
    try Tool("umount").check([mount])
    disk.detach()
    try #require(complaints.isEmpty, "\(complaints)")
  }
}
