import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

extension RealScenarioTests {
  static let laterRows: [RealScenario] = [
    RealScenario(26, "ext4 and ZFS at once", "REFUSE ambivalent") { bench in
      let disk = try bench.add()
      try Recipe.ext4(disk)
      try Recipe.zfs(disk)
    },
    .after(27, "ours with a file in it; the file survives", "KEEP") { bench, disk in
      try writeFile(bench, disk)
    },
    .after(28, "ours, and the file system is gone", "KEEP") { _, disk in
      try disk.zero(62 << 20, at: mib)
    },
    .after(28, "ours, with data that no journal knows of", "REFUSE unknown-data") { _, disk in
      try disk.zero(62 << 20, at: mib)
      try disk.write([1, 2, 3], at: 9 * mib)
    },
    .after(29, "ours, with a foreign file system", "REFUSE foreign-filesystem") { _, disk in
      try Tool("mke2fs").check(["-q", "-F", "-t", "ext2", "\(disk.path)p1"])
    },
    RealScenario(30, "an old file system comes to light", "REFUSE reappeared-filesystem") { bench in
      let disk = try bench.add(mebibytes: 1200)
      // Between two samples, and where the second partition will start.
      try Recipe.hidden(disk, at: 601 * mib)
      bench.layout.partitions = [
        PartitionWish(number: 1, label: "data", size: .fixed(.mib(600))),
        PartitionWish(number: 2, label: "logs", size: .rest),
      ]
    },
    .holding(31, "data without a signature", "REFUSE unknown-data") { disk in
      try disk.write([7], at: 33 * mib + 5)
    },
    RealScenario(32, "the running root disk", "REFUSE system-disk") { bench in
      let disk = try bench.add()
      let device = try String(contentsOfFile: "/sys/block/\(disk.name)/dev", encoding: .utf8)
      try bench.fake(
        "/proc/self/mountinfo",
        "27 1 \(device.trimmingCharacters(in: .whitespacesAndNewlines)) / / rw - ext4 /dev/root rw\n"
      )
    },
    RealScenario(32, "nobody can tell where / is", "REFUSE unknown") { bench in
      try bench.add()
      try bench.fake("/proc/self/mountinfo", "27 1 0:99 / / rw - mysteryfs none rw\n")
    },
    .after(33, "mounted", "REFUSE in-use") { bench, disk in
      try bench.mount("\(disk.path)p1")
      bench.layout.partitions[0].label = "other"
    },
    RealScenario(33, "swap", "REFUSE in-use") { bench in
      let disk = try bench.add()
      try bench.fake(
        "/proc/swaps", "Filename Type Size Used Priority\n\(disk.path) partition 65532 0 -2\n")
    },
    RealScenario(33, "held by another device", "REFUSE in-use") { bench in
      try bench.add().fake("holders/dm-0", "")
    },
    RealScenario(34, "append beside a mounted partition", "KEEP") { bench in
      let disk = try bench.add()
      bench.layout.partitions = [PartitionWish(number: 1, label: "data", size: .fixed(.mib(20)))]
      try #require(try bench.run().decision == .keep)
      bench.layout.partitions.append(PartitionWish(label: "logs", size: .fixed(.mib(10))))
      try bench.mount("\(disk.path)p1")
    },
    RealScenario(34, "append behind the root of the boot disk", "KEEP") { bench in
      let disk = try bench.add()
      try Recipe.bootDisk(bench, disk)
      bench.rootSize = .mib(16)
      bench.layout.place = .behindRoot
      bench.layout.partitions = [PartitionWish(label: "storage", size: .rest)]
    },
    RealScenario(34, "the same on a disk of another image", "REFUSE mismatch") { bench in
      let disk = try bench.add()
      try Recipe.bootDisk(bench, disk)
      bench.rootSize = .mib(16)
      bench.imageID = "00000001"
      bench.layout.place = .behindRoot
      bench.layout.partitions = [PartitionWish(label: "storage", size: .rest)]
    },
    RealScenario(35, "serial differs", "REFUSE wrong-disk") { bench in
      try bench.add(serial: "OTHER1")
    },
    RealScenario(36, "two disks match", "REFUSE ambiguous") { bench in
      try bench.add(serial: "FIRST1")
      try bench.add(serial: "SECOND2")
      bench.layout.place = .disk(DiskSelector(identifiers: ["FIRST1", "SECOND2"]))
    },
    RealScenario(37, "none matches, still settling", "WAIT") { bench in
      bench.isSettled = false
    },
    RealScenario(37, "none matches", "REFUSE missing") { bench in
      bench.layout.place = .disk(DiskSelector(transport: .loop, model: "no such model"))
      try bench.add()
    },
    RealScenario(38, "read-only", "REFUSE read-only") { bench in
      try bench.add().fake("ro", "1")
    },
    RealScenario(38, "no medium", "REFUSE no-medium") { bench in
      try bench.add().fake("size", "0")
    },
    RealScenario(39, "the name means another disk in the middle", "REFUSE changed-identity") {
      bench in
      let disk = try bench.add()
      bench.onTell = { _ in try? disk.fake("device/serial", "ANOTHER9") }
      bench.afterRun = { try? disk.fake("device/serial", AgentBench.serial) }
    },
    .holding(40, "sectors of 4096 bytes", "KEEP", sectorSize: 4096) { _ in },
    .holding(40, "the same, foreign", "REFUSE foreign-table", sectorSize: 4096, Recipe.foreignGPT),
    RealScenario(41, "a new blank disk after the end", "SKIP") { bench in
      try bench.add()
      try #require(try bench.run().decision == .keep)
      bench.disks.removeAll()
      bench.layout.place = .disk(DiskSelector(identifiers: [AgentBench.serial, "NEW123"]))
      try bench.add(serial: "NEW123")
    },
    .after(43, "a kept partition lies where another is to be", "REFUSE overlap") { bench, _ in
      bench.layout.partitions = [
        PartitionWish(number: 1, label: "data", size: .rest, isKept: true),
        PartitionWish(number: 2, label: "logs", size: .fixed(.mib(4)), start: .mib(10)),
      ]
    },
    RealScenario(44, "copied to a larger disk, ours", Privilege.growth) { bench in
      try enlarge(bench, by: 32) { try #require(try $0.run().decision == .keep) }
      bench.layout.grows = true
    },
    RealScenario(44, "copied to a larger disk, foreign", "REFUSE foreign-table") { bench in
      try enlarge(bench, by: 32) { try Recipe.foreignGPT($0.disks[0]) }
    },
    .after(45, "a finished plan again", "KEEP") { _, _ in },
    RealScenario(46, "larger than the size range", "REFUSE size-range") { bench in
      try bench.add()
      bench.layout.place = .disk(
        DiskSelector(identifiers: [AgentBench.serial], maximum: .mib(32)))
    },
    RealScenario(46, "smaller than the size range", "REFUSE size-range") { bench in
      try bench.add()
      bench.layout.place = .disk(
        DiskSelector(identifiers: [AgentBench.serial], minimum: .mib(128)))
    },
  ]

  /// A disk on which something was done, as a larger disk of the same serial number.
  private static func enlarge(
    _ bench: AgentBench, by mebibytes: UInt64, _ work: (AgentBench) throws -> Void
  ) throws {
    let disk = try bench.add()
    try work(bench)
    try Files.forgetJournal(bench)
    bench.disks.removeAll()
    let file = disk.file
    disk.detach()
    try Tool("truncate").check(["--size", "+\(mebibytes)M", file])
    bench.disks.append(
      try LoopDisk(bench.folder, serial: AgentBench.serial, file: file))
  }

  private static func writeFile(_ bench: AgentBench, _ disk: LoopDisk) throws {
    let folder = try bench.mount("\(disk.path)p1")
    try Data("precious".utf8).write(to: URL(fileURLWithPath: "\(folder)/file"))
    try bench.unmount()
    bench.afterRun = {
      let text = try? Tool("debugfs").run(["-R", "cat /file", "\(disk.path)p1"]).text
      #expect(text == "precious")
    }
  }
}

extension Recipe {
  /// An ext4 file system that starts where no sample is taken.
  static func hidden(_ disk: LoopDisk, at place: UInt64) throws {
    let file = disk.file + ".ext4"
    try Tool("truncate").check(["--size", "300M", file])
    try Tool("mke2fs").check(["-q", "-F", "-t", "ext4", "-O", "^has_journal", "-L", "old", file])
    // Only its superblock: the rest would be seen by a sample.
    try Tool("dd").check([
      "if=\(file)", "of=\(disk.path)", "bs=1k", "skip=1", "count=1", "seek=\(place / 1024 + 1)",
      "conv=fsync,notrunc",
    ])
  }

  /// The disk that the node runs from, with its root mounted.
  static func bootDisk(_ bench: AgentBench, _ disk: LoopDisk) throws {
    try raspberry(disk, id: "0badcafe")
    try Tool("partx").check(["--add", "--nr", "1:2", disk.path])
    try Tool("mke2fs").check(["-q", "-F", "-t", "ext4", "-L", "rootfs", "\(disk.path)p2"])
    let device = try String(
      contentsOfFile: "/sys/block/\(disk.name)/\(disk.name)p2/dev", encoding: .utf8)
    let folder = try bench.mount("\(disk.path)p2")
    let number = device.trimmingCharacters(in: .whitespacesAndNewlines)
    try bench.fake(
      "/proc/self/mountinfo",
      "27 1 \(number) / / rw - ext4 /dev/root rw\n28 1 \(number) / \(folder) rw - ext4 /dev/root rw\n"
    )
  }
}
