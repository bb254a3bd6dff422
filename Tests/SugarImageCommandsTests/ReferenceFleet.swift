import Foundation
import SugarTestSupport

/// The shipped fleet `sugarkube-3x3` on the stand-in base, with Wi-Fi on two of its nodes and a stand-in
/// for Flux: made, keyed and built once for all tests.
///
/// `SUGAR_REFERENCE_BASE` names the base; `make test` assembles it. Without it the tests fail.
struct ReferenceFleet: Sendable {
  /// The fleet's folder.
  let folder: String
  /// Where its nodes were built.
  let output: String
  let cache: String
  /// The private key whose public half may log in.
  let userKey: String
  /// What `keys` printed.
  let knownHosts: String
  /// What `build` printed.
  let buildOutput: String

  var secrets: String { folder + "/secrets" }
  var environment: [String: String] { ["XDG_CACHE_HOME": cache] }

  static let nodes = (0...8).map { "sugarkube\($0)" }

  /// The nodes that have Wi-Fi: one that the tests boot, which has no radio there, and an agent.
  static let wifiNodes = ["sugarkube1", "sugarkube7"]
  static let ssid = "Café #5; \"G\" "
  static let psk = #"  it's #1; \\ "open sesame" "#

  /// Made on first use; a failure is told to every test that needs it.
  private static let made = Result { try ReferenceFleet() }
  static func shared() throws -> ReferenceFleet { try made.get() }

  static func base() throws -> String {
    guard let base = ProcessInfo.processInfo.environment["SUGAR_REFERENCE_BASE"], !base.isEmpty
    else {
      throw Program.Failure(
        description: "SUGAR_REFERENCE_BASE is not set: run these tests by `make test`")
    }
    return base
  }

  private init() throws {
    let root = try SharedFolder.make("fleet")
    folder = root + "/fleet"
    output = root + "/out"
    cache = root + "/cache"
    userKey = root + "/id_ed25519"
    try Tool("ssh-keygen").check(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", userKey])
    let publicKey = try String(contentsOfFile: userKey + ".pub", encoding: .utf8)
    try Program.succeed(["init", folder, "--from", "sugarkube-3x3"])
    try """
    base:
      os: rpios-lite-trixie
      path: \(Self.base())
    admin:
      sshAuthorizedKeys:
        - \(publicKey)
    gitops:
      repo: \(Self.repository)
      manifest: \(try StandInFlux.put(into: folder))
    """.write(toFile: folder + "/fleet.local.yaml", atomically: true, encoding: .utf8)
    let environment = ["XDG_CACHE_HOME": cache]
    try Self.addWiFi(to: folder)
    knownHosts = try Program.succeed(
      ["keys", folder, "--plaintext-keys"], environment: environment)
    for (name, text) in [("home-ssid", Self.ssid), ("home-psk", Self.psk + "\n")] {
      let file = "\(folder)/secrets/wifi/\(name)"
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    }
    try TrialSecrets.write(["prod", "int", "dev"], to: folder + "/secrets")
    try knownHosts.write(toFile: root + "/known_hosts", atomically: true, encoding: .utf8)
    buildOutput = try Program.succeed(
      ["build", folder, "--output", output], environment: environment)
  }

  private static func addWiFi(to folder: String) throws {
    let file = folder + "/fleet.yaml"
    var text = try String(contentsOfFile: file, encoding: .utf8)
    let plane = """
            dns: [192.168.1.1]
          - name: air
            purpose: wan
            address: dhcp
            wifi:
              - { ssidRef: home-ssid, pskRef: home-psk, country: CH, priority: 10 }

      """
    text = text.replacingOccurrences(of: "      dns: [192.168.1.1]\n", with: plane)
    for node in wifiNodes {
      let own = "address: \(address(node)) }"
      text = text.replacingOccurrences(of: own, with: own + ", air: {}")
    }
    try text.write(toFile: file, atomically: true, encoding: .utf8)
  }

  /// The address of a node on the wired network of this fleet.
  static func address(_ node: String) -> String {
    let number = Int(node.dropFirst("sugarkube".count)) ?? 0
    return "192.168.1.\(21 + number / 3 * 10 + number % 3)"
  }

  static let repository = "ssh://git@github.com/me/clusters"

  /// The nodes that hand their clusters over, with the folders that these follow.
  static let handingOver = [
    "sugarkube0": "clusters/prod", "sugarkube3": "clusters/staging", "sugarkube6": "clusters/dev",
  ]

  static func cluster(_ node: String) -> String {
    ["prod", "int", "dev"][(Int(node.dropFirst("sugarkube".count)) ?? 0) / 3]
  }

  static func role(_ node: String) -> String {
    let number = Int(node.dropFirst("sugarkube".count)) ?? 0
    if number % 3 == 0 { return "server-init" }
    return number > 6 ? "agent" : "server-join"
  }

  func secret(_ path: String) throws -> String {
    try String(contentsOfFile: "\(secrets)/\(path)", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Writes a node's whole image, hands it over, and removes it.
  ///
  /// - Parameter other: a folder with a changed copy of the fleet.
  func withImage<Value>(
    of node: String, in other: String? = nil, environment more: [String: String] = [:],
    _ body: (ImageFile) throws -> Value
  ) throws -> Value {
    let own = "\(output)-\(node)-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: own) }
    try Program.succeed(
      ["build", other ?? folder, node, "--output", own, "--export", "img"],
      environment: environment.merging(more) { $1 })
    return try body(ImageFile(path: "\(own)/\(node).img"))
  }
}
