import Foundation
import SugarAgentRunner
import SugarModel
import SugarTestSupport
import Testing

/// What a first server has on its medium to hand its cluster over: a small Flux, as the builder
/// would put it there, and secrets that no other test has.
extension JoinBench {
  static let deployKey = "canary-deploy-key-7b1e55"
  static let ageKey = "AGE-SECRET-KEY-1CANARY7B1E56"
  static let canaries = [
    deployKey, ageKey, Data(deployKey.utf8).base64EncodedString(),
    Data(ageKey.utf8).base64EncodedString(),
  ]
  static let space = "flux-system"
  static let gitops = GitOpsIdentity(
    engine: .flux, version: "v2.6.4", url: "ssh://git@git.example.org/fleet/clusters",
    branch: "main", path: "clusters/prod", gates: GitOpsGate.allCases)

  /// Stage, object, and whether it is secret; the kinds of Flux that a hand-over needs.
  private static var objects: [(HandOffStage, [String: Any], String, Bool)] {
    func object(
      _ version: String, _ kind: String, _ name: String, _ spaced: Bool, _ rest: [String: Any]
    ) -> [String: Any] {
      var metadata = ["name": name]
      if spaced { metadata["namespace"] = space }
      return ["apiVersion": version, "kind": kind, "metadata": metadata].merging(rest) { $1 }
    }
    func secret(_ name: String, _ data: [String: String]) -> [String: Any] {
      object(
        "v1", "Secret", name, true,
        [
          "type": "Opaque",
          "data": data.mapValues { Data($0.utf8).base64EncodedString() },
        ])
    }
    func definition(_ plural: String, _ group: String, _ kind: String) -> [String: Any] {
      object(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "\(plural).\(group)", false,
        [
          "spec": [
            "group": group, "names": ["plural": plural, "kind": kind], "scope": "Namespaced",
          ]
        ]
      )
    }
    func controller(_ name: String) -> [String: Any] {
      object(
        "apps/v1", "Deployment", name, true,
        ["spec": ["replicas": 1, "template": ["spec": ["image": "ghcr.io/fluxcd/\(name)"]]]])
    }
    let (sources, syncs) = ("source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io")
    let spaced = "namespaces/\(space)"
    return [
      (.namespace, object("v1", "Namespace", space, false, [:]), "/api/v1/\(spaced)", false),
      (
        .secrets, secret("sops-age", ["prod.agekey": ageKey]),
        "/api/v1/\(spaced)/secrets/sops-age", true
      ),
      (
        .secrets, secret(space, ["identity": deployKey]), "/api/v1/\(spaced)/secrets/\(space)", true
      ),
      (
        .components, definition("gitrepositories", sources, "GitRepository"),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gitrepositories.\(sources)", false
      ),
      (
        .components, definition("kustomizations", syncs, "Kustomization"),
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kustomizations.\(syncs)", false
      ),
      (
        .components, controller("source-controller"),
        "/apis/apps/v1/\(spaced)/deployments/source-controller", false
      ),
      (
        .components, controller("kustomize-controller"),
        "/apis/apps/v1/\(spaced)/deployments/kustomize-controller", false
      ),
      (
        .source,
        object(
          "\(sources)/v1", "GitRepository", space, true,
          [
            "spec": [
              "url": gitops.url, "interval": "1m", "ref": ["branch": "main"],
              "secretRef": ["name": space],
            ]
          ]), "/apis/\(sources)/v1/\(spaced)/gitrepositories/\(space)", false
      ),
      (
        .sync,
        object(
          "\(syncs)/v1", "Kustomization", space, true,
          [
            "spec": [
              "path": "./clusters/prod", "interval": "10m", "prune": true,
              "sourceRef": ["kind": "GitRepository", "name": space],
              "decryption": ["provider": "sops", "secretRef": ["name": "sops-age"]],
            ]
          ]), "/apis/\(syncs)/v1/\(spaced)/kustomizations/\(space)", false
      ),
    ]
  }

  /// The first server of a cluster that is handed over; its own supervisor comes up with its unit.
  static func handOff(
    faults: String = "{}", gates: [GitOpsGate] = GitOpsGate.allCases
  ) throws -> JoinBench {
    let bench = try JoinBench("s0")
    bench.identity.gitops = gitops
    bench.identity.gitops?.gates = gates
    try bench.writeIdentity()
    try bench.stage()
    try bench.writeUnits()
    bench.onStart = {
      try bench.serve(faults: faults)
      try bench.put("/var/lib/rancher/k3s/server/db/etcd/member/wal/0.wal", "")
      try bench.register()
    }
    return bench
  }

  var supervisor: StandInSupervisor? { servers.last }

  @discardableResult
  func stage() throws -> HandOffList {
    var list = HandOffList(objects: [])
    for (number, entry) in Self.objects.enumerated() {
      let (stage, object, path, isSecret) = entry
      let bytes = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
      let metadata = object["metadata"] as? [String: String] ?? [:]
      let file = "\(number + 10)-\(metadata["name"] ?? "").json"
      try put("\(HandOffList.folder)/\(file)", String(decoding: bytes, as: UTF8.self))
      list.objects.append(
        HandOffObject(
          stage: stage, kind: object["kind"] as? String ?? "", namespace: metadata["namespace"],
          name: metadata["name"] ?? "", path: path, file: file,
          sha256: Hex.text(SHA256Hash.digest(Array(bytes))), secret: isSecret))
    }
    try put("\(HandOffList.folder)/\(HandOffList.index)", try JSONText.page(list))
    return list
  }

  /// The agent's units as the image has them.
  func writeUnits() throws {
    for unit in ["sugaragent.service", "sugaragent-join.service"] {
      try put("/etc/systemd/system/\(unit)", "[Unit]\n", mode: 0o644)
      let link = folder.path("root/etc/systemd/system/multi-user.target.wants/\(unit)")
      try FileManager.default.createDirectory(
        atPath: (link as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: "/etc/systemd/system/\(unit)")
    }
  }

  func isMasked(_ unit: String) -> Bool {
    let path = folder.path("root/etc/systemd/system/\(unit)")
    return (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == "/dev/null"
  }

  var journal: String { text("/var/lib/sugaragent/join.jsonl") ?? "" }

  var receipt: Receipt? {
    text("/boot/firmware/sugarimage/receipt.json").flatMap {
      try? JSONText.decode(Receipt.self, from: Array($0.utf8), name: "receipt")
    }
  }

  /// The paths of the hand-over that were applied, in order.
  var applied: [String] {
    supervisor?.requests.filter {
      $0.method == "PATCH" && $0.path != "/api/v1/nodes/\(identity.node)"
    }.compactMap(\.path) ?? []
  }

  /// Every object is in the cluster, and says what its file says.
  func expectHandedOver(_ location: Testing.SourceLocation = #_sourceLocation) throws {
    for (_, object, path, _) in Self.objects {
      let text = try administer("GET", path)
      let found = try JSONSerialization.jsonObject(with: Data(text.utf8))
      #expect(
        JSONPart.stands(object, in: found), "\(path) is not as its file says: \(text)",
        sourceLocation: location)
      #expect(text.contains("\"manager\": \"sugaragent\""), sourceLocation: location)
    }
    let staged = folder.path("root/etc/sugaragent/staged")
    #expect(!FileManager.default.fileExists(atPath: staged), sourceLocation: location)
    #expect(isMasked("sugaragent-join.service"), sourceLocation: location)
    #expect(isMasked("sugaragent.service"), sourceLocation: location)
    let receipt = try #require(receipt, sourceLocation: location)
    #expect(receipt.handOver?.objects == Self.objects.count, sourceLocation: location)
    #expect(
      receipt.handOver?.gates.map(\.gate) == GitOpsGate.allCases, sourceLocation: location)
    #expect(report?.state == .done, sourceLocation: location)
  }
}
