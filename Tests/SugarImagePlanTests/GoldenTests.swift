import Foundation
import SugarImagePlan
import SugarModel
import SugarProfile
import Testing

/// The whole plan of every node of the profiles that ship. `RECORD_GOLDEN=1` writes the files anew,
/// and still fails the run.
@Suite struct GoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var profile: String
    var node: String
    var testDescription: String { "\(profile), \(node)" }
  }

  static let cases =
    (0..<9).map { Case(profile: "sugarkube-3x3", node: "sugarkube\($0)") }
    + [Case(profile: "dev-single", node: "dev0")]

  @Test(arguments: cases) func planIsTheRecordedOne(_ row: Case) throws {
    let plan = try ImagePlanner.plan(row.node, PlanFixture.inputs(row.profile))
    let text = plan.text(contents: true) + "\ndigest \(plan.digest)\n"
    let file = PlanFixture.root.appendingPathComponent(
      "Tests/SugarImagePlanTests/Golden/\(row.profile)-\(row.node).plan")
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(file.lastPathComponent)")
      return
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
    let change = lines(text).difference(from: lines(recorded))
    #expect(change.isEmpty, "\(change.prefix(10).map { "\($0)" }.joined(separator: "\n"))")
    #expect(text == recorded)
  }

  /// A file for each plan, and no plan that is forgotten.
  @Test func everyNodeIsRecorded() throws {
    let folder = PlanFixture.root.appendingPathComponent("Tests/SugarImagePlanTests/Golden")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == Self.cases.map { "\($0.profile)-\($0.node).plan" }.sorted())
    for name in ["sugarkube-3x3", "dev-single"] {
      let nodes = try PlanFixture.profile(name).nodes.map(\.hostname)
      #expect(nodes == Self.cases.filter { $0.profile == name }.map(\.node))
    }
  }
}
