import Foundation
import SugarTestSupport
import Testing

/// `sugarkube-3x3` with a tenth node, an agent of prod, and the STAND-INs for k3s and for Flux.
struct RehearsalFleet {
  /// prod has three servers, because two would bear no more failures than one; one stays off.
  static let three = ["sugarkube0", "sugarkube1", "sugarkube9"]

  let folder: String
  let output: String
  let cache: String
  var environment: [String: String] { ["XDG_CACHE_HOME": cache] }

  private static let made = Result {
    try RehearsalFleet(
      #"{"noWAN": 60}"#,
      ProcessInfo.processInfo.environment["SUGAR_SOAK"] == nil ? three : [])
  }
  static func shared() throws -> RehearsalFleet { try made.get() }

  /// - Parameters:
  ///   - faults: what goes wrong in the stand-in, as Tests/StandIn says.
  ///   - nodes: those that are built; all when there are none.
  init(_ faults: String, _ nodes: [String]) throws {
    let root = try SharedFolder.make("rehearsal")
    (folder, output) = (root + "/fleet", root + "/out")
    cache = try ReferenceFleet.shared().cache
    try Program.succeed(["init", folder, "--from", "sugarkube-3x3"])
    let k3s = try Tool("env").check(["\(Program.repository)/scripts/k3s-stand-in"])
      .text.trimmingCharacters(in: .newlines)
    let digest = try String(contentsOfFile: k3s + ".sha256", encoding: .utf8).prefix(64)
    try """
    base:
      os: rpios-lite-trixie
      path: \(ReferenceFleet.base())
    gitops:
      repo: ssh://git@github.com/owner/repository
      manifest: \(StandInFlux.put(into: folder))
    """.write(toFile: folder + "/fleet.local.yaml", atomically: true, encoding: .utf8)
    let trial = folder + "/overlays/trial/root/etc/rancher/k3s"
    try FileManager.default.createDirectory(atPath: trial, withIntermediateDirectories: true)
    try faults.write(
      toFile: trial + "/stand-in-faults.json", atomically: true, encoding: .utf8)
    let file = folder + "/fleet.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacingOccurrences(of: "size: 80 GiB", with: "size: 4 GiB")
      .replacingOccurrences(of: "overlays: [k3s-host]", with: "overlays: [k3s-host, trial]")
      .replacingOccurrences(
        of: "    version: v1.33.5+k3s1\n",
        with: "    version: v1.33.5+k3s1\n    k3s: { path: \(k3s), sha256: \(digest) }\n")
    try
      (text + """

          - hostname: sugarkube9
            cluster: prod
            role: agent
            board: "10000000abcdef01" # the machine says it is that one
            planes: { lan: { address: 192.168.1.24 } }

        """).write(toFile: file, atomically: true, encoding: .utf8)
    try Program.succeed(["keys", folder, "--plaintext-keys"], environment: environment)
    try TrialSecrets.write(["prod", "int", "dev"], to: folder + "/secrets")
    try Program.succeed(
      ["build", folder] + nodes + ["--output", output], environment: environment)
  }

  func rehearse(_ nodes: [String], _ words: [String]) throws -> RehearsalRun {
    let scratch = "\(output)-\(UUID().uuidString)"
    let answer = try Program.run(
      ["rehearse", folder] + nodes + ["--output", output, "--scratch", scratch, "--json"] + words,
      environment: environment)
    return RehearsalRun(folder: scratch, answer: answer)
  }
}

extension RehearsalFleet {
  /// What a cluster that a node hands over has to hold, made without the project's code: the
  /// manifest as PyYAML reads it, the operator's files as Secrets, and what `flux bootstrap` would
  /// tell Flux.
  func golden(of node: String) throws -> [[String: Any]] {
    let cluster = try #require(["sugarkube0": "prod", "sugarkube6": "dev"][node])
    let text = try Tool("python3").check(["-c", Self.maker, folder, cluster]).text
    return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  private static let maker = #"""
    import base64, json, sys, yaml
    folder, cluster = sys.argv[1:]

    def secret(space, name, type, **files):
        data = {}
        for key, file in files.items():
            where = "secrets/gitops/" + file
            data[key] = base64.b64encode(open(folder + "/" + where, "rb").read()).decode()
        return {"apiVersion": "v1", "kind": "Secret", "type": type, "data": data,
                "metadata": {"name": name, "namespace": space}}

    def told(group, version, kind, spec):
        return {"apiVersion": group + ".toolkit.fluxcd.io/" + version, "kind": kind, "spec": spec,
                "metadata": {"name": "flux-system", "namespace": "flux-system"}}

    docs = [one for one in yaml.safe_load_all(open(folder + "/flux/install.yaml")) if one]
    key = cluster + "/flux-git-deploy/identity"
    docs += [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cloudflared"}},
        secret("flux-system", "sops-age", "Opaque", **{"age.agekey": cluster + "/sops-age"}),
        secret("flux-system", "flux-system", "Opaque",
               **{"identity": key, "identity.pub": key + ".pub", "known_hosts": "known_hosts"}),
        secret("flux-system", "ghcr-pull", "kubernetes.io/dockerconfigjson",
               **{".dockerconfigjson": cluster + "/ghcr-pull"}),
        secret("cloudflared", "cloudflared-tunnel", "Opaque",
               **{"credentials.json": cluster + "/cloudflared-tunnel"}),
        told("source", "v1", "GitRepository",
             {"interval": "1m", "ref": {"branch": "main"}, "secretRef": {"name": "flux-system"},
              "url": "ssh://git@github.com/owner/repository"}),
        told("kustomize", "v1", "Kustomization",
             {"interval": "10m0s", "path": "./clusters/" + cluster, "prune": True,
              "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
              "decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}),
    ]
    print(json.dumps(docs))
    """#
}
