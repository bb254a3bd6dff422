import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// One thing that the agent does to a disk, for cutting the power in.
struct CutOperation: Sendable, CustomTestStringConvertible {
  var name: String
  /// A partition that is mounted while the agent works: the root that runs.
  var mounting: Int?
  /// Partitions whose file systems the kernel itself writes: of these, shape and files must be the
  /// same in the end; without any, every byte of the disk.
  var volumes: [Int] = []
  var mebibytes: UInt64 = 32
  /// What is on the disk before: the agent is not recorded here.
  var prepare: @Sendable (AgentBench, LoopDisk) throws -> Void
  /// What is asked for then.
  var ask: @Sendable (AgentBench) throws -> Void
  var testDescription: String { name }

  /// What must be the same, however the power went.
  func end(_ disk: LoopDisk) throws -> String {
    volumes.isEmpty ? try disk.digest() : try GrownDisk(disk, partitions: volumes).description
  }

  /// The disk as the agent finds it at a boot. True when that took two: the command line that nodes
  /// have repairs the root before it is mounted (`fsck.repair=yes`), and starts anew when the check
  /// leaves errors (`panic=10`). No agent runs before that. (initramfs-tools, scripts/functions, checkfs)
  @discardableResult
  func boot(_ bench: AgentBench, _ disk: LoopDisk) throws -> Bool {
    guard bench.layout.place == .behindRoot else {
      // The kernel reads the table when it finds the disk.
      if !volumes.isEmpty { _ = try Tool("partx").run(["--add", disk.path]) }
      return false
    }
    try bench.pretendToRun(from: disk)
    guard let mounting else { return false }
    let node = "\(disk.path)p\(mounting)"
    var check = try Tool("e2fsck").run(["-y", node])
    let startsAnew = check.status & 4 != 0
    if startsAnew { check = try Tool("e2fsck").run(["-y", node]) }
    guard check.status <= 1 else {
      throw Tool.Refusal(description: "e2fsck: exit \(check.status)\n\(check.text)")
    }
    try bench.mount(node)
    return startsAnew
  }

  /// Cuts at every place, and boots again.
  func run() throws {
    let bench = try AgentBench(AgentBench.twoWishes)
    let disk = try bench.add(mebibytes: mebibytes)
    try prepare(bench, disk)
    try ask(bench)
    try Tool("blockdev").check(["--flushbufs", disk.path])
    let recording = try Recording(bench, disk, self)
    let states = DiskStates(base: recording.base, writes: recording.writes)
    let torn = states.states.count { $0.isTorn }
    var (points, restarts) = (0, 0)
    for state in states.states {
      for snapshot in recording.snapshots(around: state) {
        points += 1
        if try replay(state, snapshot, recording, bench) { restarts += 1 }
      }
    }
    let more = restarts == 0 ? "" : ", \(restarts) by two boots: the root's superblock torn"
    print(
      "power cuts: \(name): \(recording.writes.count) entries recorded, \(states.states.count) disk states (\(torn) torn), \(points) cut points\(more)"
    )
    #expect(points > 1)
  }

  /// The agent boots after the cut and must come to the same end.
  private func replay(
    _ state: DiskState, _ snapshot: Recording.Snapshot, _ recording: Recording, _ bench: AgentBench
  ) throws -> Bool {
    let again = try AgentBench(bench.layout.partitions)
    again.layout = bench.layout
    again.consents = bench.consents
    again.rootSize = bench.rootSize
    again.boot = "boot-after-the-cut"
    let file = again.folder.path("cut.img")
    try state.write(over: recording.baseFile, to: file)
    try Files.makeDirectory(again.folder.path("root/var/lib"), mode: 0o755)
    try Tool("cp").check(["-a", snapshot.state, again.places.state])
    let disk = try LoopDisk(again.folder, serial: AgentBench.serial, file: file)
    again.disks = [disk]
    let startsAnew = try boot(again, disk)
    let ruling = try again.run()
    try again.unmount()
    let place = "after entry \(state.cut)\(state.isTorn ? ", torn" : ""), journal \(snapshot.lines)"
    #expect(ruling.decision == .keep, "\(place): \(ruling.decision)")
    #expect(try end(disk) == recording.final, "\(place): another end")
    return startsAnew
  }
}

/// The power-cut matrix: what the agent and the programs it runs write is recorded below the
/// kernel's cache; every state that a power cut can leave is made again, and the agent boots on it.
/// It must end with the same bytes, whatever the state. Growth is in `GrowthCutTests`.
@Suite(.enabled(if: Privilege.isRoot, Privilege.reason)) struct PowerCutTests {
  static let operations = [
    CutOperation(name: "a table and two file systems on a blank disk", prepare: { _, _ in }) { _ in
    },
    CutOperation(
      name: "a file system in a partition of ours",
      prepare: { bench, disk in
        try #require(try bench.run().decision == .keep)
        try disk.zero(28 << 20, at: 1 << 20)
        try Files.removeTree(bench.places.state)
      }
    ) { _ in },
    CutOperation(
      name: "one more partition beside one of ours",
      prepare: { bench, _ in
        bench.layout.partitions = [bench.layout.partitions[0]]
        try #require(try bench.run().decision == .keep)
      }
    ) { bench in bench.layout.partitions = AgentBench.twoWishes },
    CutOperation(
      name: "a foreign disk that a person gave away",
      prepare: { _, disk in
        try Recipe.table(disk, "label: gpt\n\nsize=20MiB\n")
        let file = disk.file + ".old"
        try Tool("truncate").check(["--size", "20M", file])
        try Tool("mke2fs").check(["-q", "-F", "-t", "ext4", "-L", "old", file])
        // Its superblock alone: what is cleared later is cut into sector by sector.
        try Tool("dd").check([
          "if=\(file)", "of=\(disk.path)", "bs=1k", "skip=1", "count=1", "seek=1025",
          "conv=fsync,notrunc",
        ])
      }
    ) { bench in
      let ruling = try bench.run()
      bench.consents = [try #require(ruling.consent)]
    },
    CutOperation(
      name: "a data partition found again behind the root of a new image",
      prepare: { bench, disk in
        bench.layout.place = .behindRoot
        bench.layout.partitions = [PartitionWish(label: "storage", size: .rest)]
        bench.rootSize = .mib(8)
        try Recipe.raspberryMedium(bench, disk)
        try #require(try bench.run().decision == .keep)
        try Files.removeTree(bench.places.state)
        // A new image has two rows.
        try disk.zero(16, at: 446 + 32)
        try Tool("partx").check(["--delete", "--nr", "3", disk.path])
      }
    ) { _ in },
  ]

  @Test(arguments: operations)
  func matrix(_ operation: CutOperation) throws { try operation.run() }
}

extension AgentBench {
  static let twoWishes = [
    PartitionWish(number: 1, label: "data", size: .fixed(.mib(10))),
    PartitionWish(number: 2, label: "logs", size: .rest),
  ]
}
