import Foundation
import SugarModel
import SugarProfile
import Testing

/// The fleets in `profiles/` are what people copy: each must be valid.
struct ShippedProfilesTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func fleet(_ name: String) throws -> FleetText {
    let path = "profiles/\(name)/fleet.yaml"
    return FleetText(
      path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
  }

  @Test(
    arguments: try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "profiles").path
    ).sorted())
  func profileIsValid(name: String) throws {
    let reading = ProfileReader.read(try Self.fleet(name))
    #expect(reading.report.errors.map(\.description) == [])
    #expect(reading.profile != nil)
  }

  /// What a person is told about the profile as it is shipped, and nothing else.
  @Test(arguments: [
    (
      "sugarkube-3x3",
      [
        "nobody can log in: 'sugaradmin' has no SSH key",
        "GitOps has no repository yet, so nothing is handed over: 'prod', 'int', 'dev'",
      ]
    ),
    ("dev-single", ["nobody can log in: 'sugaradmin' has no SSH key"]),
  ])
  func warningsAreExact(name: String, expected: [String]) throws {
    let report = ProfileReader.read(try Self.fleet(name)).report
    #expect(report.diagnostics.map(\.message) == expected)
  }

  @Test func sugarkubeIsTheThreeByThree() throws {
    let profile = try #require(ProfileReader.read(try Self.fleet("sugarkube-3x3")).profile)
    #expect(profile.nodes.map(\.hostname) == (0...8).map { "sugarkube\($0)" })
    #expect(profile.clusters.map(\.tier) == ["prod", "staging", "dev"])
    #expect(
      profile.clusters.map { $0.api.vip?.description } == [
        "192.168.1.20", "192.168.1.30", "192.168.1.40",
      ])
    #expect(
      profile.clusters.allSatisfy { $0.tierLabel == "sugarkube.env" && $0.kubeProxy == .nftables })
    #expect(profile.eeprom.bootOrder?.hex == "0xf416")
    let addresses = profile.nodes.compactMap { $0.planes["lan"]?.address?.description }
    #expect(addresses == [21, 22, 23, 31, 32, 33, 41, 42, 43].map { "192.168.1.\($0)" })
  }

  /// Every folder that a shipped profile names is there, and its `overlay.yaml` is valid.
  @Test(arguments: ["sugarkube-3x3", "dev-single"])
  func foldersExist(name: String) throws {
    let profile = try #require(ProfileReader.read(try Self.fleet(name)).profile)
    for overlay in profile.overlays {
      let path = "overlays/\(overlay)/overlay.yaml"
      let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
      #expect(OverlaySpecReader.read(FleetText(path: path, text: text)).report.isEmpty)
    }
    for folder in profile.bootfiles {
      #expect(
        FileManager.default.fileExists(
          atPath: Self.root.appending(path: "bootfiles/\(folder)").path))
    }
  }
}
