import Foundation
import Testing

@testable import SugarProfile

/// `docs/fleet-reference.md` tells the truth about which fields there are.
struct ReferenceTests {
  private static func reference() throws -> String {
    let file = ShippedProfilesTests.root.appending(path: "docs/fleet-reference.md")
    return try String(contentsOf: file, encoding: .utf8)
  }

  /// Every field of the format with its path, as the reference writes it: `clusters[].api.vip`.
  private static func fields(of shape: FleetShape, at path: String = "") -> [(String, FleetField)] {
    switch shape {
    case .fields(let fields, _):
      return fields.flatMap { field in
        let own = path.isEmpty ? field.name : "\(path).\(field.name)"
        return [(own, field)] + Self.fields(of: field.shape, at: own)
      }
    case .list(let element, _): return fields(of: element, at: path + "[]")
    case .entries(let value): return fields(of: value, at: path + ".*")
    case .either(let first, let second):
      return fields(of: first, at: path) + fields(of: second, at: path)
    case .text, .number, .flag, .words, .k3sConfig: return []
    }
  }

  @Test func everyFieldStandsInTheReference() throws {
    let text = try Self.reference()
    let fields = Self.fields(of: .fleet)
    #expect(fields.count > 130)
    for (path, _) in fields where !path.hasPrefix("clusters[].gitops.manifest.") {
      let isWithPath = text.contains("`\(path.dropLast(".sha256".count)).path`, `.sha256`")
      #expect(text.contains("`\(path)") || isWithPath, "\(path)")
    }
    for field in UnsupportedFields.all {
      #expect(text.contains("| `\(field.replacing("=", with: ": "))` |"), "\(field)")
    }
  }

  /// What an editor shows of a field is what the reference says of it, word for word.
  @Test func meaningsAreTheReferences() throws {
    let cells = try Self.reference().split(separator: "\n").filter { $0.hasPrefix("| `") }
      .compactMap { $0.split(separator: "|").dropFirst(3).first }
      .map { $0.trimmingCharacters(in: .whitespaces).replacing(#/\[([^\]]*)\]\([^)]*\)/#) { $0.1 } }
    for (path, field) in Self.fields(of: .fleet) where !field.meaning.isEmpty {
      #expect(cells.contains(field.meaning), "\(path)")
    }
  }
}
