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
  /// What is on the disk before: the agent is not recorded here.
  var prepare: @Sendable (AgentBench, LoopDisk) throws -> Void
  /// What is asked for then.
  var ask: @Sendable (AgentBench) throws -> Void
  var testDescription: String { name }
}

/// The power-cut matrix: what the agent and the programs it runs write is recorded below the
/// kernel's cache; every state that a power cut can leave is made again, and the agent boots on it.
/// It must end with the same bytes, whatever the state. Growth is not here: the kernel does it in a
/// mounted file system, and the emulated machine is killed in the middle of that.
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
  func matrix(_ operation: CutOperation) throws {
    let bench = try AgentBench(AgentBench.twoWishes)
    let disk = try bench.add(mebibytes: 32)
    try operation.prepare(bench, disk)
    try operation.ask(bench)
    try Tool("blockdev").check(["--flushbufs", disk.path])
    let recording = try Recording(bench, disk)
    let states = DiskStates(base: recording.base, writes: recording.writes)
    let torn = states.states.count { $0.isTorn }
    var points = 0
    for state in states.states {
      for snapshot in recording.snapshots(around: state) {
        points += 1
        try replay(state, snapshot, recording, bench)
      }
    }
    print(
      "power cuts: \(operation.name): \(recording.writes.count) entries recorded, \(states.states.count) disk states (\(torn) torn), \(points) cut points"
    )
    #expect(points > 1)
  }

  /// The agent boots after the cut and must come to the same end.
  private func replay(
    _ state: DiskState, _ snapshot: Recording.Snapshot, _ recording: Recording, _ bench: AgentBench
  ) throws {
    let again = try AgentBench(bench.layout.partitions)
    again.layout = bench.layout
    again.consents = bench.consents
    again.rootSize = bench.rootSize
    again.boot = "boot-after-the-cut"
    let file = again.folder.path("cut.img")
    try Tool("cp").check(["--sparse=always", recording.baseFile, file])
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
    for (number, content) in state.sectors {
      try handle.seek(toOffset: number * UInt64(DiskStates.sector))
      try handle.write(contentsOf: Data(content))
    }
    try handle.close()
    try Files.makeDirectory(again.folder.path("root/var/lib"), mode: 0o755)
    try Tool("cp").check(["-a", snapshot.state, again.places.state])
    let disk = try LoopDisk(again.folder, serial: AgentBench.serial, file: file)
    again.disks = [disk]
    try recording.furnish(again, disk)
    let ruling = try again.run()
    let place = "after entry \(state.cut)\(state.isTorn ? ", torn" : ""), journal \(snapshot.lines)"
    #expect(ruling.decision == .keep, "\(place): \(ruling.decision)")
    #expect(try disk.digest() == recording.final, "\(place): other bytes in the end")
  }
}

extension AgentBench {
  static let twoWishes = [
    PartitionWish(number: 1, label: "data", size: .fixed(.mib(10))),
    PartitionWish(number: 2, label: "logs", size: .rest),
  ]
}
