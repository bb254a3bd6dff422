import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// The scenarios that grow, with a kernel that does it.
@Suite(.serialized, .enabled(if: OwnKernel.isInside, OwnKernel.inside)) struct GrowthScenarioTests {
  static let rows = (RealScenarioTests.table + RealScenarioTests.laterRows).filter {
    [8, 10, 44].contains($0.number)
  }

  @Test(arguments: rows)
  func scenario(_ row: RealScenario) throws {
    try #require(Privilege.mayGrow, "this kernel lets nobody grow a file system")
    try RealScenarioTests().scenario(row)
  }

  @Test func aPartitionThatSomebodyLooksInto() throws {
    let bench = try AgentBench()
    try #require(Self.rows.first { $0.number == 8 }).prepare(bench)
    bench.hold("\(try #require(bench.disks.first).path)p1", at: "growing")
    let ruling = try bench.run()
    #expect(ruling.decision == .keep, "\(ruling)")
    #expect(bench.told.contains { $0.contains("growing") })
    #expect(!bench.told.contains { $0.contains("cannot be opened") }, "\(bench.told)")
  }

  /// As tune2fs leaves the superblock of a mounted root that the kernel changes in that moment.
  @Test func aChecksumThatIsOfNeither() throws {
    let bench = try AgentBench(AgentBench.twoWishes)
    bench.layout = DiskLayout(name: "root", place: .behindRoot, partitions: [])
    let disk = try bench.add(mebibytes: 32)
    try Recipe.raspberryMedium(bench, disk, mebibytes: 12)
    let node = "\(disk.path)p2"
    // To the agent the root is where its own state is.
    try Files.makeDirectory(bench.places.state)
    try Tool("mount").check(["-t", "ext4", node, bench.places.state])
    defer { _ = try? Tool("umount").run([bench.places.state]) }
    let superblock = try FileHandle(forUpdating: URL(fileURLWithPath: node))
    try superblock.seek(toOffset: 1024 + 0x3fc)  // s_checksum
    try superblock.write(contentsOf: Data([1, 2, 3, 4]))
    try superblock.close()
    let refused = try Tool("resize2fs").run([node])
    #expect(refused.complaints.contains("checksum does not match"), "\(refused)")
    let ruling = try bench.run()
    #expect(ruling.decision == .keep, "\(ruling)")
    try Tool("umount").check([bench.places.state])
    let grown = try Tool("dumpe2fs").check(["-h", node]).text
    #expect(grown.contains(/Block count: +2[0-9]{4}\n/), "\(grown)")
    try Tool("e2fsck").check(["-fn", node])
  }
}

/// The power-cut matrix of growth: a file system of ours, and the root that runs.
@Suite(.serialized, .enabled(if: OwnKernel.isInside, OwnKernel.inside)) struct GrowthCutTests {
  @Test func root() throws {
    try CutOperation(
      name: "the mounted root of a boot disk grows", mounting: 2, volumes: [2],
      prepare: { bench, disk in
        bench.layout = DiskLayout(name: "root", place: .behindRoot, partitions: [])
        // Large enough for a copy of the superblock, as on a real one.
        try Recipe.raspberryMedium(
          bench, disk, mebibytes: 12, tree: GrownDisk.tree(bench.folder))
      }
    ) { _ in }
    .run()
  }

  @Test func partition() throws {
    try CutOperation(
      name: "a partition of ours and its file system grow", volumes: [1], mebibytes: 16,
      prepare: { bench, disk in
        bench.layout.partitions = [PartitionWish(number: 1, label: "data", size: .fixed(.mib(10)))]
        try #require(try bench.run().decision == .keep)
        let place = try bench.mount("\(disk.path)p1")
        let tree = try GrownDisk.tree(bench.folder)
        for name in GrownDisk.files { try Tool("cp").check(["\(tree)/\(name)", place]) }
        try bench.unmount()
        try Files.forgetJournal(bench)
      }
    ) { bench in
      bench.layout.partitions = [PartitionWish(number: 1, label: "data", size: .rest)]
      bench.layout.grows = true
    }
    .run()
  }
}
