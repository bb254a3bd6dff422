import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarKeys

/// A folder of secrets that is encrypted: what is minted into it, what was plain before, who opens it,
/// and what a run leaves that was killed.
@Suite struct EncryptionTests {
  private let folder: TemporaryDirectory
  private let keys: AgeKeys

  init() throws {
    folder = try TemporaryDirectory()
    keys = try AgeKeys("key", in: folder)
  }

  private func files(_ named: [String]? = nil, isWatched: Bool = false) -> IdentityFiles {
    IdentityFiles(named: named ?? [keys.identity], environment: [:], isWatched: isWatched)
  }

  @discardableResult
  private func encrypt(
    _ test: TestStore, to recipients: [String]? = nil, with identities: IdentityFiles? = nil
  ) throws -> FolderEncryption.Outcome {
    try FolderEncryption(
      test.store, to: recipients ?? [keys.recipient], identities: identities ?? files()
    ).apply()
  }

  /// The secrets among the files, by name.
  private static func secrets(_ files: [String: Data]) -> [String: Data] {
    files.filter {
      !FolderEncryption.isPublic($0.key) && !$0.key.hasPrefix(".") && !$0.key.hasPrefix("age/")
    }
  }

  /// No line of a secret stands open anywhere below the folder. A private key has the public one in
  /// it, and the day on which a token ends is public.
  private func expectNothingOpen(_ test: TestStore, _ secrets: [String: Data]) throws {
    let files = try test.files()
    var count = 0
    for (secret, value) in secrets {
      let lines = value.split(separator: 0x0a).filter { line in
        line.count >= 16 && line.first != 0x2d && line.range(of: Data("expires".utf8)) == nil
          && files[secret + ".pub"]?.range(of: line) == nil
      }
      #expect(!lines.isEmpty, "\(secret)")
      for (name, bytes) in files {
        for line in lines {
          #expect(bytes.range(of: line) == nil, "\(secret) stands open in \(name)")
          count += 1
        }
      }
    }
    #expect(count > 1000)
  }

  @Test func whatWasPlainIsEncryptedInPlace() throws {
    let test = try TestStore()
    let before = try test.files()
    let secrets = Self.secrets(before)
    #expect(secrets.count > 25)
    let outcome = try encrypt(test)
    #expect(outcome.encrypted.sorted() == secrets.keys.sorted())
    #expect(outcome.recipients == [keys.recipient])
    let after = try test.files()
    #expect(try keys.open(Array(secrets.keys), of: test.store.folder) == secrets)
    for (name, bytes) in before where !name.hasPrefix(".") {
      if secrets[name] == nil {
        #expect(after[name] == bytes, "\(name)")
      } else {
        #expect(after[name] == nil)
      }
    }
    try expectNothingOpen(test, secrets)
    // Nothing is left to do, so nobody is asked.
    let again = try encrypt(test, with: files(["/nowhere"]))
    #expect(again.encrypted.isEmpty && again.recipients == nil)
    #expect(try test.files() == after)
  }

  /// Values and what is public of them are those of before.
  @Test func theStoreReadsTheSame() throws {
    let test = try TestStore()
    let public1 = try test.store.credentials(for: TestStore.request)
    let names: [SecretName] = [
      .authority(cluster: "prod", file: .clientKey), .serverToken(cluster: "dev"),
      .agentToken(node: "a1"), .agentTokenManifest(node: "a1"), .nodePassword(node: "a0"),
      .sshHostKey(node: "b1", kind: .ecdsa),
    ]
    let values = try names.map { try test.store.value(of: $0).reveal() }
    try encrypt(test)
    // What is public needs no identity; values do.
    #expect(try test.store.credentials(for: TestStore.request) == public1)
    let closed = #expect(throws: KeyError.self) { _ = try test.store.value(of: names[1]) }
    #expect(closed?.reason == "it is encrypted, and not opened")
    let opened = try test.store.opened(by: files())
    #expect(try names.map { try opened.value(of: $0).reveal() } == values)
    #expect(try opened.credentials(for: TestStore.request) == public1)
  }

  @Test func whatIsMintedIsNeverOpen() throws {
    let test = try TestStore(minted: false)
    try encrypt(test, with: files(["/nowhere"]))
    #expect(try test.mint().count == 8)
    let names = try test.files().keys.filter { $0.hasSuffix(".age") && !$0.hasPrefix("age/") }
      .map { String($0.dropLast(".age".count)) }
    let secrets = try keys.open(names, of: test.store.folder)
    #expect(secrets.keys.sorted() == Self.secrets(try TestStore().files()).keys.sorted())
    try expectNothingOpen(test, secrets)
    let modes = try Tool("find").check([test.store.folder, "-printf", "%y %m %P\n"]).text
    for line in modes.split(separator: "\n") {
      #expect(line.hasPrefix("d 700 ") || line.hasPrefix("f 600 "), "\(line)")
    }
    let opened = try test.store.opened(by: files())
    #expect(
      try opened.value(of: .serverToken(cluster: "prod")).reveal()
        == Array(#require(secrets["clusters/prod/server-token"])))
    let before = try test.files()
    #expect(try test.mint() == [])
    #expect(try test.files() == before)
  }

  /// What the operator encrypted by hand, to the own key or to the folder's, is read, too.
  @Test(arguments: [true, false]) func filesThatAgeEncrypted(_ toTheFolder: Bool) throws {
    let test = try TestStore()
    try encrypt(test)
    let recipient =
      toTheFolder
      ? try test.text("age/recipient.txt").trimmingCharacters(in: .newlines) : keys.recipient
    try FileManager.default.createDirectory(
      atPath: test.path("wifi"), withIntermediateDirectories: true)
    let plain = folder.path("plain")
    try "open sesame\n".write(toFile: plain, atomically: true, encoding: .utf8)
    try Tool("age").check(["-r", recipient, "-o", test.path("wifi/psk.age"), plain])
    let opened = try test.store.opened(by: files())
    #expect(
      try opened.value(of: .wifiKey(file: "psk")).reveal() == Array("open sesame".utf8))
  }

  /// Nothing plain goes before an identity of the operator has opened what takes its place.
  @Test func withoutAnIdentityNothingGoes() throws {
    let other = try AgeKeys("other", in: folder)
    for (identities, words) in [
      (files([]), ["no identity is there"]),
      (files([other.identity]), ["none of the identities opens it", "'\(other.identity)'"]),
      (files(["/nowhere/key"]), ["there is no such file"]),
    ] {
      let test = try TestStore()
      let before = try test.files()
      let error = #expect(throws: KeyError.self) { try encrypt(test, with: identities) }
      for word in words {
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
      }
      let after = try test.files()
      for (name, bytes) in before where !name.hasPrefix(".") { #expect(after[name] == bytes) }
      // The same command goes on once there is one.
      try encrypt(test)
      try expectNothingOpen(test, Self.secrets(before))
    }
  }

  @Test func whoIsWantedIsSaid() throws {
    let test = try TestStore(minted: false)
    let other = try AgeKeys("other", in: folder)
    try encrypt(test, to: [keys.recipient, other.recipient])
    let third = try AgeKeys("third", in: folder)
    let error = #expect(throws: KeyError.self) {
      _ = try test.store.opened(by: files([third.identity]))
    }
    #expect(
      error?.description
        == "cannot open '\(test.store.folder)/age/identity.age': none of the identities opens it. "
        + "It is encrypted to \(keys.recipient), \(other.recipient); looked at: "
        + "'\(third.identity)'; name another file with --identity")
    for one in [keys, other] { _ = try test.store.opened(by: files([one.identity])) }
    // Several are tried.
    _ = try test.store.opened(by: files([third.identity, other.identity]))
  }

  @Test func identitiesAreLookedForInOrder() throws {
    let home = folder.path("home")
    let usual = home + "/.config/sops/age"
    try FileManager.default.createDirectory(atPath: usual, withIntermediateDirectories: true)
    func paths(_ named: [String], _ environment: [String: String]) -> [String] {
      IdentityFiles(named: named, environment: environment, isWatched: false).paths
    }
    let all = ["HOME": home, "XDG_CONFIG_HOME": "/x", "SOPS_AGE_KEY_FILE": "/s"]
    #expect(paths(["a", "b"], all) == ["a", "b"])
    #expect(paths([], all) == ["/s"])
    #expect(paths([], ["HOME": home, "XDG_CONFIG_HOME": "/x"]) == ["/x/sops/age/keys.txt"])
    #expect(paths([], ["HOME": home]) == [usual + "/keys.txt"])
    #expect(paths([], [:]) == [])
  }

  @Test func identitiesThatAreRefused() throws {
    let test = try TestStore(minted: false)
    try encrypt(test)
    func refusal(_ path: String) -> String {
      let error = #expect(throws: KeyError.self) { _ = try test.store.opened(by: files([path])) }
      #expect(error?.subject == path)
      return error?.reason ?? ""
    }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: keys.identity)
    #expect(refusal(keys.identity) == "it can be read by others: chmod 600")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: keys.identity)
    #expect(refusal(folder.url.path) == "it is no file")
    // Locked with a passphrase, as `age -p` would; a key for somebody else looks the same.
    for more in [[], ["-a"]] {
      let locked = folder.path("locked")
      try Tool("age").check(["-r", keys.recipient] + more + ["-o", locked, keys.identity])
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: locked)
      #expect(refusal(locked).hasPrefix("it is locked with a passphrase, and nobody is there"))
      try FileManager.default.removeItem(atPath: locked)
    }
    try Tool("ssh-keygen").check(["-q", "-t", "ed25519", "-N", "", "-f", folder.path("ssh")])
    #expect(refusal(folder.path("ssh")).hasPrefix("it holds no identity of age"))
  }

  /// Who comes or goes changes the folder's key and no secret.
  @Test func recipientsComeAndGo() throws {
    let test = try TestStore()
    let other = try AgeKeys("other", in: folder)
    try encrypt(test)
    let before = try test.files()
    #expect(
      try encrypt(test, to: [keys.recipient, other.recipient]).recipients
        == [keys.recipient, other.recipient])
    _ = try test.store.opened(by: files([other.identity]))
    try encrypt(test, to: [other.recipient], with: files([other.identity]))
    #expect(throws: KeyError.self) { _ = try test.store.opened(by: files()) }
    let after = try test.files()
    #expect(
      before.keys.filter { before[$0] != after[$0] }.sorted()
        == ["age/identity.age", "age/recipients.txt"])
  }

  @Test func damagedFilesAreSaid() throws {
    let test = try TestStore()
    try encrypt(test)
    let path = test.path("clusters/prod/server-token.age")
    let whole = try String(contentsOfFile: path, encoding: .utf8)
    let opened = try test.store.opened(by: files())
    for broken in [
      String(whole.prefix(200)), whole.replacing("\n-----END", with: "AA\n-----END"), "",
    ] {
      try broken.write(toFile: path, atomically: true, encoding: .utf8)
      let error = #expect(throws: KeyError.self) {
        _ = try opened.value(of: .serverToken(cluster: "prod"))
      }
      #expect(error?.subject == path)
      #expect(error?.reason.hasSuffix("bring it back from your backup") == true)
    }
    // A recipient of another key would have secrets encrypted that nobody can read.
    try (AgeIdentity().recipient.text + "\n").write(
      toFile: test.path("age/recipient.txt"), atomically: true, encoding: .utf8)
    let error = #expect(throws: KeyError.self) { _ = try test.store.opened(by: files()) }
    #expect(error?.reason.hasPrefix("it is of another key") == true)
  }

  /// Wherever a run was killed: both copies, a plain one that lost its name, or a key without users.
  @Test func killedRuns() throws {
    let test = try TestStore()
    let before = try test.files()
    let token = test.path("clusters/prod/server-token")
    // The copy is there, and the plain one still is.
    try encrypt(test)
    try FileManager.default.createDirectory(
      atPath: test.path("nodes/.a9.partial"), withIntermediateDirectories: true)
    for leftover in [
      token, test.path("clusters/prod/.server-token.gone"),
      test.path("nodes/.a9.partial/node-password"),
    ] {
      try #require(before["clusters/prod/server-token"]).write(to: URL(fileURLWithPath: leftover))
    }
    #expect(try encrypt(test).encrypted == ["clusters/prod/server-token"])
    try expectNothingOpen(test, Self.secrets(before))
    #expect(
      try keys.open(["clusters/prod/server-token"], of: test.store.folder).values.first
        == before["clusters/prod/server-token"])
    #expect(!FileManager.default.fileExists(atPath: test.path("nodes/.a9.partial")))
  }
}
