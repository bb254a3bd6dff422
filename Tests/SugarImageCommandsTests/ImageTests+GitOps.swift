import Foundation
import SugarTestSupport
import Testing

/// What the list of a hand-over says, as far as the checks need it.
private struct HandOffIndex: Decodable {
  struct Object: Decodable {
    var stage: String
    var kind: String
    var namespace: String?
    var name: String
    var path: String
    var file: String
    var sha256: String
    var secret: Bool
  }
  var schema: Int
  var objects: [Object]
}

private struct HandOffIdentity: Decodable {
  struct GitOps: Decodable {
    var engine: String
    var version: String
    var url: String
    var branch: String
    var path: String
    var gates: [String]
    var standIn: String
  }
  var gitops: GitOps?
}

extension ImageTests {
  private static let folder = "/etc/sugaragent/staged/gitops"

  /// One node of each cluster carries what its cluster is given, its own tier's; no other has a trace.
  func checkGitOps(_ image: ImageFile, _ node: String, _ fleet: ReferenceFleet) throws {
    let identity = try JSONDecoder().decode(
      HandOffIdentity.self, from: Data(image.root("/etc/sugaragent/identity.json").utf8))
    guard let path = ReferenceFleet.handingOver[node] else {
      #expect(identity.gitops == nil)
      #expect(try !image.exists(Self.folder))
      return
    }
    let gitops = try #require(identity.gitops)
    #expect(gitops.engine == "flux" && gitops.version == "v2.6.4" && gitops.branch == "main")
    #expect(gitops.path == path && gitops.url == ReferenceFleet.repository)
    #expect(gitops.gates == ["controllers", "source", "sync"])
    #expect(gitops.standIn.contains("flux-stand-in"))
    #expect(try image.access("/etc/sugaragent/staged") == "0:0 0700")
    #expect(try image.access(Self.folder) == "0:0 0700")
    let text = try Program.succeed(["inspect", image.path])
    for word in ["hands over", "flux v2.6.4 (STAND-IN: scripts/flux-stand-in", "'\(path)' of ssh:"]
    {
      #expect(text.contains(word), "inspect does not tell \(word)")
    }
    try checkObjects(image, ReferenceFleet.cluster(node), fleet)
  }

  private func checkObjects(
    _ image: ImageFile, _ cluster: String, _ fleet: ReferenceFleet
  ) throws {
    let index = try JSONDecoder().decode(
      HandOffIndex.self, from: Data(image.root("\(Self.folder)/index.json").utf8))
    #expect(index.schema == 1 && index.objects.count == 38)
    let temporary = try TemporaryDirectory()
    let names = index.objects.map(\.file) + ["index.json"]
    try image.dump(
      Dictionary(uniqueKeysWithValues: names.map { ($0, "\(Self.folder)/\($0)") }),
      to: temporary.url.path)
    let states = try image.states(of: names.map { "\(Self.folder)/\($0)" })
    #expect(states.count == names.count)
    #expect(
      states.values.allSatisfy { $0.type == "regular" && $0.mode == "0600" && $0.owner == "0:0" })
    for object in index.objects {
      let file = temporary.path(object.file)
      #expect(try Tool.sha256(of: file).hasPrefix(object.sha256), "\(object.file)")
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: file)))
      let value = try #require(json as? [String: Any])
      let metadata = try #require(value["metadata"] as? [String: Any])
      #expect(value["kind"] as? String == object.kind)
      #expect(metadata["name"] as? String == object.name)
      #expect(metadata["namespace"] as? String == object.namespace)
      #expect(
        object.path.hasSuffix("/\(object.name)") && object.secret == (object.kind == "Secret"))
    }
    try checkSecrets(index, temporary, cluster, fleet)
    let sync = try String(contentsOfFile: temporary.path(index.objects[37].file), encoding: .utf8)
    let tier = cluster == "int" ? "staging" : cluster
    #expect(sync.contains("\"path\":\"./clusters/\(tier)\"") && sync.contains("\"sops-age\""))
  }

  private func checkSecrets(
    _ index: HandOffIndex, _ temporary: TemporaryDirectory, _ cluster: String,
    _ fleet: ReferenceFleet
  ) throws {
    let wanted: [String: [String: String]] = [
      "flux-system/sops-age": ["age.agekey": "\(cluster)/sops-age"],
      "flux-system/flux-system": [
        "identity": "\(cluster)/flux-git-deploy/identity",
        "identity.pub": "\(cluster)/flux-git-deploy/identity.pub", "known_hosts": "known_hosts",
      ],
      "flux-system/ghcr-pull": [".dockerconfigjson": "\(cluster)/ghcr-pull"],
      "cloudflared/cloudflared-tunnel": ["credentials.json": "\(cluster)/cloudflared-tunnel"],
    ]
    let secrets = index.objects.filter(\.secret)
    #expect(Set(secrets.map { "\($0.namespace ?? "")/\($0.name)" }) == Set(wanted.keys))
    for secret in secrets {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: temporary.path(secret.file)))
      let value = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
      let data = try #require(value?["data"] as? [String: String])
      let files = wanted["\(secret.namespace ?? "")/\(secret.name)"] ?? [:]
      #expect(Set(data.keys) == Set(files.keys))
      for (key, file) in files {
        let own = try Data(contentsOf: URL(fileURLWithPath: "\(fleet.secrets)/gitops/\(file)"))
        #expect(Data(base64Encoded: data[key] ?? "") == own, "\(secret.name) \(key)")
      }
    }
  }
}
