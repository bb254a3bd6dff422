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
}
