import Foundation
import SugarTestSupport
import Testing

/// A fleet of one server and two agents on a small base, in a folder of its own, with a cache of its own.
final class SmallFleet {
  let root: TemporaryDirectory
  var folder: String { root.path("fleet") }
  var output: String { root.path("out") }
  var cache: String { root.path("cache") }
  var base: String { root.path("base.img") }
  var environment: [String: String] { ["XDG_CACHE_HOME": cache] }
  /// The contents of deltas whose images were looked at.
  private var checked: Set<Data> = []

  /// A small base, packed once for all tests.
  private static let packed = Result {
    let folder = try SharedFolder.make("small")
    try SmallBase().make(at: folder + "/base.img")
    return folder + "/base.img"
  }

  /// - Parameters:
  ///   - base: nil takes the usual small base.
  ///   - more: further lines of fleet.yaml.
  init(base: SmallBase? = nil, cluster: String = "", more: String = "", size: String = "8 GiB")
    throws
  {
    root = try TemporaryDirectory()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if let base {
      try base.make(at: root.path("base.img"))
    } else {
      try Tool("cp").check(["--sparse=always", try Self.packed.get(), root.path("base.img")])
    }
    try write(cluster: cluster, more: more, size: size)
  }

  func write(cluster: String = "", more: String = "", size: String = "8 GiB", base: String? = nil)
    throws
  {
    let text = """
      fleet: { name: small, domain: small.home.arpa }
      site: { id: here }
      base:
        os: rpios-lite-trixie
        \(base ?? "path: \(self.base)")
      admin:
        user: admin
        sshAuthorizedKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlQIQfJvb0Yt7RaJ8NYgzT5u2OtvQ8JXyBSi9rnLGZP test]
      hardware: { model: rpi5-8 }
      root: { target: sd, size: \(size) }
      network:
        planes:
          - { name: lan, purpose: k8s, subnet: 10.1.1.0/24, gateway: 10.1.1.1, dns: [10.1.1.1] }
      clusters:
        - name: dev
          tier: dev
          version: v1.33.5+k3s1
          podCIDR: 10.42.0.0/16
          serviceCIDR: 10.43.0.0/16
      \(cluster)
      nodes:
        - { hostname: one, cluster: dev, role: server-init, planes: { lan: { address: 10.1.1.11 } } }
        - { hostname: two, cluster: dev, role: agent, planes: { lan: { address: 10.1.1.12 } } }
        - { hostname: three, cluster: dev, role: agent, planes: { lan: { address: 10.1.1.13 } } }
      \(more)
      """
    try text.write(toFile: folder + "/fleet.yaml", atomically: true, encoding: .utf8)
  }

  func keys() throws {
    try Program.succeed(["keys", folder, "--plaintext-keys"], environment: environment)
  }

  /// Builds, and has every image looked at that came of it.
  func build(_ more: [String] = []) throws -> Program.Result {
    let result = try run(more)
    if result.status == 0 { try checkImages() }
    return result
  }

  /// Builds, for tests that look at the images later.
  func run(_ more: [String] = []) throws -> Program.Result {
    try Program.run(["build", folder, "--output", output] + more, environment: environment)
  }

  /// Every tool looks at every image that stands built in `output`, once for each content.
  func checkImages(in other: String? = nil) throws {
    let new = try deltas(in: other ?? output).filter { checked.insert($0.value).inserted }
    guard !new.isEmpty else { return }
    let images = root.path("images")
    defer { try? FileManager.default.removeItem(atPath: images) }
    try Program.succeed(
      ["build", folder, "--output", images, "--export", "img"], environment: environment)
    for (node, delta) in try deltas(in: images) where new[node] != nil {
      #expect(delta == new[node], "another build of \(node) is another image")
      try ImageFile(path: "\(images)/\(node).img").checkEverything(secrets: folder + "/secrets")
    }
  }

  private func deltas(in folder: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".delta") && !$0.hasPrefix(".")
    }
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        (
          String($0.dropLast(".delta".count)),
          try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))
        )
      })
  }

  /// Puts a file into the fleet's folder.
  func put(_ text: String, at name: String) throws {
    let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  /// Everything below the output folder that somebody could take for a result.
  func results() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: output)) ?? []).filter {
      !$0.hasPrefix(".")
    }.sorted()
  }

  /// Folders of the cache that look finished.
  func bases() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: cache + "/sugarimage/bases")) ?? [])
      .filter { !$0.hasPrefix(".") }
  }

  /// What is left of unfinished work, in output and cache.
  func partials() -> [String] {
    let folders = [output, cache + "/sugarimage/bases", cache + "/sugarimage"]
    return folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
      .filter { $0.contains("partial") }
  }
}
