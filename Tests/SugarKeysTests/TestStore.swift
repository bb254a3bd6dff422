import Foundation
import SugarKeys
import SugarModel
import SugarTestSupport

/// Seconds since 1970 at which the tests mint: 2025-06-15T15:06:40Z.
let mintTime: Int64 = 1_750_000_000

/// A folder of secrets, minted for a small fleet.
struct TestStore {
  let folder: TemporaryDirectory
  let store: SecretStore
  static let request = KeyRequest(
    clusters: ["prod", "dev"],
    nodes: [
      .init(name: "a0", cluster: "prod", isAgent: false, sshNames: ["a0", "a0.lan", "10.0.0.1"]),
      .init(name: "a1", cluster: "prod", isAgent: true, sshNames: ["a1", "10.0.0.2"]),
      .init(name: "b0", cluster: "dev", isAgent: false, sshNames: ["b0"]),
      .init(name: "b1", cluster: "dev", isAgent: true, sshNames: ["b1"]),
    ])
  static let agent = request.nodes[1]

  init(minted: Bool = true) throws {
    folder = try TemporaryDirectory()
    store = SecretStore(folder: folder.path("secrets"))
    guard minted else { return }
    for (name, bytes) in try Self.minted.get() {
      let url = URL(fileURLWithPath: path(name))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try bytes.write(to: url)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
    }
  }

  /// Minted once and then copied: RSA keys take their time.
  private static let minted = Result {
    let test = try TestStore(minted: false)
    try test.mint()
    return try test.files()
  }

  @discardableResult
  func mint(_ request: KeyRequest = Self.request, at time: Int64 = mintTime) throws -> [String] {
    try KeyMinter(store, now: time).mint(request)
  }

  func rotate(
    _ kind: RotationTarget.Kind, _ name: String, _ request: KeyRequest = Self.request
  ) throws {
    try KeyMinter(store, now: mintTime).rotate(RotationTarget(kind, name), request)
  }

  func path(_ name: String) -> String { "\(store.folder)/\(name)" }

  /// Every file with its bytes.
  func files() throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: store.folder) {
      let url = URL(fileURLWithPath: path(name))
      if let bytes = try? Data(contentsOf: url) { result[name] = bytes }
    }
    return result
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }
}
