import Foundation
import Testing

@testable import SugarProfile

/// `docs/fleet-reference.md` tells the truth about which fields there are.
struct ReferenceTests {
  @Test func everyFieldStandsInTheReference() throws {
    let file = ShippedProfilesTests.root.appending(path: "docs/fleet-reference.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    for field in ProfileReader.topKeys {
      #expect(text.contains("`\(field)") || text.contains("## \(field)"))
    }
    for field in UnsupportedFields.all {
      #expect(text.contains("| `\(field.replacing("=", with: ": "))` |"), "\(field)")
    }
  }

  /// The fields of the lists, which have the most of them, and of GitOps.
  @Test func everyFieldOfTheListsStandsInTheReference() throws {
    let file = ShippedProfilesTests.root.appending(path: "docs/fleet-reference.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    for keys in [
      ProfileReader.clusterKeys.map { "clusters[].\($0)" },
      ProfileReader.nodeKeys.map { "nodes[].\($0)" },
      ProfileReader.planeKeys.map { "network.planes[].\($0)" },
      ProfileReader.gitopsKeys.map { "gitops.\($0)" },
      ProfileReader.clusterGitOpsKeys.map { "clusters[].gitops.\($0)" },
      ProfileReader.wifiKeys.map { "network.planes[].wifi[].\($0)" },
      ProfileReader.secretsKeys.map { "secrets.\($0)" },
      ProfileReader.referenceKeys.map { "secrets.references[].\($0)" },
    ] {
      for key in keys { #expect(text.contains("`\(key)"), "\(key)") }
    }
  }
}
