import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// Disks that answer with input/output errors: real block devices over QEMU's `blkdebug`.
/// (qemu, docs/devel/blkdebug.rst)
@Suite(.enabled(if: Privilege.isRoot, Privilege.reason)) struct DiskFaultTests {
  /// One error, always the same one. `sector` counts 512 bytes; nil is any place.
  struct Fault: Sendable, CustomTestStringConvertible {
    var what: String
    var request: String
    var sector: Int?
    var testDescription: String { "\(request) errors: \(what)" }

    init(_ request: String, _ what: String, at sector: Int? = nil) {
      self.what = what
      self.request = request
      self.sector = sector
    }
  }

  static let mebibytes = 32
  static let last = mebibytes * 2048 - 1

  /// A disk of which not everything can be read is not blank, and nothing is written to it.
  @Test(arguments: [
    Fault("read", "the first sector", at: 0), Fault("read", "the primary GPT", at: 1),
    Fault("read", "the backup GPT", at: last),
    Fault("read", "where the partition will be", at: 2048),
    Fault("read", "everywhere"),
  ])
  func reading(_ fault: Fault) throws {
    let bench = try AgentBench(AgentBench.twoWishes)
    let (server, before) = try attach(fault, bench)
    let ruling = try bench.run()
    guard case .refuse(let refusal) = ruling.decision else {
      Issue.record("\(ruling.decision)")
      return
    }
    #expect(refusal.code == .unknown || refusal.code == .inputOutput, "\(refusal)")
    #expect(!refusal.reason.isEmpty)
    try detach(bench, server)
    #expect(try Tool.sha256(of: server.content) == before, "nothing was written")
  }

  /// The work stops, says so, and goes on to the same end when the disk is well again.
  @Test(arguments: [
    Fault("write", "the backup GPT", at: last), Fault("write", "the primary GPT", at: 1),
    Fault("write", "the protective MBR", at: 0),
    Fault("write", "the superblock of the first file system", at: 2050),
    Fault("write", "the second file system", at: 2048 + 20480 + 2), Fault("flush", "any"),
  ])
  func writing(_ fault: Fault) throws {
    let bench = try AgentBench(AgentBench.twoWishes)
    let (server, _) = try attach(fault, bench)
    for boot in 1...2 {
      bench.boot = "boot-\(boot)"
      let ruling = try bench.run()
      guard case .refuse(let refusal) = ruling.decision else {
        Issue.record("boot \(boot): \(ruling.decision)")
        return
      }
      #expect(refusal.code == .inputOutput, "boot \(boot): \(refusal)")
    }
    try detach(bench, server)
    bench.disks = [try LoopDisk(bench.folder, serial: AgentBench.serial, file: server.content)]
    bench.boot = "boot-3"
    #expect(try bench.run().decision == .keep)
    #expect(try bench.digests() == [Self.undisturbed()])
  }

  /// After three boots the agent leaves the disk alone until a person says so.
  @Test func threeBootsAtMost() throws {
    let bench = try AgentBench(AgentBench.twoWishes)
    let (server, _) = try attach(Fault("write", "the primary GPT", at: 1), bench)
    for boot in 1...3 {
      bench.boot = "boot-\(boot)"
      #expect(word(try bench.run().decision) == "REFUSE io-error")
    }
    bench.boot = "boot-4"
    let before = try Tool.sha256(of: server.content)
    #expect(word(try bench.run().decision) == "REFUSE repeated-failure")
    #expect(try Tool.sha256(of: server.content) == before, "nothing more was written")
    try detach(bench, server)
    bench.disks = [try LoopDisk(bench.folder, serial: AgentBench.serial, file: server.content)]
    try bench.worker().retry("data")
    #expect(try bench.run().decision == .keep)
  }

  /// What the same plan makes of a disk that is well.
  private static func undisturbed() throws -> String {
    let bench = try AgentBench(AgentBench.twoWishes)
    try bench.add(mebibytes: UInt64(mebibytes))
    try #require(try bench.run().decision == .keep)
    return try bench.digests()[0]
  }

  /// A blank disk with the fault; also gives the digest of what is on the medium.
  private func attach(_ fault: Fault, _ bench: AgentBench) throws -> (DiskServer, String) {
    let blank = bench.folder.path("blank.img")
    try Tool("truncate").check(["--size", "\(Self.mebibytes)M", blank])
    var error: [String: Any] = [
      "event": "none", "iotype": fault.request, "errno": 5, "once": false, "immediately": true,
    ]
    if let sector = fault.sector { error["sector"] = sector }
    let server = try DiskServer(
      bench.folder, base: blank,
      through: ["driver": "blkdebug", "image": "content", "inject-error": [error]])
    bench.disks = [try LoopDisk(bench.folder, serial: AgentBench.serial, file: server.file)]
    return (server, try Tool.sha256(of: server.content))
  }

  private func detach(_ bench: AgentBench, _ server: DiskServer) throws {
    bench.disks.forEach { $0.detach() }
    bench.disks = []
    server.stop()
  }
}
