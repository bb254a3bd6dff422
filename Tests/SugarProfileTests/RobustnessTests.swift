import Foundation
import SugarModel
import SugarProfile
import SugarTestSupport
import Testing

/// Whatever a person writes, the reader answers with a report and never stops the program.
struct RobustnessTests {
  static let fragments = [
    "", "  ", "- ", "? ", ": ", "[", "]", "{", "}", "\"", "'", "|", ">", "#", "&a ", "*a", "!!x ",
    "%YAML",
    "---", "...", "\t", "\u{0}", "\u{feff}", "é: 1", "<<: *a", "~", "nodes: 1", "clusters: {}",
    "  - [[[[", "    lan: 5", "version: v0.0.0+k3s0", "podCIDR: 0.0.0.0/0", "bootOrder: []",
    "size: 99999999 TiB", "vlanId: 4", "name: lan", "9999999999999999999999: 1",
  ]

  @Test(arguments: 0..<8)
  func mutatedLinesNeverCrash(seed: Int) throws {
    let original = try ShippedProfilesTests.fleet("sugarkube-3x3").text
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var generator = SeededGenerator(seed: UInt64(seed + 1))
    for _ in 0..<40 {
      var lines = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&lines, &generator) }
      let text = lines.joined(separator: "\n")
      let reading = ProfileReader.read(FleetText(path: "fleet.yaml", text: text))
      #expect((reading.profile == nil) == reading.report.hasErrors)
      for diagnostic in reading.report.diagnostics { #expect(!diagnostic.description.isEmpty) }
    }
  }

  private func mutate(_ lines: inout [String], _ generator: inout SeededGenerator) {
    guard let index = lines.indices.randomElement(using: &generator),
      let fragment = Self.fragments.randomElement(using: &generator)
    else { return }
    let line = lines[index]
    let cut = Int.random(in: 0...line.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: lines.remove(at: index)
    case 1: lines[index] = fragment
    case 2: lines[index] = String(line.prefix(cut)) + fragment + String(line.dropFirst(cut))
    case 3: lines.insert(line, at: index)
    case 4: lines[index] = String(line.prefix(cut))
    default: lines.insert(lines[lines.count - 1 - index], at: index)
    }
  }

  @Test func largeTextIsRefused() {
    let text = String(repeating: "a: b\n", count: 2 << 20)
    let report = ProfileReader.read(FleetText(path: "fleet.yaml", text: text)).report
    #expect(
      report.errors.map(\.message) == ["the file is too large: 10 MiB; at most 1 MiB is read"])
  }

  @Test(arguments: [
    String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
    String(repeating: "{a: ", count: 100_000),
    (0..<2000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
  ])
  func deepTextIsRefused(text: String) {
    let report = ProfileReader.read(FleetText(path: "fleet.yaml", text: text)).report
    #expect(report.hasErrors)
  }

  @Test func aliasesThatMultiplyAreRefused() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      let other = "*a\(level - 1)"
      text +=
        "a\(level): &a\(level) [\(Array(repeating: other, count: 9).joined(separator: ", "))]\n"
    }
    let report = ProfileReader.read(FleetText(path: "fleet.yaml", text: text)).report
    #expect(report.hasErrors)
  }

  @Test func manyRepeatedKeysAreToldOrGivenUp() {
    let text = (0..<200).map { "a\($0): 1\na\($0): 2\n" }.joined()
    let report = ProfileReader.read(FleetText(path: "fleet.yaml", text: text)).report
    #expect(report.hasErrors)
  }

  /// Whatever is wrong around it, a secret is never repeated: not in a message, a note or the line
  /// that is shown.
  @Test(
    arguments: try FixtureTests.names().filter {
      $0.hasPrefix("invalid-secret") || $0.hasPrefix("invalid-wifi-") || $0.contains("-registr")
    })
  func secretsAreNeverShown(name: String) throws {
    let fleet = try #require(try FixtureTests.text(name))
    let text = ProfileReader.read(fleet).report.description.lowercased()
    #expect(!text.contains("hunter2"))
    #expect(!text.contains("ahvudgvymg"))
  }

  @Test func fragmentsOfSecretsAreNeverShown() throws {
    let original = try #require(try FixtureTests.text("invalid-secret.yaml")).text
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      var lines = original
      let index = Int.random(in: lines.indices, using: &generator)
      lines[index] = ["", "\t", "x: [", "  y: z: 1"].randomElement(using: &generator) ?? ""
      let text = ProfileReader.read(FleetText(path: "f.yaml", text: lines.joined(separator: "\n")))
        .report.description
      #expect(!text.lowercased().contains("hunter2"))
    }
  }
}
