import Foundation
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// Who the node is, and when the agent must not believe it.
@Suite struct IdentityTests {
  let bench: AgentBench
  let places: AgentPlaces

  init() throws {
    bench = try AgentBench()
    places = bench.places
    var identity = bench.identity
    identity.board = "10000000abcdef01"
    try place(try JSONText.page(identity))
  }

  private func place(_ text: String, onBoot other: String? = nil) throws {
    for (path, text) in [(places.identity, text), (places.publicIdentity, other ?? text)] {
      let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      try Files.makeDirectory(folder, mode: 0o755)
      try Files.write(Array(text.utf8), to: path, mode: 0o644)
    }
  }

  private func refusal(board: String? = "10000000abcdef01") -> String? {
    do {
      _ = try IdentityReader(places).read(boardSerial: board)
      return nil
    } catch { return "\(error)" }
  }

  @Test func theRightOneIsRead() throws {
    #expect(refusal() == nil)
    #expect(refusal(board: "10000000ABCDEF01") == nil, "hex digits in either case")
  }

  @Test func missing() throws {
    try Files.remove(places.identity)
    #expect(refusal()?.contains("No such file") == true)
  }

  @Test func missingOnTheBootPartition() throws {
    try Files.remove(places.publicIdentity)
    #expect(refusal()?.contains("sugarimage/identity.json") == true)
  }

  @Test func cutShort() throws {
    let text = try JSONText.page(bench.identity)
    try place(String(text.prefix(text.count / 2)))
    #expect(refusal()?.contains("cut short") == true, "\(refusal() ?? "")")
  }

  @Test func theCopiesDiffer() throws {
    let text = try JSONText.page(bench.identity)
    try place(text, onBoot: text.replacingOccurrences(of: "sugarkube0", with: "sugarkube1"))
    #expect(refusal()?.contains("it differs from") == true)
  }

  @Test func ofANewerLayout() throws {
    var identity = bench.identity
    identity.schema = 99
    try place(try JSONText.page(identity))
    #expect(refusal()?.contains("layout 99") == true)
  }

  @Test func forAnotherBoard() throws {
    #expect(refusal(board: "10000000ffffffff")?.contains("is for the board") == true)
    #expect(refusal(board: nil)?.contains("without a serial number") == true)
  }

  @Test func aSecretThatOthersCanRead() throws {
    try Files.makeDirectory(places.staged, mode: 0o700)
    let path = "\(places.staged)/bootstrap-token-sugarkube7.json"
    try Files.write(Array("{}".utf8), to: path, mode: 0o600)
    #expect(refusal() == nil)
    try Files.setMode(0o644, of: path)
    #expect(refusal()?.contains("it must be 600") == true)
  }

  @Test("a run without an identity says so in its report and touches nothing")
  func aRunStops() throws {
    try Files.remove(places.identity)
    let boot = FirstBoot(
      places: places, finder: bench.finder, agent: "test", now: { 5 }, tell: { _ in })
    let report = boot.run()
    #expect(report.state == .refused)
    #expect(report.node == nil)
    #expect(report.summary.contains("identity.json"))
    #expect(!report.next.isEmpty)
    #expect(try !Files.exists(places.journal))
    #expect(ReportFiles(places).save(report, page: "<html></html>") == [])
    #expect(try ReportFiles(places).last() == report)
  }

  @Test("a boot partition that cannot be written is no failure")
  func aReadOnlyBootPartition() throws {
    try Files.removeTree(places.boot)
    try Files.write([], to: places.boot, mode: 0o644)
    let boot = FirstBoot(
      places: places, finder: bench.finder, agent: "test", now: { 5 }, tell: { _ in })
    let report = boot.run()
    let complaints = ReportFiles(places).save(report, page: "")
    #expect(complaints.count == 1)
    #expect(complaints.first?.contains("the report is not in") == true)
    #expect(try ReportFiles(places).last() == report)
  }
}
