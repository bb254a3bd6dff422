import Foundation
import SugarAgentPlan
import SugarModel
import Testing

/// The whole page and the whole screen of several nodes. `RECORD_GOLDEN=1` writes the files anew, and
/// still fails the run.
@Suite struct ReportGoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  @Test(arguments: ReportFixture.cases) func pageIsTheRecordedOne(
    _ row: ReportFixture.Case
  ) throws {
    try compare(ReportPage.html(row.report), with: "\(row.name).html")
  }

  @Test(arguments: ReportFixture.cases) func screenIsTheRecordedOne(
    _ row: ReportFixture.Case
  ) throws {
    try compare(ReportScreen.text(row.report, width: 80), with: "\(row.name).screen")
  }

  @Test(arguments: ReportFixture.cases) func statusIsTheRecordedOne(
    _ row: ReportFixture.Case
  ) throws {
    try compare(ReportText.status(row.report), with: "\(row.name).status")
  }

  /// A file for each report, and none that is forgotten.
  @Test func everyFileIsCompared() throws {
    // Receipts have tests of their own.
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
      !$0.hasPrefix("receipt")
    }.sorted()
    let names = ReportFixture.cases.flatMap { row in
      ["html", "screen", "status"].map { "\(row.name).\($0)" }
    }
    #expect(files == names.sorted())
  }

  private func compare(_ text: String, with name: String) throws {
    try Self.compare(text, with: name)
  }

  static func compare(_ text: String, with name: String) throws {
    let file = Self.folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name)")
      return
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
    let change = lines(text).difference(from: lines(recorded))
    #expect(change.isEmpty, "\(change.prefix(10).map { "\($0)" }.joined(separator: "\n"))")
    #expect(text == recorded)
  }
}
