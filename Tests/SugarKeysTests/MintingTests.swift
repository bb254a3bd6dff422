import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarKeys

/// What is minted, who may read it, and that nothing is ever replaced.
@Suite struct MintingTests {
  @Test func everythingIsThereOnce() throws {
    let test = try TestStore(minted: false)
    #expect(
      try test.mint() == [
        "certificate authorities and server token of cluster prod",
        "certificate authorities and server token of cluster dev",
        "machine id, node password and host keys of a0",
        "machine id, node password and host keys of a1", "join token of a1, good for 90 days",
        "machine id, node password and host keys of b0",
        "machine id, node password and host keys of b1", "join token of b1, good for 90 days",
      ])
    var expected = [".gitignore", ".lock"]
    for cluster in ["prod", "dev"] {
      expected.append("clusters/\(cluster)/server-token")
      expected += AuthorityFile.allCases.map { "clusters/\(cluster)/tls/\($0.path)" }
    }
    for node in TestStore.request.nodes {
      let keys = ["ssh_host_ed25519_key", "ssh_host_ecdsa_key"]
      let names = ["machine-id", "node-password", "cluster"] + keys + keys.map { $0 + ".pub" }
      expected += (names + (node.isAgent ? ["join-token.json"] : [])).map {
        "nodes/\(node.name)/\($0)"
      }
    }
    #expect(try test.files().keys.sorted() == expected.sorted())
    #expect(try test.text(".gitignore").hasSuffix("\n*\n"))
  }

  @Test func onlyTheOwnerMayLook() throws {
    let test = try TestStore(minted: false)
    try test.mint()
    let lines = try Tool("find").check([test.store.folder, "-printf", "%y %m %P\n"]).text
    for line in lines.split(separator: "\n") {
      #expect(line.hasPrefix("d 700 ") || line.hasPrefix("f 600 "), "\(line)")
    }
    #expect(lines.split(separator: "\n").count > 50)
  }

  /// A folder that somebody made for others to read is closed.
  @Test func openFolderIsClosed() throws {
    let test = try TestStore(minted: false)
    try FileManager.default.createDirectory(
      atPath: test.store.folder, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755])
    try test.mint()
    #expect(try Tool("stat").check(["-c", "%a", test.store.folder]).text == "700\n")
  }

  @Test func secondRunReplacesNothing() throws {
    let test = try TestStore()
    let before = try test.files()
    #expect(try test.mint(at: mintTime + 1_000_000) == [])
    #expect(try test.files() == before)
  }

  @Test func newNodesAreAdded() throws {
    let test = try TestStore()
    let before = try test.files()
    var request = TestStore.request
    request.nodes.append(.init(name: "a2", cluster: "prod", isAgent: true, sshNames: ["a2"]))
    // A server that became an agent gets a token, and keeps the rest.
    request.nodes[0].isAgent = true
    #expect(
      try test.mint(request) == [
        "join token of a0, good for 90 days", "machine id, node password and host keys of a2",
        "join token of a2, good for 90 days",
      ])
    let after = try test.files()
    for (name, bytes) in before { #expect(after[name] == bytes, "\(name)") }
  }

  /// Wherever a run was killed: the next one completes the set, and never uses half of one.
  @Test(arguments: ["clusters/prod", "nodes/a1"]) func killedRun(_ set: String) throws {
    let test = try TestStore()
    let name = set.split(separator: "/").last ?? ""
    let partial = test.path(set.replacingOccurrences(of: "/\(name)", with: "/.\(name).partial"))
    // Clusters come first, so a run that was killed in one has keyed no node yet.
    if set.hasPrefix("clusters") { try FileManager.default.removeItem(atPath: test.path("nodes")) }
    let whole = try test.files()
    try FileManager.default.moveItem(atPath: test.path(set), toPath: partial)
    try FileManager.default.removeItem(
      atPath: partial + (set.hasPrefix("nodes") ? "/machine-id" : "/server-token"))
    #expect(throws: KeyError.self) { _ = try test.store.credentials(for: TestStore.request) }

    try test.mint()
    #expect(!FileManager.default.fileExists(atPath: partial))
    let healed = try test.files()
    #expect(Set(healed.keys).isSuperset(of: whole.keys))
    for (name, bytes) in whole where !name.hasPrefix(set) { #expect(healed[name] == bytes) }
    _ = try test.store.credentials(for: TestStore.request)
  }

  /// Nodes trust the authorities that they were keyed for: lost ones are not made anew behind their back.
  @Test func lostAuthoritiesAreNotReplaced() throws {
    let test = try TestStore()
    try FileManager.default.removeItem(atPath: test.path("clusters/prod"))
    let before = try test.files()
    let error = #expect(throws: KeyError.self) { try test.mint() }
    #expect(error?.description.contains("from your backup") == true)
    #expect(try test.files() == before)
  }

  @Test func tokenOfAKilledRun() throws {
    let test = try TestStore()
    try FileManager.default.removeItem(atPath: test.path("nodes/a1/join-token.json"))
    let error = #expect(throws: KeyError.self) {
      _ = try test.store.credentials(for: TestStore.request)
    }
    #expect(error?.subject == "join token of a1")
    #expect(try test.mint() == ["join token of a1, good for 90 days"])
  }

  static let files =
    AuthorityFile.allCases.map { "clusters/prod/tls/\($0.path)" } + ["clusters/prod/server-token"]
    + ["machine-id", "node-password", "cluster", "ssh_host_ed25519_key", "ssh_host_ecdsa_key.pub"]
    .map { "nodes/a1/\($0)" }

  /// What was lost must come from a backup: a new authority would lock the whole cluster out.
  @Test(arguments: files) func lostFileIsNamedAndNotMadeAnew(_ name: String) throws {
    let test = try TestStore()
    try FileManager.default.removeItem(atPath: test.path(name))
    let before = try test.files()
    #expect(try test.mint() == [])
    let error = #expect(throws: KeyError.self) {
      _ = try test.store.credentials(for: TestStore.request)
    }
    let lost = URL(fileURLWithPath: name).lastPathComponent
    #expect(error?.description.contains(lost) == true, "\(String(describing: error))")
    #expect(try test.files() == before)
  }

  @Test func renewingChangesTheTokenAlone() throws {
    let test = try TestStore()
    let before = try test.files()
    try KeyMinter(test.store, now: mintTime + 86400).rotate(
      RotationTarget(.joinToken, "a1"), TestStore.request)
    let after = try test.files()
    #expect(
      before.keys.filter { before[$0] != after[$0] } == ["nodes/a1/join-token.json"])
    #expect(before.count == after.count)
    let credentials = try test.store.credentials(for: TestStore.request)
    #expect(credentials.nodes["a1"]?.agentToken?.expires == mintTime + 91 * 86400)
    #expect(credentials.nodes["b1"]?.agentToken?.expires == mintTime + 90 * 86400)
  }

  @Test func serversHaveNoTokenToRenew() throws {
    let test = try TestStore()
    let error = #expect(throws: KeyError.self) {
      try test.rotate(.joinToken, "a0")
    }
    #expect(error?.reason.hasPrefix("only agents have one") == true)
    #expect(throws: KeyError.self) { try test.rotate(.joinToken, "x") }
    #expect(throws: KeyError.self) { _ = try test.store.value(of: .agentToken(node: "a0")) }
    #expect(throws: KeyError.self) { _ = try test.store.value(of: .agentTokenManifest(node: "b0")) }
  }

  /// A token is of one cluster. An agent that was moved to another could never join with it.
  @Test func movedAgentNeedsAnotherToken() throws {
    let test = try TestStore()
    var request = TestStore.request
    request.nodes[1].cluster = "dev"
    #expect(try test.mint(request) == [])
    let error = #expect(throws: KeyError.self) { _ = try test.store.credentials(for: request) }
    #expect(
      error?.description
        == "cannot use 'join token of a1': it was minted for cluster prod, the fleet says dev; "
        + "run `\(try test.store.keysCommand) --renew a1`")
    #expect(try test.store.keysCommand.hasSuffix(" --plaintext-keys"))
    try test.rotate(.joinToken, "a1", request)
    let pin = try #require(try test.store.credentials(for: request).clusters["dev"]?.pin)
    let token = String(
      decoding: try test.store.value(of: .agentToken(node: "a1")).reveal(), as: UTF8.self)
    #expect(token.hasPrefix("K10\(pin)::"))
  }

  @Test(arguments: [
    ("nodes/a1/machine-id", "not an id\n"), ("nodes/a1/machine-id", "ABCDEF" + "0123456789abcdef"),
    ("nodes/a1/join-token.json", "{"),
    ("nodes/a1/join-token.json", #"{"expires":"2030-01-01T00:00:00Z","token":"secretsecret"}"#),
    ("nodes/a1/join-token.json", #"{"expires":"soon","token":"abcdef.0123456789abcdef"}"#),
    ("clusters/prod/tls/server-ca.crt", "secretsecret"),
  ])
  func damagedFiles(_ name: String, _ text: String) throws {
    let test = try TestStore()
    try text.write(toFile: test.path(name), atomically: true, encoding: .utf8)
    let error = #expect(throws: KeyError.self) {
      _ = try test.store.credentials(for: TestStore.request)
    }
    #expect(error?.description.contains(name) == true)
    #expect(error?.description.contains("secretsecret") == false)
    #expect(error?.description.contains("0123456789abcdef") == false)
  }

  /// The pin is of a file with exactly one certificate; k3s would take another digest of two.
  @Test func twoCertificatesAreRefused() throws {
    let test = try TestStore()
    let path = "clusters/prod/tls/server-ca.crt"
    let text = try test.text(path)
    try (text + text).write(toFile: test.path(path), atomically: true, encoding: .utf8)
    #expect(throws: KeyError.self) { _ = try test.store.credentials(for: TestStore.request) }
  }
}
