import Foundation
import SugarTestSupport
import Testing

/// A system that a node can have, as `scripts/reference-base` assembles it, and what the tests have to
/// know of it.
struct StandInSystem: Sendable, CustomTestStringConvertible {
  /// As a fleet names it.
  let os: String
  /// The name of its image, without `.img.xz`.
  let image: String
  var labels = (boot: "bootfs", root: "rootfs")
  var commandLine = "cmdline.txt"
  /// Where cloud-init's seed is, as the node sees it; nil without cloud-init.
  var seed: String? = "/var/lib/cloud/seed/nocloud"
  var usesNetworkManager = true

  var testDescription: String { os }

  static let trixie = StandInSystem(os: "rpios-lite-trixie", image: "reference-base")
  static let bookworm = StandInSystem(
    os: "rpios-lite-bookworm", image: "rpios-bookworm", seed: nil)
  static let ubuntu24_04 = ubuntu("24.04", commandLine: "cmdline.txt")
  static let ubuntu25_10 = ubuntu("25.10", commandLine: "current/cmdline.txt")
  static let others = [bookworm, ubuntu24_04, ubuntu25_10]
  static let all = [trixie] + others

  private static func ubuntu(_ version: String, commandLine: String) -> StandInSystem {
    StandInSystem(
      os: "ubuntu-\(version)-arm64-raspi", image: "ubuntu-\(version)",
      labels: ("system-boot", "writable"), commandLine: commandLine, seed: "/boot/firmware",
      usesNetworkManager: false)
  }

  /// The stand-in's file. `SUGAR_REFERENCE_BASES` names those besides Trixie's, with colons between;
  /// `make test` assembles them.
  func base() throws -> String {
    if image == Self.trixie.image { return try ReferenceFleet.base() }
    let told = ProcessInfo.processInfo.environment["SUGAR_REFERENCE_BASES"] ?? ""
    guard let path = told.split(separator: ":").first(where: { $0.hasSuffix("/\(image).img.xz") })
    else {
      throw Program.Failure(
        description: "SUGAR_REFERENCE_BASES has no \(image).img.xz: run these tests by `make test`")
    }
    return String(path)
  }

  /// The shipped fleet with this system for its nodes, as a copy in `folder`; nothing but the base is
  /// another one.
  func fleet(_ reference: ReferenceFleet, in folder: String) throws -> String {
    let copy = "\(folder)/fleet"
    try FileManager.default.copyItem(atPath: reference.folder, toPath: copy)
    let file = copy + "/fleet.local.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacingOccurrences(of: "os: \(Self.trixie.os)\n", with: "os: \(os)\n")
      .replacingOccurrences(
        of: "path: \(try ReferenceFleet.base())\n", with: "path: \(try base())\n")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return copy
  }
}
