import SugarModel
import SugarProfile

/// A fleet out of whatever bytes; alone, and as the local part of one.
enum FleetFuzzing {
  static func run(_ bytes: [UInt8]) throws {
    let text = FleetText(path: "fleet.yaml", text: String(decoding: bytes, as: UTF8.self))
    try check(ProfileReader.read(text))
    let frame = FleetText(path: "fleet.yaml", text: "fleet: { name: small }\n")
    let local = FleetText(path: "fleet.local.yaml", text: text.text)
    try check(ProfileReader.read(frame, local: local))
  }

  /// There is a profile or a reason; every complaint has words.
  private static func check(_ reading: ProfileReading) throws {
    guard (reading.profile == nil) == reading.report.hasErrors else {
      throw FuzzFinding(description: "no profile and no reason, or both")
    }
    guard reading.report.diagnostics.allSatisfy({ !$0.description.isEmpty }) else {
      throw FuzzFinding(description: "a complaint without words")
    }
  }
}
