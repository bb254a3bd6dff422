import Foundation
import SugarKeys
import SugarModel
import SugarTestSupport
import Testing

/// What a cluster needs before GitOps takes it over: a deploy key is minted, the rest is brought.
struct GitOpsTests {
  private static let all: [GitOpsSecret] = [.sopsAge, .deployKey, .pullSecret, .tunnel]

  private static func request(_ secrets: [GitOpsSecret] = all) -> KeyRequest {
    var request = TestStore.request
    request.gitops = [
      .init(cluster: "prod", host: "github.com", secrets: secrets),
      .init(cluster: "dev", host: "github.com", secrets: secrets),
    ]
    return request
  }

  /// A minted store with everything in it.
  private func store(_ secrets: [GitOpsSecret] = all) throws -> TestStore {
    let test = try TestStore()
    try TrialSecrets.write(["prod", "dev"], to: test.store.folder)
    try test.mint(Self.request(secrets))
    return test
  }

  private func put(_ text: String, at name: String, _ test: TestStore, mode: Int = 0o600) throws {
    let path = test.path("gitops/\(name)")
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test func allOfItCanBeUsed() throws {
    let test = try store()
    #expect(try test.store.gitopsComplaints(for: Self.request()) == [])
    _ = try test.store.credentials(for: Self.request())
    let keys = try test.store.deployKeys(for: Self.request())
    #expect(keys.keys.sorted() == ["dev", "prod"] && Set(keys.values).count == 2)
    #expect(keys["prod"]?.hasSuffix(" flux@prod") == true)
    // Not even a folder is made where nothing is handed over.
    let without = try TestStore()
    #expect(try !without.files().keys.contains { $0.hasPrefix("gitops") })
  }

  @Test func theDeployKeyIsMintedOnceAndSSHTakesIt() throws {
    let test = try TestStore()
    let made = try test.mint(Self.request())
    #expect(made == ["deploy key of cluster prod", "deploy key of cluster dev"])
    let before = try test.files()
    #expect(try test.mint(Self.request()) == [])
    #expect(try test.files() == before)
    let key = test.path("gitops/prod/flux-git-deploy/identity")
    let fingerprint = try Tool("ssh-keygen").check(["-l", "-f", key + ".pub"]).text
    try FileManager.default.moveItem(atPath: key + ".pub", toPath: key + ".other")
    #expect(try Tool("ssh-keygen").check(["-l", "-f", key]).text == fingerprint)
    #expect(fingerprint.contains("(ED25519)"))
  }

  /// Nothing stands in for what only the operator has.
  @Test func whatIsMissingIsNamedWithTheWayOn() throws {
    let test = try TestStore()
    try test.mint(Self.request())
    let complaints = try test.store.gitopsComplaints(for: Self.request())
    #expect(complaints.count == 7)
    for words in [
      "gitops/prod/sops-age' is missing: write it with `age-keygen -o FILE`",
      "gitops/prod/ghcr-pull' is missing", "gitops/dev/cloudflared-tunnel' is missing",
      "gitops/known_hosts' is missing: write the lines of github.com into it",
    ] {
      #expect(complaints.contains { $0.contains(words) }, "\(words) is not in \(complaints)")
    }
    let error = #expect(throws: KeyError.self) {
      try test.store.credentials(for: Self.request())
    }
    #expect(error?.code == nil)
    #expect(error?.description.contains("gitops/prod/sops-age") == true)
    #expect(error?.description.contains("sugarimage keys") == true)
  }

  @Test func aDeployKeyThatWasNotMinted() throws {
    let test = try TestStore()
    let complaints = try test.store.gitopsComplaints(for: Self.request([.deployKey]))
    #expect(complaints.count == 5)
    #expect(complaints[0].hasSuffix("identity' is missing: run `sugarimage keys`, which mints it"))
  }

  struct Bad: Sendable {
    var file: String
    var text: String
    var words: String
    init(_ file: String, _ text: String, _ words: String) {
      (self.file, self.text, self.words) = (file, text, words)
    }
  }

  static let bad: [Bad] = [
    Bad("sops-age", "", "holds no age key"),
    Bad("sops-age", "# only a comment\n", "holds no age key"),
    Bad("sops-age", "AGE-SECRET-KEY-PLACEHOLDER\n", "holds a placeholder and no age key"),
    Bad("sops-age", "age1qqqq\n", "holds a line that is no age key"),
    Bad("sops-age", String(TrialSecrets.ageKey("prod").dropLast()), "its checksum is wrong"),
    Bad(
      "sops-age", TrialSecrets.ageKey("prod").replacingOccurrences(of: "-1", with: "-1Q"),
      "its checksum is wrong"),
    Bad("sops-age", TrialSecrets.ageKey("prod").lowercased(), "holds a line that is no age key"),
    Bad("ghcr-pull", "not json", "is no config.json of docker"),
    Bad("ghcr-pull", "[]", "is no config.json of docker"),
    Bad("ghcr-pull", #"{"auths":{}}"#, "names no registry in 'auths'"),
    Bad("ghcr-pull", #"{"auths":{"ghcr.io":{}},"credsStore":"x"}"#, "without 'auth'"),
    Bad("cloudflared-tunnel", "{}", "is no credentials file of cloudflared"),
    Bad("cloudflared-tunnel", "hello\n", "is neither a credentials file nor a token"),
    Bad("flux-git-deploy/identity", "hello\n", "is no private key in OpenSSH's format"),
    Bad("flux-git-deploy/identity.pub", "hello\n", "is no public key"),
  ]

  @Test(arguments: bad) func aBadFileIsRefusedAndNotRepeated(_ row: Bad) throws {
    let test = try store()
    try put(row.text, at: "prod/\(row.file)", test)
    let complaints = try test.store.gitopsComplaints(for: Self.request())
    #expect(complaints.count == 1)
    #expect(complaints.first?.contains("gitops/prod/\(row.file)' ") == true, "\(complaints)")
    #expect(complaints.first?.contains(row.words) == true, "\(complaints)")
    if row.text.count > 5, row.text != "hello\n" {
      #expect(complaints.first?.contains(row.text.prefix(30)) == false)
    }
  }

  @Test func theKeyOfAnotherPair() throws {
    let test = try store()
    try put(
      test.text("gitops/dev/flux-git-deploy/identity.pub"),
      at: "prod/flux-git-deploy/identity.pub", test)
    #expect(
      try test.store.gitopsComplaints(for: Self.request()).first?.hasSuffix(
        "is the public half of another key") == true)
  }

  /// ssh-keygen makes a key that asks for a passphrase.
  @Test func aLockedKey() throws {
    let test = try store()
    let key = test.path("gitops/prod/flux-git-deploy/identity")
    for name in [key, key + ".pub"] { try FileManager.default.removeItem(atPath: name) }
    try Tool("ssh-keygen").check(["-q", "-t", "ed25519", "-N", "pass phrase", "-f", key])
    for name in [key, key + ".pub"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: name)
    }
    let complaints = try test.store.gitopsComplaints(for: Self.request())
    #expect(complaints.count == 1 && complaints[0].contains("is locked with a passphrase"))
  }

  @Test func aKeyOfTheOperatorsIsTaken() throws {
    let test = try store()
    let key = test.path("gitops/prod/flux-git-deploy/identity")
    for name in [key, key + ".pub"] { try FileManager.default.removeItem(atPath: name) }
    try Tool("ssh-keygen").check(["-q", "-t", "ecdsa", "-N", "", "-f", key])
    #expect(try test.mint(Self.request()) == [])
    #expect(try test.store.gitopsComplaints(for: Self.request()) == [])
  }

  @Test func whatOthersCanReadIsClosed() throws {
    let test = try store()
    for (name, text) in TrialSecrets.files("prod") { try put(text, at: name, test, mode: 0o640) }
    let complaints = try test.store.gitopsComplaints(for: Self.request())
    #expect(complaints.count == 3)
    #expect(complaints.allSatisfy { $0.hasSuffix("can be read by others: chmod 600") })
    try test.mint(Self.request())
    #expect(try test.store.gitopsComplaints(for: Self.request()) == [])
    let modes = try Tool("find").check([test.path("gitops"), "-printf", "%m %y\n"]).text
    #expect(Set(modes.split(separator: "\n")) == ["700 d", "600 f"])
  }

  @Test(arguments: [
    ("github.com", "github.com ssh-ed25519 AAAA\n", true),
    ("github.com", "example.net,github.com ssh-ed25519 AAAA\n", true),
    ("github.com", "|1|abc=|def= ssh-ed25519 AAAA\n", true),
    ("[git.lan]:2222", "[git.lan]:2222 ssh-ed25519 AAAA\n", true),
    ("github.com", "# github.com ssh-ed25519 AAAA\n", false),
    ("github.com", "gitlab.com ssh-ed25519 AAAA\n", false), ("github.com", "", false),
    ("[git.lan]:2222", "git.lan ssh-ed25519 AAAA\n", false),
  ]) func theHostMustBeKnown(_ host: String, _ text: String, _ isKnown: Bool) throws {
    let test = try store([.deployKey])
    try put(text, at: "known_hosts", test)
    var request = TestStore.request
    request.gitops = [.init(cluster: "prod", host: host, secrets: [.deployKey])]
    let complaints = try test.store.gitopsComplaints(for: request)
    #expect(complaints.isEmpty == isKnown, "\(complaints)")
  }

  private struct Object: Decodable {
    struct Metadata: Decodable {
      var name: String
      var namespace: String
    }
    var kind: String
    var type: String
    var metadata: Metadata
    var data: [String: String]
  }

  private func object(_ test: TestStore, _ secret: GitOpsSecret) throws -> Object {
    let bytes = try test.store.value(of: .gitops(cluster: "prod", secret: secret)).reveal()
    return try JSONDecoder().decode(Object.self, from: Data(bytes))
  }

  @Test func secretsStandAsTheirReadersWantThem() throws {
    let test = try store()
    let expected: [(GitOpsSecret, String, String, [String: String])] = [
      (.sopsAge, "flux-system/sops-age", "Opaque", ["age.agekey": "prod/sops-age"]),
      (
        .deployKey, "flux-system/flux-system", "Opaque",
        [
          "identity": "prod/flux-git-deploy/identity",
          "identity.pub": "prod/flux-git-deploy/identity.pub", "known_hosts": "known_hosts",
        ]
      ),
      (
        .pullSecret, "flux-system/ghcr-pull", "kubernetes.io/dockerconfigjson",
        [".dockerconfigjson": "prod/ghcr-pull"]
      ),
      (
        .tunnel, "cloudflared/cloudflared-tunnel", "Opaque",
        ["credentials.json": "prod/cloudflared-tunnel"]
      ),
    ]
    for (secret, place, type, files) in expected {
      let object = try object(test, secret)
      #expect("\(object.metadata.namespace)/\(object.metadata.name)" == place)
      #expect(object.kind == "Secret" && object.type == type)
      #expect(object.data.keys.sorted() == files.keys.sorted())
      for (key, file) in files {
        #expect(Data(base64Encoded: object.data[key] ?? "") == (try test.files())["gitops/\(file)"])
      }
    }
  }

  @Test func aLoginAndATokenEndBeforeTheirLineEnds() throws {
    let test = try TestStore()
    try put("me\n", at: "prod/flux-git-deploy/username", test)
    try put(" p ä ss \r\n", at: "prod/flux-git-deploy/password", test)
    let token = Data(repeating: 7, count: 60).base64EncodedString()
    try put(token + "\n", at: "prod/cloudflared-tunnel", test)
    let login = try object(test, .login)
    #expect(login.metadata.name == "flux-system")
    #expect(login.data["username"] == Data("me".utf8).base64EncodedString())
    #expect(login.data["password"] == Data(" p ä ss ".utf8).base64EncodedString())
    #expect(try object(test, .tunnel).data == ["token": Data(token.utf8).base64EncodedString()])
  }

  /// Keys that others published as examples.
  @Test func aKeyOfAgesOwnIsTaken() throws {
    let test = try store()
    try put(
      "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n",
      at: "prod/sops-age", test)
    #expect(try test.store.gitopsComplaints(for: Self.request()) == [])
  }
}
