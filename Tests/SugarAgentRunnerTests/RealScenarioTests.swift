import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// The disk scenarios on real block devices: all but 23, 24 and 42, which are about a root that
/// moves and a reboot. A refusal must leave every byte of every disk as it was.
@Suite(.serialized, .enabled(if: Privilege.isRoot, Privilege.reason)) struct RealScenarioTests {
  @Test(arguments: table + laterRows)
  func scenario(_ row: RealScenario) throws {
    let bench = try AgentBench()
    try row.prepare(bench)
    let before = try bench.digests()
    let ruling = try bench.run()
    #expect(word(ruling.decision) == row.verdict, "\(ruling.decision)")
    let after = try bench.digests()
    switch ruling.decision {
    case .refuse(let refusal) where refusal.code == .inputOutput:
      // A kernel that does not let a file system grow: the row is longer, the file system whole.
      try expectSound(bench)
    case .refuse, .wait, .skip:
      #expect(before == after, "a refusal writes nothing")
      // And not at the next boot either.
      bench.boot = "boot-2"
      let again = row.verdict == "REFUSE reappeared-filesystem" ? "REFUSE undone" : row.verdict
      #expect(word(try bench.run().decision) == again)
      #expect(try bench.digests() == before)
    case .keep:
      try expectSound(bench)
      bench.boot = "boot-2"
      #expect(try bench.run().decision == .keep)
      #expect(try bench.digests() == after, "a finished plan again writes nothing")
    case .create, .resume, .grow: Issue.record("the work did not come to an end")
    }
  }

  @Test("every number is there but 23, 24 and 42")
  func complete() {
    let numbers = Set((Self.table + Self.laterRows).map(\.number))
    #expect(numbers == Set(1...46).subtracting([23, 24, 42]))
  }

  /// sfdisk finds no fault with the table, and e2fsck none with our file systems.
  private func expectSound(_ bench: AgentBench) throws {
    for disk in bench.disks.prefix(1) {
      let verify = try Tool("sfdisk").run(["--verify", disk.path])
      #expect(verify.status == 0, "\(verify.text)\(verify.complaints)")
      for row in bench.layout.partitions.indices {
        let first = bench.layout.place == .behindRoot ? 3 : 1
        try Tool("e2fsck").check(["-fn", "\(disk.path)p\(row + first)"])
      }
    }
  }

  static let mib = UInt64(1 << 20)
  static let size = 64 * mib

  static let table: [RealScenario] = [
    .holding(1, "all zero", "KEEP") { _ in },
    RealScenario(2, "too small for the plan", "REFUSE too-small") { bench in
      try bench.add(mebibytes: 16)
      bench.layout.partitions[0].size = .fixed(.mib(16))
    },
    .holding(3, "whole-disk ext4", "REFUSE foreign-filesystem", Recipe.ext4),
    RealScenario(3, "whole-disk xfs", "REFUSE foreign-filesystem") { bench in
      try Recipe.xfs(bench.add(mebibytes: 320))
    },
    RealScenario(3, "the ext4 of an earlier k3s node", "REFUSE foreign-filesystem") { bench in
      try Recipe.previousK3s(bench.add(), bench.folder)
    },
    .holding(4, "an empty foreign GPT", "REFUSE foreign-table", Recipe.emptyGPT),
    RealScenario(4, "an empty foreign GPT, policy empty-table-ok", "KEEP") { bench in
      try Recipe.emptyGPT(bench.add())
      bench.layout.takesEmptyTable = true
    },
    .after(5, "exactly ours", "KEEP") { _, _ in },
    .after(6, "exactly ours, and something wants it wiped", "KEEP") { bench, _ in
      bench.consents = ["wipe \(AgentBench.serial) 000000000000000000000000"]
    },
    .after(7, "size differs, no resize", "REFUSE mismatch", shrunk),
    .after(8, "size smaller, resize allowed", Privilege.growth) { bench, disk in
      try shrunk(bench, disk)
      bench.layout.grows = true
    },
    .after(9, "resize allowed, start differs", "REFUSE mismatch") { bench, disk in
      try rewrite(bench, disk) { $0.replacingOccurrences(of: "start=2048", with: "start=4096") }
      bench.layout.grows = true
    },
    .after(10, "'rest', and the partition ends early", "REFUSE mismatch", shrunk),
    .after(10, "the same, growth allowed", Privilege.growth) { bench, disk in
      try shrunk(bench, disk)
      bench.layout.grows = true
    },
    .after(11, "a gap before the partition", "REFUSE mismatch") { bench, disk in
      try rewrite(bench, disk) { $0.replacingOccurrences(of: "start=2048", with: "start=8192") }
    },
    .after(12, "label matches, type differs", "REFUSE mismatch") { bench, disk in
      try rewrite(bench, disk) {
        $0.replacingOccurrences(
          of: "type=\(GUID.linuxData.description.uppercased())",
          with: "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B")
      }
    },
    .after(13, "one wish is not there, another differs", "REFUSE mismatch") { bench, _ in
      bench.layout.partitions = [
        PartitionWish(number: 1, label: "other", size: .fixed(.mib(20))),
        PartitionWish(number: 2, label: "logs", size: .fixed(.mib(4))),
      ]
    },
    .after(14, "a partition that must not be there", "REFUSE unexpected-partition") { bench, _ in
      bench.layout.absent = [1]
    },
    RealScenario(15, "absent partitions are absent", "SKIP") { bench in
      try bench.add()
      bench.layout.partitions = []
      bench.layout.absent = [10, 11, 999]
    },
    RealScenario(16, "number 0 takes the next free number", "KEEP") { bench in
      try bench.add()
      bench.layout.partitions = [PartitionWish(number: 1, label: "data", size: .fixed(.mib(20)))]
      try #require(try bench.run().decision == .keep)
      bench.layout.partitions.append(PartitionWish(label: "logs", size: .fixed(.mib(10))))
    },
    .after(17, "primary header corrupt, ours", "KEEP") { _, disk in
      try disk.write([0xff], at: 512 + 20)
    },
    .after(17, "primary rows corrupt, ours", "KEEP", sectorSize: 4096) { _, disk in
      try disk.write([0xff], at: 8192 + 60)
    },
    .holding(18, "primary header corrupt, foreign", "REFUSE foreign-table") { disk in
      try Recipe.foreignGPT(disk)
      try disk.write([0xff], at: 512 + 20)
    },
    .holding(19, "only a foreign backup header, which blkid calls blank", "REFUSE foreign-table") {
      disk in
      try Recipe.foreignGPT(disk)
      try disk.zero(34 * 512, at: 0)
      let probe = try Tool("blkid").run(["-p", disk.path])
      try #require(probe.status == 2, "the scenario is about a disk that blkid calls blank")
    },
    .after(20, "only our backup header", "KEEP") { _, disk in try disk.zero(34 * 512, at: 0) },
    .after(20, "only our backup rows", "KEEP") { _, disk in
      try disk.zero(34 * 512, at: 0)
      try disk.zero(512, at: size - 512)
      try disk.zero(62 << 20, at: mib)
    },
    .after(21, "both headers gone, PMBR there", "REFUSE damaged-gpt") { _, disk in
      try disk.zero(512, at: 512)
      try disk.zero(512, at: size - 512)
    },
    .holding(22, "Raspberry Pi OS", "REFUSE foreign-os") { try Recipe.raspberry($0) },
    .holding(25, "LVM", "REFUSE foreign-member", Recipe.lvm),
    .holding(25, "md", "REFUSE foreign-member", Recipe.raid),
    .holding(25, "ZFS", "REFUSE foreign-member", Recipe.zfs),
    .holding(25, "LUKS", "REFUSE foreign-member", Recipe.luks),
    .holding(25, "Ceph", "REFUSE foreign-member", Recipe.ceph),
    .holding(25, "swap", "REFUSE foreign-filesystem", Recipe.swap),
    .holding(25, "NTFS", "REFUSE foreign-filesystem", Recipe.ntfs),
    RealScenario(25, "btrfs", "REFUSE foreign-filesystem") { bench in
      try Recipe.btrfs(bench.add(mebibytes: 160))
    },
  ]

  /// The table as sfdisk prints it, edited as text and written back.
  static func rewrite(_ bench: AgentBench, _ disk: LoopDisk, _ edit: (String) -> String) throws {
    let dump = try Tool("sfdisk").check(["--dump", disk.path]).text
    let text = dump.replacingOccurrences(of: "= *", with: "=", options: .regularExpression)
    let edited = edit(text)
    try #require(edited != text)
    let size = edited.replacingOccurrences(
      of: "size=[0-9]+", with: "size=40960", options: .regularExpression)
    try Recipe.table(disk, size)
  }

  /// Ours, with a last partition (and its file system) that could be larger.
  @Sendable static func shrunk(_ bench: AgentBench, _ disk: LoopDisk) throws {
    try Tool("e2fsck").check(["-fp", "\(disk.path)p1"])
    try Tool("resize2fs").check(["\(disk.path)p1", "16M"])
    let dump = try Tool("sfdisk").check(["--dump", disk.path]).text
    try Recipe.table(
      disk,
      dump.replacingOccurrences(
        of: "size= *[0-9]+", with: "size=40960", options: .regularExpression))
    try Tool("partx").check(["--update", "--nr", "1", disk.path])
  }
}
