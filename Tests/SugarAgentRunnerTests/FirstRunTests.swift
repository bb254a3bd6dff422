import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// The agent on real block devices, from nothing to a mounted-to-be file system.
@Suite(.serialized, .enabled(if: Privilege.isRoot, Privilege.reason)) struct FirstRunTests {
  @Test("a partition that somebody looks into for a moment is formatted and mounted all the same")
  func heldForAMoment() throws {
    let bench = try AgentBench([PartitionWish(number: 1, label: "data", size: .rest)])
    let disk = try bench.add()
    bench.hold("\(disk.path)p1", at: "making the file system")
    let ruling = try bench.run()
    #expect(bench.told.contains { $0.contains("making the file system") })
    #expect(ruling.decision == .keep, "\(ruling.decision)")
    AgentBench.hold("\(disk.path)p1")
    let place = bench.folder.path("mounted")
    try Files.makeDirectory(place)
    try Mounting.mount("\(disk.path)p1", at: place, kind: "ext4")
    try Mounting.unmount(place)
  }

  @Test("a blank disk is divided and formatted, and other tools agree", arguments: [512, 4096])
  func create(sectorSize: Int) throws {
    let bench = try AgentBench([
      PartitionWish(number: 1, label: "data", size: .fixed(.mib(20)), mount: "/srv/data"),
      PartitionWish(number: 2, label: "logs", size: .rest),
    ])
    let disk = try bench.add(sectorSize: sectorSize)
    let ruling = try bench.run()
    #expect(ruling.decision == .keep, "\(ruling.decision)")
    let dump = try Tool("sfdisk").check(["--json", disk.path]).text
    let table = try #require(
      (try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any])?[
        "partitiontable"] as? [String: Any])
    let ids = DiskIDs(
      fleet: "sugarkube", node: "sugarkube0", layout: "data", disk: .serial(AgentBench.serial))
    #expect((table["id"] as? String)?.lowercased() == ids.table.description)
    let rows = try #require(table["partitions"] as? [[String: Any]])
    #expect(rows.map { $0["name"] as? String } == ["data", "logs"])
    #expect(rows.map { $0["start"] as? Int } == [1 << 20, 21 << 20].map { $0 / sectorSize })
    for number in 1...2 {
      let node = "\(disk.path)p\(number)"
      try Tool("e2fsck").check(["-fn", node])
      let facts = try Tool("blkid").check(["-p", "-o", "export", node]).text
      #expect(facts.contains("\nUUID=\(ids.fileSystem(number))\n"), "\(facts)")
    }
    let fstab = try String(contentsOfFile: bench.places.fstab, encoding: .utf8)
    #expect(
      fstab
        == "UUID=\(ids.fileSystem(1)) /srv/data ext4 defaults,noatime,nofail,x-systemd.device-timeout=30s 0 2\n"
    )
    let before = try bench.digests()
    bench.boot = "boot-2"
    #expect(try bench.run().decision == .keep)
    #expect(try bench.digests() == before, "a finished plan again writes nothing")
    #expect(try bench.history().finished == ["data": "serial:\(AgentBench.serial)"])
  }
}
