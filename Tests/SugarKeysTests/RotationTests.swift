import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarKeys

/// What a rotation replaces, what it leaves alone, and what a run leaves that was killed.
@Suite struct RotationTests {
  private static let tls = AuthorityFile.allCases.map { "clusters/prod/tls/\($0.path)" }
  private static let hostKeys = SSHKeyKind.allCases.flatMap { [$0.fileName, $0.fileName + ".pub"] }
  private static func node(_ name: String) -> [String] {
    ((["machine-id", "node-password"] + hostKeys) + (name == "a1" ? ["join-token.json"] : [])).map {
      "nodes/\(name)/\($0)"
    }
  }

  static let cases: [(RotationTarget.Kind, String, [String])] = [
    (.cluster, "prod", tls + ["clusters/prod/server-token"] + node("a0") + node("a1")),
    (.authorities, "prod", tls + ["clusters/prod/server-token"]),
    (.serverToken, "prod", ["clusters/prod/server-token"]),
    (.node, "a0", node("a0")), (.node, "a1", node("a1")),
    (.joinToken, "a1", ["nodes/a1/join-token.json"]),
    (.hostKeys, "a0", hostKeys.map { "nodes/a0/\($0)" }),
    (.nodePassword, "a0", ["nodes/a0/node-password"]),
  ]

  @Test(arguments: cases) func whatIsNamedIsReplacedAndNothingElse(
    _ kind: RotationTarget.Kind, _ name: String, _ files: [String]
  ) throws {
    let test = try TestStore()
    let before = try test.files()
    try test.rotate(kind, name)
    let after = try test.files()
    #expect(before.keys.filter { before[$0] != after[$0] }.sorted() == files.sorted())
    #expect(
      after.keys.sorted().filter { $0 != ".lock" } == before.keys.sorted().filter { $0 != ".lock" })
    // Tokens name the pin of the authorities that are there now.
    let pin = try #require(try test.store.credentials(for: TestStore.request).clusters["prod"]?.pin)
    for token in [SecretName.serverToken(cluster: "prod"), .agentToken(node: "a1")] {
      let value = String(decoding: try test.store.value(of: token).reveal(), as: UTF8.self)
      #expect(value.hasPrefix("K10\(pin)::"))
    }
  }

  /// In an encrypted folder no identity is needed, and what is new is encrypted.
  @Test(arguments: cases) func encryptedFolders(
    _ kind: RotationTarget.Kind, _ name: String, _ files: [String]
  ) throws {
    let folder = try TemporaryDirectory()
    let keys = try AgeKeys("key", in: folder)
    let test = try TestStore()
    let identities = IdentityFiles(named: [keys.identity], environment: [:], isWatched: false)
    _ = try FolderEncryption(test.store, to: [keys.recipient], identities: identities).apply()
    let before = try test.files()
    try test.rotate(kind, name)
    let after = try test.files()
    let expected = files.flatMap { file -> [String] in
      if FolderEncryption.isPublic(file) { return [file] }
      let half = file.replacing("join-token.json", with: "join-token.public.json")
      return [file + ".age"] + (half == file ? [] : [half])
    }
    // The token of the same day ends on the same day, and its public half has another id.
    #expect(before.keys.filter { before[$0] != after[$0] }.sorted() == expected.sorted())
    #expect(Set(after.keys) == Set(before.keys))
    let opened = try test.store.opened(by: identities)
    _ = try opened.credentials(for: TestStore.request)
    let token = try opened.joinToken("a1")
    #expect(try opened.publicToken("a1").id == token.id)
  }

  /// Nothing of the old one stays: its bytes are overwritten before its name goes.
  @Test func theOldOneIsOverwritten() throws {
    let test = try TestStore()
    let old = test.path("nodes/a0/node-password")
    let file = try #require(FileHandle(forReadingAtPath: old))
    let before = try #require(try file.readToEnd())
    #expect(before.count == 33)
    try test.rotate(.nodePassword, "a0")
    try file.seek(toOffset: 0)
    #expect(try file.readToEnd() == Data(count: 33))
  }

  @Test func whatCannotBeRotated() throws {
    let test = try TestStore()
    let before = try test.files()
    for (kind, name, words) in [
      (RotationTarget.Kind.joinToken, "a0", "only agents have one"),
      (.node, "x", "the fleet's nodes are a0, a1, b0, b1"),
      (.authorities, "a0", "the fleet's clusters are prod, dev"),
      (.deployKey, "prod", "without one"),
    ] {
      let error = #expect(throws: KeyError.self) { try test.rotate(kind, name) }
      #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
    }
    #expect(try test.files() == before)
    let empty = try TestStore(minted: false)
    let error = #expect(throws: KeyError.self) { try empty.rotate(.serverToken, "prod") }
    #expect(error?.reason.hasPrefix("it was not minted") == true)
  }

  /// Each moment at which a run can be killed: the old set is there, or the new one.
  @Test func killedRuns() throws {
    let test = try TestStore()
    let old = try test.files()
    let (set, new) = (test.path("nodes/a1"), test.path("nodes/.a1.new"))
    func copy(_ target: String) throws {
      try FileManager.default.copyItem(atPath: set, toPath: target)
    }
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: test.path("nodes")).sorted()
    }
    let all = ["a0", "a1", "b0", "b1"]
    for place in ["nodes/.a1.partial", "nodes/.a1.new", "nodes/.a1.gone"] {
      try copy(test.path(place))
      #expect(try test.mint() == [])
      #expect(try names() == all)
      #expect(try test.files().filter { $0.key != ".lock" } == old.filter { $0.key != ".lock" })
    }
    // The old one went, and the new one was not in its place yet.
    try copy(new)
    try "new\n".write(toFile: new + "/node-password", atomically: true, encoding: .utf8)
    try FileManager.default.moveItem(atPath: set, toPath: test.path("nodes/.a1.gone"))
    #expect(try test.mint() == [])
    #expect(try names() == all)
    #expect(try test.text("nodes/a1/node-password") == "new\n")
  }

  @Test(arguments: [
    ("join-token:a1", RotationTarget(.joinToken, "a1")), ("cluster:prod", .init(.cluster, "prod")),
    ("token:prod", nil), ("cluster", nil), ("cluster:", nil), (":prod", nil),
  ]) func words(_ text: String, _ expected: RotationTarget?) {
    #expect(RotationTarget(text) == expected)
  }
}
