import Foundation
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// The agent's end: what was staged is gone, a receipt is there, and no unit of it comes back.
@Suite(.serialized) struct RetireTests {
  private func agent() throws -> JoinBench {
    let bench = try JoinBench("a0")
    try bench.writeUnits()
    try bench.serve()
    try bench.tell()
    bench.onStart = { try bench.register() }
    return bench
  }

  @Test("a worker leaves a receipt, tells its Node, and retires")
  func worker() throws {
    let bench = try agent()
    try bench.put(
      "/etc/sugaragent/token.next", "K10\(bench.cluster.pin)::zzz999.canary47canary47\n")
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.isMasked("sugaragent-join.service"))
    #expect(bench.isMasked("sugaragent.service"))
    let wants = bench.folder.path("root/etc/systemd/system/multi-user.target.wants")
    #expect(try FileManager.default.contentsOfDirectory(atPath: wants) == [])
    // systemd's own word, where it is installed.
    if let judge = try? Tool("systemctl") {
      for unit in ["sugaragent-join.service", "sugaragent.service"] {
        let said = try judge.run(["--root", bench.folder.path("root"), "is-enabled", unit])
        #expect(said.text.contains("masked"), "\(said.text)")
      }
    }
    let receipt = try #require(bench.receipt)
    #expect(receipt.node == "a0")
    #expect(receipt.handOver == nil)
    #expect(receipt.retained == [])
    #expect(receipt.removed.map(\.file) == ["/etc/sugaragent/token.next"])
    #expect(bench.text("/etc/sugaragent/token.next") == nil)
    #expect(bench.text("/etc/rancher/k3s/token") != nil, "what k3s reads stays")
    #expect(
      receipt.plan
        == Hex.text(
          SHA256Hash.digest(Array((bench.text("/etc/sugaragent/identity.json") ?? "").utf8))))
    #expect(receipt.steps.map(\.phase) == [.network, .clock, .peers, .preflight, .join, .ready])
    let node = try bench.administer("GET", "/api/v1/nodes/a0")
    #expect(node.contains("\"sugarimage/plan\": \"\(receipt.plan)\""), "\(node)")
    #expect(bench.lines("finish", "done").first?.contains("the agent has retired") == true)
    #expect(ReceiptFiles(bench.places).last() == receipt)
  }

  @Test("what sees to disks and boot order stays where it is wanted, or a disk was left alone")
  func retained() throws {
    let bench = try agent()
    bench.keepsBootOrder = true
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.isMasked("sugaragent-join.service"))
    #expect(!bench.isMasked("sugaragent.service"))
    #expect(!bench.isMasked("sugaragent-eeprom.service"))
    #expect(bench.receipt?.retained == ["sugaragent.service", "sugaragent-eeprom.service"])
    let other = try agent()
    other.layouts = [
      AgentReport.LayoutResult(
        layout: "data", disk: nil, verdict: "REFUSE", code: .missing, reason: "no disk", next: nil,
        consent: nil, isRequired: false)
    ]
    #expect(other.run() == .ready, "\(other.told)")
    #expect(!other.isMasked("sugaragent.service"))
  }

  @Test("a Node that may not be told, a disk that cannot be trimmed: the receipt says so")
  func lesser() throws {
    let bench = try agent()
    bench.trimState = "failed"
    try bench.put(
      "/etc/sugaragent/token.next", "K10\(bench.cluster.pin)::zzz999.canary47canary47\n")
    bench.onPause = { _ in
      try bench.servers.first?.set(faults: #"{"status": {"/api/v1/nodes/a0": 403}}"#)
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    let receipt = try #require(bench.receipt)
    #expect(!receipt.trimmed)
    #expect(receipt.remains.contains { $0.contains("could not be told") })
    #expect(receipt.warnings.contains { $0.contains("403") }, "\(receipt.warnings)")
    #expect(bench.isMasked("sugaragent-join.service"))
  }

  @Test("a boot partition that takes nothing: the receipt is on the root file system")
  func noBootPartition() throws {
    let bench = try agent()
    let place = bench.folder.path("root/boot/firmware/sugarimage/receipt.html")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try bench.put("/boot/firmware/sugarimage/receipt.html/x", "x")
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(ReceiptFiles(bench.places).last() != nil)
    #expect(bench.warnings.contains { $0.contains("the receipt is not in") })
  }

  @Test("an overwritten file is zeros on its way out, and a link is not followed")
  func shredder() throws {
    let folder = try TemporaryDirectory()
    let (file, other, link) = (folder.path("a"), folder.path("b"), folder.path("c"))
    try String(repeating: "canary", count: 300_000).write(
      toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.linkItem(atPath: file, toPath: other)
    #expect(try Shredder.shred(file) == ByteCount(1_800_000))
    #expect(!FileManager.default.fileExists(atPath: file))
    let left = try Data(contentsOf: URL(fileURLWithPath: other))
    #expect(left == Data(count: 1_800_000), "the blocks themselves are zeros")
    try "kept".write(toFile: other, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other)
    try Shredder.shred(link)
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "kept")
    #expect(try Shredder.shred(link) == nil)
  }
}
