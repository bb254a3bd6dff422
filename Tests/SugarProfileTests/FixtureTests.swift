import Foundation
import SugarModel
import SugarProfile
import Testing

/// Every file of `Fixtures/` says in its name what must come of reading it, and beside it stands
/// the exact report.
///
/// `RECORD_GOLDEN=1` writes the reports anew, and the tests still fail, so that nobody records by
/// accident.
struct FixtureTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures")

  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".local.yaml") }.sorted()
  }

  static func text(_ name: String) throws -> FleetText? {
    let file = folder.appending(path: name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return FleetText(path: name, text: try String(contentsOf: file, encoding: .utf8))
  }

  @Test(arguments: try names())
  func reportIsExact(name: String) throws {
    let stem = String(name.dropLast(5))
    let fleet = try #require(try Self.text(name))
    let report: Report
    if name.contains("-overlay-") {
      report = OverlaySpecReader.read(fleet).report
    } else {
      let reading = ProfileReader.read(fleet, local: try Self.text(stem + ".local.yaml"))
      #expect((reading.profile == nil) == reading.report.hasErrors)
      report = reading.report
    }
    #expect(report.hasErrors == name.hasPrefix("invalid-"))
    try expect(report, equalsFile: stem + ".report")
  }

  private func expect(_ report: Report, equalsFile name: String) throws {
    let file = Self.folder.appending(path: name)
    let actual = report.isEmpty ? "" : report.description + "\n"
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try Data(actual.utf8).write(to: file)
      Issue.record("recorded \(name): look at it and run again")
      return
    }
    let expected = String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    #expect(actual == expected)
  }
}
