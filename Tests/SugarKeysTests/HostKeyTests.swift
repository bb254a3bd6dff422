import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarKeys

/// Host keys as OpenSSH reads them, and the ids of nodes.
@Suite struct HostKeyTests {
  /// Of 64 scalars about half begin with a high bit, which an SSH number must not; the ones with
  /// leading zeros are rarer.
  @Test(arguments: SSHKeyKind.allCases) func opensshAgrees(_ kind: SSHKeyKind) throws {
    let folder = try TemporaryDirectory()
    for number in 0..<(kind == .ecdsa ? 64 : 8) {
      let key = SSHHostKey(kind, comment: "root@node")
      let path = folder.path("key\(number)")
      try key.privateFile.write(toFile: path, atomically: true, encoding: .utf8)
      try (key.publicLine + "\n").write(toFile: path + ".pub", atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      // `-y` reads the private half, and says the public one with its comment.
      #expect(try Tool("ssh-keygen").check(["-y", "-f", path]).text == key.publicLine + "\n")
    }
    let path = folder.path("key0")
    let fingerprint = try Tool("ssh-keygen").check(["-l", "-f", path]).text
    #expect(try Tool("ssh-keygen").check(["-l", "-f", path + ".pub"]).text == fingerprint)
    #expect(fingerprint.contains(kind == .ed25519 ? "(ED25519)" : "(ECDSA)"))
    // It signs, and the signature is good.
    let text = folder.path("text")
    try "words\n".write(toFile: text, atomically: true, encoding: .utf8)
    try Tool("ssh-keygen").check(["-Y", "sign", "-f", path, "-n", "file", text])
    let check = "ssh-keygen -Y check-novalidate -n file -s \(text).sig < \(text)"
    #expect(try Tool("sh").check(["-c", check]).text.contains("Good \"file\" signature"))
  }

  @Test func knownHostsFindsEveryName() throws {
    let test = try TestStore()
    let credentials = try test.store.credentials(for: TestStore.request)
    let path = test.folder.path("known_hosts")
    let text = KnownHosts.text(TestStore.request, credentials)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(text.split(separator: "\n").count == 8)
    for node in TestStore.request.nodes {
      let keys = try SSHKeyKind.allCases.map {
        try test.text("nodes/\(node.name)/\($0.fileName).pub").split(separator: " ")[1]
      }
      for name in node.sshNames {
        let found = try Tool("ssh-keygen").check(["-F", name, "-f", path]).text
        for key in keys { #expect(found.contains(key), "\(name)") }
      }
    }
    #expect(try Tool("ssh-keygen").run(["-F", "stranger", "-f", path]).status == 1)
  }

  @Test func publicHalvesAreWhatThePlanIsGiven() throws {
    let test = try TestStore()
    let credentials = try test.store.credentials(for: TestStore.request)
    for node in TestStore.request.nodes {
      for kind in SSHKeyKind.allCases {
        let line = try #require(credentials.nodes[node.name]?.hostKeys[kind])
        #expect(line.hasSuffix(" root@\(node.name)"))
        let path = test.path("nodes/\(node.name)/\(kind.fileName)")
        #expect(try Tool("ssh-keygen").check(["-y", "-f", path]).text == line + "\n")
        let secret = try test.store.value(of: .sshHostKey(node: node.name, kind: kind))
        #expect(try secret.reveal() == Array(test.text("nodes/\(node.name)/\(kind.fileName)").utf8))
        #expect("\(secret)" == "<hidden>")
      }
    }
  }

  /// Two hundred nodes: every id is one, and no two are the same.
  @Test func idsAreDistinct() throws {
    var ids: Set<String> = []
    var tokens: Set<String> = []
    for _ in 0..<200 {
      let id = RandomText.machineID()
      #expect(id.wholeMatch(of: /[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}/) != nil)
      ids.insert(id)
      ids.insert(RandomText.hex(16))
      tokens.insert(JoinToken(now: 0).id)
      tokens.insert(JoinToken(now: 0).secret)
    }
    #expect(ids.count == 400)
    // Six of 36 characters: in 200 of two milliards two alike are all but impossible.
    #expect(tokens.count == 400)
    let characters = Set(tokens.joined())
    #expect(characters.count == 36)
  }

  @Test func nodesOfAFleetShareNothing() throws {
    let test = try TestStore()
    for name in ["machine-id", "node-password", "ssh_host_ed25519_key", "ssh_host_ecdsa_key"] {
      let values = try TestStore.request.nodes.map { try test.text("nodes/\($0.name)/\(name)") }
      #expect(Set(values).count == 4, "\(name)")
    }
    let ids = try test.store.credentials(for: TestStore.request).nodes.values.map(\.machineID)
    #expect(ids.allSatisfy { $0.count == 32 } && Set(ids).count == 4)
  }
}
