import Foundation
import SugarTestSupport
import Testing

/// What holds between the nodes of a fleet.
@Suite struct FleetTests {
  @Test func nineNodesOneManifestEach() throws {
    let fleet = try ReferenceFleet.shared()
    let summary = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: fleet.output + "/fleet.json")))
    let nodes = try #require((summary as? [String: Any])?["nodes"] as? [[String: Any]])
    #expect(nodes.compactMap { $0["node"] as? String } == ReferenceFleet.nodes)
    for key in ["diskID", "address", "imageDigest", "delta"] {
      #expect(Set(nodes.compactMap { $0[key] as? String }).count == 9, "\(key) is not unique")
    }
    #expect(fleet.buildOutput.contains("STAND-IN"))
    #expect(fleet.buildOutput.contains("PLACEHOLDER"))
    for node in ReferenceFleet.nodes {
      #expect(try mode("\(fleet.output)/\(node).delta") == 0o600)
      // A delta alone tells how its node boots.
      let text = try Program.succeed(["inspect", "\(fleet.output)/\(node).delta"])
      #expect(text.contains("rootfstype=ext4") && text.contains("dtparam=pciex1"), "\(text)")
      #expect(FileManager.default.fileExists(atPath: "\(fleet.output)/\(node).manifest.json"))
    }
    let ids = try ReferenceFleet.nodes.map { try fleet.secret("nodes/\($0)/machine-id") }
    #expect(Set(ids).count == 9)
  }

  @Test func secretsAreTheOwnersAlone() throws {
    let fleet = try ReferenceFleet.shared()
    #expect(try mode(fleet.secrets) == 0o700)
    let files = try #require(
      FileManager.default.enumerator(atPath: fleet.secrets)?.allObjects as? [String])
    for file in files {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(fleet.secrets)/\(file)", isDirectory: &isFolder)
      #expect(
        try mode("\(fleet.secrets)/\(file)") == (isFolder.boolValue ? 0o700 : 0o600), "\(file)")
    }
  }

  /// Certificate authorities only in the initialiser's image, tokens only where the role allows them, and no secret
  /// in anything that is not meant to hold one.
  @Test func secretsAreOnlyWhereTheyMayBe() throws {
    let fleet = try ReferenceFleet.shared()
    var canaries: [(name: String, text: String, allowed: Set<String>)] = []
    for cluster in ["prod", "int", "dev"] {
      let members = ReferenceFleet.nodes.filter { ReferenceFleet.cluster($0) == cluster }
      let servers = members.filter { ReferenceFleet.role($0) != "agent" }
      let token = try fleet.secret("clusters/\(cluster)/server-token")
      canaries.append(
        ("server token", String(token.split(separator: ":").last ?? ""), Set(servers)))
      let tls = "clusters/\(cluster)/tls"
      for key in ["server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca"] {
        let body = try fleet.secret("\(tls)/\(key).key").split(separator: "\n")[1]
        canaries.append(("\(key).key of \(cluster)", String(body), [members[0]]))
      }
      let service = try fleet.secret("\(tls)/service.key").split(separator: "\n")[3]
      canaries.append(("service.key of \(cluster)", String(service), [members[0]]))
    }
    for node in ReferenceFleet.nodes {
      canaries.append(
        ("password of \(node)", try fleet.secret("nodes/\(node)/node-password"), [node]))
      for kind in ["ed25519", "ecdsa"] {
        let key = try fleet.secret("nodes/\(node)/ssh_host_\(kind)_key").split(separator: "\n")[3]
        canaries.append(("\(kind) key of \(node)", String(key), [node]))
      }
      guard ReferenceFleet.role(node) == "agent" else { continue }
      let json = try fleet.secret("nodes/\(node)/join-token.json")
      let token = try #require(
        (try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String])?["token"])
      canaries.append(("join token of \(node)", String(token.suffix(16)), [node, "sugarkube6"]))
    }
    // As it stands in the one file that may hold it: the name as bytes, the key without its ends.
    let bytes = ReferenceFleet.ssid.utf8.map { "\($0);" }.joined()
    canaries.append(("SSID", bytes, Set(ReferenceFleet.wifiNodes)))
    canaries.append(("readable SSID", "Café #5", []))
    canaries.append(("Wi-Fi key", "open sesame", Set(ReferenceFleet.wifiNodes)))
    canaries += try Self.gitopsCanaries(fleet)
    for node in ReferenceFleet.nodes {
      let delta = try Data(contentsOf: URL(fileURLWithPath: "\(fleet.output)/\(node).delta"))
      for canary in canaries {
        let found = delta.range(of: Data(canary.text.utf8)) != nil
        #expect(found == canary.allowed.contains(node), "\(canary.name) in \(node): \(found)")
      }
    }
    let plan = try Program.succeed(
      ["plan", fleet.folder, "--contents"], environment: fleet.environment)
    var open = plan + fleet.buildOutput + fleet.knownHosts
    open += try Program.succeed(["plan", fleet.folder, "--json"], environment: fleet.environment)
    open += try Program.succeed(["inspect", "\(fleet.output)/sugarkube0.delta"])
    for node in ReferenceFleet.nodes {
      open += try String(contentsOfFile: "\(fleet.output)/\(node).manifest.json", encoding: .utf8)
    }
    for canary in canaries { #expect(!open.contains(canary.text), "\(canary.name) can be read") }
  }

  /// A hand-over's secrets stand in images as Kubernetes wants them, in base64, on one node of their
  /// tier; as they are they stand nowhere.
  private static func gitopsCanaries(
    _ fleet: ReferenceFleet
  ) throws -> [(name: String, text: String, allowed: Set<String>)] {
    var canaries: [(name: String, text: String, allowed: Set<String>)] = []
    for node in ReferenceFleet.handingOver.keys {
      let cluster = ReferenceFleet.cluster(node)
      let key = try fleet.secret("gitops/\(cluster)/flux-git-deploy/identity")
      canaries.append(("readable deploy key", String(key.split(separator: "\n")[3]), []))
      canaries.append(("readable age key", TrialSecrets.ageKey(cluster), []))
      canaries.append(("readable tunnel", TrialSecrets.tunnelSecret(cluster), []))
      canaries.append(("readable pull token", TrialSecrets.pullToken(cluster), []))
      for file in ["sops-age", "flux-git-deploy/identity", "ghcr-pull", "cloudflared-tunnel"] {
        let path = "\(fleet.secrets)/gitops/\(cluster)/\(file)"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path)).base64EncodedString()
        // The last line of a private key is the same in all of them.
        let own = file.hasSuffix("/identity") ? bytes.dropLast(60) : bytes[...]
        canaries.append(("\(file) of \(cluster)", String(own.suffix(48)), [node]))
      }
    }
    return canaries
  }

  /// Nothing secret is on the boot partition: its part of the image is searched byte by byte.
  @Test(arguments: ["sugarkube0", "sugarkube1"]) func noSecretOnTheBootPartition(
    _ node: String
  ) throws {
    let fleet = try ReferenceFleet.shared()
    try fleet.withImage(of: node) { image in
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: image.path))
      try handle.seek(toOffset: UInt64(image.bootStart))
      let boot = try #require(try handle.read(upToCount: image.bootSize))
      #expect(boot.range(of: Data(node.utf8)) != nil)
      for path in ["nodes/\(node)/node-password", "clusters/prod/server-token"] {
        let secret = try fleet.secret(path)
        #expect(boot.range(of: Data(secret.suffix(24).utf8)) == nil, "\(path)")
      }
      for text in ["PRIVATE KEY", "open sesame", "Café #5"] {
        #expect(boot.range(of: Data(text.utf8)) == nil, "\(text)")
      }
    }
  }

  /// The same inputs give the same bytes, whatever the hour, the zone, the language, the folder or the umask.
  @Test func anotherBuildIsTheSame() throws {
    let fleet = try ReferenceFleet.shared()
    let again = fleet.output + "-again"
    defer { try? FileManager.default.removeItem(atPath: again) }
    try FileManager.default.createDirectory(atPath: again, withIntermediateDirectories: true)
    try Program.succeed(
      ["build", fleet.folder, "--output", "."], in: again,
      environment: [
        "XDG_CACHE_HOME": fleet.cache + "-again", "TZ": "Pacific/Auckland", "LANG": "tr_TR.UTF-8",
        "LC_ALL": "tr_TR.UTF-8", "E2FSPROGS_FAKE_TIME": "1",
      ])
    defer { try? FileManager.default.removeItem(atPath: fleet.cache + "-again") }
    for node in ReferenceFleet.nodes {
      for file in ["\(node).delta", "\(node).manifest.json"] {
        #expect(
          FileManager.default.contentsEqual(
            atPath: "\(fleet.output)/\(file)", andPath: "\(again)/\(file)"), "\(file)")
      }
    }
    let second = try Program.succeed(
      ["build", fleet.folder, "--output", again], environment: fleet.environment)
    #expect(
      second.components(separatedBy: "nothing (").count == 10,
      "the second run wrote something: \(second)")
    let epoch = ["SOURCE_DATE_EPOCH": "1700000000"]
    try Program.succeed(
      ["build", fleet.folder, "sugarkube0", "--output", again],
      environment: fleet.environment.merging(epoch) { $1 })
    try fleet.withImage(of: "sugarkube0", environment: epoch) {
      try $0.checkEverything(secrets: fleet.secrets)
    }
    #expect(
      !FileManager.default.contentsEqual(
        atPath: "\(fleet.output)/sugarkube0.delta", andPath: "\(again)/sugarkube0.delta"))
  }

  /// each tier is upgraded by itself.
  @Test func onlyTheTierThatChangedIsBuiltAnew() throws {
    let fleet = try ReferenceFleet.shared()
    let other = fleet.folder + "-newer"
    defer { try? FileManager.default.removeItem(atPath: other) }
    try FileManager.default.copyItem(atPath: fleet.folder, toPath: other)
    let file = other + "/fleet.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let dev = try #require(text.range(of: "- name: dev"))
    let newer =
      text[..<dev.lowerBound]
      + text[dev.lowerBound...].replacingOccurrences(
        of: "version: v1.33.5+k3s1", with: "version: v1.34.1+k3s1")
    try String(newer).write(toFile: file, atomically: true, encoding: .utf8)
    let output = other + "/out"
    try Program.succeed(["build", other, "--output", output], environment: fleet.environment)
    for node in ReferenceFleet.nodes {
      let same = FileManager.default.contentsEqual(
        atPath: "\(fleet.output)/\(node).delta", andPath: "\(output)/\(node).delta")
      #expect(same == (ReferenceFleet.cluster(node) != "dev"), "\(node)")
      guard !same else { continue }
      try fleet.withImage(of: node, in: other) { try $0.checkEverything(secrets: fleet.secrets) }
    }
  }

  @Test func theKubeconfigIsSignedByTheClusterAndDated() throws {
    let fleet = try ReferenceFleet.shared()
    let text = try Program.succeed(["kubeconfig", "prod", "--fleet", fleet.folder, "--days", "2"])
    #expect(text.contains("server: \"https://192.168.1.21:6443\""))
    let line = try #require(
      text.split(separator: "\n").first { $0.contains("client-certificate-data:") })
    let pem = try #require(Data(base64Encoded: String(line.split(separator: " ").last ?? "")))
    let file = fleet.output + "/client.crt"
    try pem.write(to: URL(fileURLWithPath: file))
    let authority = "\(fleet.secrets)/clusters/prod/tls/client-ca.crt"
    #expect(try Tool("openssl").run(["verify", "-CAfile", authority, file]).status == 0)
    let wrong = "\(fleet.secrets)/clusters/dev/tls/client-ca.crt"
    #expect(try Tool("openssl").run(["verify", "-CAfile", wrong, file]).status != 0)
    let subject = try Tool("openssl").check(["x509", "-noout", "-subject", "-in", file]).text
    #expect(subject.contains("system:masters"))
    #expect(
      try Tool("openssl").run(["x509", "-noout", "-checkend", "86400", "-in", file]).status == 0)
    #expect(
      try Tool("openssl").run(["x509", "-noout", "-checkend", "259200", "-in", file]).status == 1)
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? Int) ?? -1
  }
}
