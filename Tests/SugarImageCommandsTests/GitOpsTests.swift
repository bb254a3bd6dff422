import Foundation
import SugarTestSupport
import Testing

/// GitOps from the words of a fleet and its files to the image of the one node that hands over.
@Suite struct GitOpsTests {
  /// A fleet that is handed over, with everything it needs unless `secrets` is false.
  private func fleet(
    _ gitops: String? = nil, manifest: String? = nil, secrets: Bool = true
  ) throws -> SmallFleet {
    let fleet = try SmallFleet(cluster: "    gitops: { path: clusters/dev }")
    let standard = """
      gitops:
        repo: ssh://git@github.com/me/clusters
        authRef: flux-git-deploy
        restoreSecrets: [sops-age, ghcr-pull, cloudflared-tunnel]
      """
    let file = try manifest ?? StandInFlux.put(into: fleet.folder)
    let text = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    try fleet.put(
      "\(text)\n\(gitops ?? standard)\n  manifest: \(file)\n", at: "fleet.yaml")
    if secrets {
      try fleet.keys()
      try TrialSecrets.write(["dev"], to: fleet.folder + "/secrets")
    }
    return fleet
  }

  private func expectRefusal(
    _ fleet: SmallFleet, _ words: [String], location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try fleet.build()
    #expect(result.status == 65, "\(result.complaints)", sourceLocation: location)
    for word in words {
      #expect(result.complaints.contains(word), "\(result.complaints)", sourceLocation: location)
    }
    #expect(fleet.results() == [], sourceLocation: location)
  }

  /// `keys` mints the deploy key and says what is left to do; `build` refuses until that is done.
  @Test func whatTheOperatorBringsIsAskedFor() throws {
    let fleet = try fleet(secrets: false)
    let folder = "\(fleet.folder)/secrets/gitops"
    for _ in 0..<2 {
      let keys = try Program.run(["keys", fleet.folder, "--plaintext-keys"])
      #expect(keys.status == 0, "\(keys.complaints)")
      for words in [
        "still to do for GitOps: '\(folder)/dev/sops-age' is missing: write it with `age-keygen",
        "'\(folder)/dev/ghcr-pull' is missing", "'\(folder)/dev/cloudflared-tunnel' is missing",
        "'\(folder)/known_hosts' is missing: write the lines of github.com",
        "deploy key of cluster dev, which may read its repository: ssh-ed25519 ",
      ] {
        #expect(keys.complaints.contains(words), "\(words) is not in:\n\(keys.complaints)")
      }
      #expect(!keys.complaints.contains("nothing was missing"))
    }
    try expectRefusal(fleet, ["\(folder)/dev/sops-age", "sugarimage keys"])
    try TrialSecrets.write(["dev"], to: fleet.folder + "/secrets")
    let open = "\(folder)/dev/ghcr-pull"
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: open)
    try expectRefusal(fleet, ["'\(open)' can be read by others: chmod 600"])
    let closed = try Program.run(["keys", fleet.folder, "--plaintext-keys"])
    #expect(closed.status == 0 && closed.complaints.contains("nothing was missing"))
    let json = try Program.succeed(["keys", fleet.folder, "--plaintext-keys", "--json"])
    #expect(json.contains("flux@dev") && !json.contains("PRIVATE"))
    let built = try fleet.build()
    #expect(built.status == 0, "\(built.complaints)")
    let verified = try Program.run(
      ["verify", fleet.output + "/one.delta"], environment: fleet.environment)
    #expect(verified.status == 0, "\(verified.output)")
  }

  @Test func oneNodeHasItAndNothingShowsIt() throws {
    let fleet = try fleet()
    let built = try fleet.build(["--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
    for node in ["one", "two", "three"] {
      let image = try ImageFile(path: "\(fleet.output)/\(node).img")
      #expect(try image.exists("/etc/sugaragent/staged/gitops") == (node == "one"))
    }
    var open = built.output + built.complaints
    for words in [
      ["plan", fleet.folder, "--contents"], ["plan", fleet.folder, "--json"],
      ["validate", fleet.folder], ["validate", fleet.folder, "--json"],
      ["inspect", fleet.output + "/one.delta"], ["inspect", fleet.output + "/one.delta", "--json"],
      ["keys", fleet.folder, "--plaintext-keys"],
    ] {
      let result = try Program.run(words, environment: fleet.environment)
      #expect(result.status == 0, "\(words): \(result.complaints)")
      #expect(
        (result.output + result.complaints).contains("STAND-IN") || words[0] == "keys"
          || words.contains("--json"))
      open += result.output + result.complaints
    }
    for name in fleet.results() where name.hasSuffix(".json") {
      open += try String(contentsOfFile: "\(fleet.output)/\(name)", encoding: .utf8)
    }
    #expect(open.contains("<hidden: SOPS age key of cluster dev>"))
    #expect(open.contains("<hidden: digest of tunnel credential of cluster dev>"))
    #expect(open.contains("ghcr.io/fluxcd/source-controller:v1.6.2"))
    let folder = fleet.folder + "/secrets/gitops/dev/"
    for file in ["sops-age", "ghcr-pull", "cloudflared-tunnel", "flux-git-deploy/identity"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + file))
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!open.contains(text.suffix(40)), "\(file) can be read")
      #expect(!open.contains(bytes.base64EncodedString().suffix(40)), "\(file) can be decoded")
    }
    let one = try Tool.sha256(of: folder + "sops-age")
    #expect(!open.contains(one), "a digest of a secret can be compared with guesses")
  }

  /// Another secret is another image of one node, and of no other.
  @Test func anotherKeyChangesOneNode() throws {
    let fleet = try fleet()
    #expect(try fleet.build().status == 0)
    let deltas = {
      try ["one", "two", "three"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(fleet.output)/\($0).delta"))
      }
    }
    let before = try deltas()
    try fleet.put(TrialSecrets.ageKey("other") + "\n", at: "secrets/gitops/dev/sops-age")
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    #expect(try zip(before, deltas()).map { $0 == $1 } == [false, true, true])
  }

  @Test func aPublicRepositoryNeedsNoSecret() throws {
    let fleet = try fleet("gitops:\n  repo: https://github.com/me/clusters")
    let built = try fleet.build(["--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
    let image = try ImageFile(path: "\(fleet.output)/one.img")
    let list = try image.root("/etc/sugaragent/staged/gitops/index.json")
    #expect(!list.contains("Secret") && list.contains("Kustomization"))
  }

  @Test func aLoginOverHTTPS() throws {
    let fleet = try fleet(
      "gitops:\n  repo: https://github.com/me/clusters\n  authRef: flux-git-deploy", secrets: false)
    try fleet.keys()
    try expectRefusal(
      fleet, ["gitops/dev/flux-git-deploy/username' is missing: write the username"])
    try fleet.put("me\n", at: "secrets/gitops/dev/flux-git-deploy/username")
    try fleet.put("hunter2hunter2\n", at: "secrets/gitops/dev/flux-git-deploy/password")
    try fleet.keys()
    let built = try fleet.build()
    #expect(built.status == 0, "\(built.complaints)")
  }

  private static let digest = String(repeating: "0", count: 64)

  @Test func manifestsThatCannotBeUsed() throws {
    try expectRefusal(
      fleet(manifest: "{ path: nowhere.yaml, sha256: \"\(Self.digest)\" }"),
      ["cannot find the manifest", "nowhere.yaml", "correct 'manifest'"])
    let other = try fleet()
    try other.put("changed\n", at: "flux/install.yaml")
    try expectRefusal(other, ["as a manifest: its sha256 is", "the fleet says"])
    try expectRefusal(
      fleet(
        manifest: "{ url: \"https://localhost:9/v2.6.4/install.yaml\", sha256: \"\(Self.digest)\" }"
      ),
      ["cannot find the manifest 'install.yaml': it was not fetched yet", "run `sugarimage fetch"])
  }

  /// The complaint stands at the line of the manifest, in `validate` and in `build`.
  @Test func aBrokenManifestIsShownAtItsLine() throws {
    let fleet = try fleet()
    let path = fleet.folder + "/flux/install.yaml"
    let text =
      try String(contentsOfFile: path, encoding: .utf8)
      + "---\napiVersion: example.net/v1\nkind: Wish\nmetadata:\n  name: a\n"
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).count - 3
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let sum = try Tool.sha256(of: path)
    let yaml = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    try fleet.put(
      yaml.replacing(/sha256: "[0-9a-f]*" \}/, with: "sha256: \"\(sum)\" }"), at: "fleet.yaml")
    let words = "install.yaml:\(line):1: error: nobody knows the kind 'Wish' of 'example.net/v1'"
    try expectRefusal(fleet, [words, "1 error"])
    let validated = try Program.run(["validate", fleet.folder], environment: fleet.environment)
    #expect(validated.status == 65 && validated.output.contains(words), "\(validated.output)")
  }

  @Test func validateListsWhatIsPulled() throws {
    let fleet = try fleet(secrets: false)
    let text = try Program.succeed(["validate", fleet.folder], environment: fleet.environment)
    for words in [
      "Flux v2.6.4 for dev: 31 objects", "STAND-IN: scripts/flux-stand-in",
      "\n  ghcr.io/fluxcd/kustomize-controller:v1.6.1\n", "nothing is wrong",
    ] {
      #expect(text.contains(words), "\(words) is not in:\n\(text)")
    }
    let json = try Program.succeed(
      ["validate", fleet.folder, "--json"], environment: fleet.environment)
    let value = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let gitops = try #require((value?["gitops"] as? [[String: Any]])?.first)
    #expect((gitops["images"] as? [String])?.count == 4)
    #expect(gitops["clusters"] as? [String] == ["dev"])
  }

  /// The manifest by its address: asked for by `fetch` alone, taken up where it broke off.
  @Test func theManifestIsFetched() throws {
    let folder = try TemporaryDirectory()
    let path = try StandInFlux.path()
    let sum = try Tool.sha256(of: path)
    let server = try FileServer(path, behaviour: "cut", in: folder)
    let fleet = try fleet(manifest: "{ url: \"\(server.url)\", sha256: \"\(sum)\" }")
    let environment = fleet.environment.merging(["SSL_CERT_FILE": server.certificate]) { $1 }
    let before = try Program.run(["validate", fleet.folder], environment: environment)
    #expect(before.status == 0)
    #expect(before.output.contains("the manifest was not fetched yet"), "\(before.output)")
    try expectRefusal(fleet, ["it was not fetched yet"])
    #expect(server.requests == [], "somebody else than fetch asked the network")
    let fetched = try Program.run(["fetch", fleet.folder], environment: environment)
    #expect(fetched.status == 0, "\(fetched.complaints)")
    #expect(server.requests.count > 1)
    #expect(server.requests.dropFirst().allSatisfy { $0.hasPrefix("bytes=") && $0 != "bytes=0-" })
    let count = server.requests.count
    #expect(
      try Program.succeed(["fetch", fleet.folder], environment: environment).contains("already"))
    let built = try fleet.build()
    #expect(built.status == 0, "\(built.complaints)")
    #expect(server.requests.count == count)
    let other = try self.fleet(
      manifest: "{ url: \"\(server.url)\", sha256: \"\(Self.digest)\" }", secrets: false)
    let wrong = try Program.run(
      ["fetch", other.folder],
      environment: other.environment.merging(["SSL_CERT_FILE": server.certificate]) { $1 })
    #expect(wrong.status == 65 && wrong.complaints.contains("the fleet says 0000"))
  }

  /// As the profile ships, it says that something is to do, and builds without it.
  @Test func theShippedProfileWaits() throws {
    let folder = try TemporaryDirectory()
    try Program.succeed(["init", folder.path("fleet"), "--from", "sugarkube-3x3"])
    let text = try Program.run(["validate", folder.path("fleet")])
    #expect(text.status == 0)
    #expect(
      text.output.contains(
        "GitOps has no repository yet, so nothing is handed over: 'prod', 'int', 'dev'"))
  }
}
