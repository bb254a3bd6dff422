import Foundation
import SugarTestSupport

/// The stand-in for Flux's install manifest, as a fleet names it.
enum StandInFlux {
  static func path() throws -> String {
    try Tool("bash").check([Program.repository + "/scripts/flux-stand-in"]).text
      .trimmingCharacters(in: .newlines)
  }

  /// Copies it into the fleet's folder and gives the value of `manifest`.
  static func put(into folder: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: folder + "/flux", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: path(), toPath: folder + "/flux/install.yaml")
    let sum = try Tool.sha256(of: folder + "/flux/install.yaml")
    return "{ path: flux/install.yaml, sha256: \"\(sum)\" }"
  }
}
