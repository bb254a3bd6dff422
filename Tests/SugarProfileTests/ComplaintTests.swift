import Foundation
import Testing

/// Every complaint of the readers and the rules stands in a recorded report, so that somebody has read
/// it as the person who made the mistake would; and in one report nothing else is wrong.
///
/// Complaints are found as people find them: they are the texts of more than one word in the sources.
struct ComplaintTests {
  /// A recorded report: what it complains of, and its notes.
  private struct Recorded {
    var messages: [Substring] = []
    var notes: [Substring] = []

    init(_ text: String) {
      for line in text.split(separator: "\n") {
        if let match = line.firstMatch(of: #/^\S+:\d+:\d+: (?:error|warning): /#) {
          messages.append(line[match.range.upperBound...])
        } else if line.hasPrefix("    note: ") {
          notes.append(line.dropFirst("    note: ".count))
        }
      }
    }
  }

  /// Tables: `SyntaxTests` looks at the first, `ReferenceTests` compares the others with the reference,
  /// and `SchemaTests` with a validator.
  private static let tables = [
    "K3sConfigKey+Table.swift", "UnsupportedFields.swift", "FleetShape.swift",
    "FleetShape+Clusters.swift", "FleetShape+Fleet.swift", "FleetShape+Machine.swift",
    "FleetShape+Network.swift", "FleetSchema.swift",
  ]

  /// Texts that are no complaints, or that no fixture can bring about.
  private static let others: [String: String] = [
    "PRIVATE KEY": "what a private key begins with",
    "nesting level": "what libyaml says",
    "AD AE AF": "the table of countries, see CountryTests",
    "the file is too large": "see RobustnessTests.largeTextIsRefused",
    "cannot parse the YAML text": "for what the parser does not say of any text",
  ]

  private static func literals() throws -> [SourceLiteral] {
    let sources = ShippedProfilesTests.root.appending(path: "Sources")
    let folder = sources.appending(path: "SugarProfile")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let files =
      names.filter { $0.hasSuffix(".swift") && !tables.contains($0) }.sorted()
      .map { folder.appending(path: $0) }
      + ["BootOrder", "SecretReference"].map { sources.appending(path: "SugarModel/\($0).swift") }
    return try files.flatMap { try SourceLiterals.all(in: $0) }.filter { literal in
      literal.pieces.joined().trimmingCharacters(in: .whitespaces).contains(" ")
        && !others.keys.contains {
          literal.shown.trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix($0)
        }
    }
  }

  private static func reports() throws -> [Recorded] {
    try FileManager.default.contentsOfDirectory(atPath: FixtureTests.folder.path)
      .filter { $0.hasSuffix(".report") }
      .map {
        Recorded(
          try String(contentsOf: FixtureTests.folder.appending(path: $0), encoding: .utf8))
      }
  }

  @Test func everyComplaintIsRecordedOnItsOwn() throws {
    let (literals, reports) = (try Self.literals(), try Self.reports())
    #expect(literals.count > 150, "the sources were not found")
    #expect(reports.count > 150)
    for literal in literals {
      if reports.contains(where: { $0.messages.contains(where: literal.matches) }) {
        let hasItsOwn = reports.contains { report in
          !report.messages.isEmpty && report.messages.allSatisfy(literal.matches)
        }
        #expect(hasItsOwn, "\(literal.place): no fixture has this mistake alone: \(literal.shown)")
      } else {
        let isNote = reports.contains { $0.notes.contains(where: literal.matches) }
        #expect(isNote, "\(literal.place): no fixture brings this about: \(literal.shown)")
      }
    }
  }

  /// The scanner itself, on what is hard to read.
  @Test func literalsAreFound() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).swift")
    defer { try? FileManager.default.removeItem(at: file) }
    try #"""
    let a = "one \(x.map { "in \($0) two" }.joined(separator: ", ")) end" // "no literal"
    let b = "a \"quoted\" word"
    let c = """
      more
      lines
      """
    """#.write(to: file, atomically: true, encoding: .utf8)
    let found = try SourceLiterals.all(in: file)
    #expect(
      found.map(\.pieces) == [
        ["in ", " two"], [", "], ["one ", " end"], [#"a "quoted" word"#], ["\n  more\n  lines\n  "],
      ])
    #expect(found.last?.place.hasSuffix(":3") == true)
    #expect(found[2].matches("then one or more end."))
    #expect(!found[2].matches("end, one "))
  }
}
