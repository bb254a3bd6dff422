public import SugarModel

/// What differs between engines. There is one value for each, and nothing else knows their names:
/// another engine is a case of `GitOpsEngine` and a kit.
public struct EngineKit: Sendable {
  /// As people call it: `Flux`.
  public let title: String
  /// The engine's own.
  public let namespace: String
  /// The kinds that its manifest must define, with their groups.
  let kinds: [String: String]
  /// The Deployments without which it does nothing.
  let controllers: [String]
  /// Where its manifest comes from.
  let advice: String
  let secret: @Sendable (GitOpsSecret) -> SecretShape
  let source: @Sendable (HandOffWish, EngineManifest) -> DraftObject?
  let sync: @Sendable (HandOffWish, EngineManifest) -> DraftObject?

  public static func of(_ engine: GitOpsEngine) -> EngineKit {
    switch engine {
    case .flux: .flux
    }
  }

  /// How a secret stands in the cluster.
  public func shape(of secret: GitOpsSecret) -> SecretShape { self.secret(secret) }
}

/// What a cluster is to be handed over to.
public struct HandOffWish: Hashable, Sendable {
  public var engine: GitOpsEngine
  public var url: String
  public var branch: String
  /// The cluster's folder in the repository: `clusters/prod`.
  public var path: String
  /// How often the repository is looked at: `1m`.
  public var interval: String
  /// Those that are restored, in their order.
  public var secrets: [GitOpsSecret]

  public init(
    engine: GitOpsEngine, url: String, branch: String, path: String, interval: String,
    secrets: [GitOpsSecret]
  ) {
    self.engine = engine
    self.url = url
    self.branch = branch
    self.path = path
    self.interval = interval
    self.secrets = secrets
  }
}

/// An object before its place in the list is known.
struct DraftObject {
  var kind: String
  var namespace: String?
  var name: String
  var path: String
  var value: JSONValue
  /// The object as JSON, where it was written already.
  var written: String?
}

extension EngineKit {
  /// Flux, as `flux bootstrap` sets it up. (fluxcd.io, "Flux bootstrap", "Git Repositories",
  /// "Kustomizations")
  static let flux = EngineKit(
    title: "Flux", namespace: "flux-system",
    kinds: [
      "GitRepository": "source.toolkit.fluxcd.io", "Kustomization": "kustomize.toolkit.fluxcd.io",
    ],
    controllers: ["source-controller", "kustomize-controller"],
    advice: "`flux install --export` writes one, and every release of Flux brings an install.yaml",
    secret: FluxObjects.secret, source: FluxObjects.source, sync: FluxObjects.sync)
}

/// What Flux is told. Both objects have the name that Flux's own programs look for.
enum FluxObjects {
  static let name = "flux-system"

  @Sendable static func secret(_ secret: GitOpsSecret) -> SecretShape {
    switch secret {
    case .sopsAge: SecretShape(namespace: name, name: "sops-age")
    case .deployKey, .login: SecretShape(namespace: name, name: name)
    case .pullSecret:
      SecretShape(namespace: name, name: "ghcr-pull", type: "kubernetes.io/dockerconfigjson")
    case .tunnel: SecretShape(namespace: "cloudflared", name: "cloudflared-tunnel")
    }
  }

  @Sendable static func source(_ wish: HandOffWish, _ manifest: EngineManifest) -> DraftObject? {
    var spec: [String: JSONValue] = [
      "interval": .text(wish.interval), "ref": ["branch": .text(wish.branch)],
      "url": .text(wish.url),
    ]
    if wish.secrets.contains(where: { $0 == .deployKey || $0 == .login }) {
      spec["secretRef"] = ["name": .text(name)]
    }
    return object("GitRepository", spec, manifest)
  }

  @Sendable static func sync(_ wish: HandOffWish, _ manifest: EngineManifest) -> DraftObject? {
    var spec: [String: JSONValue] = [
      "interval": "10m0s", "path": .text("./\(wish.path)"), "prune": true,
      "sourceRef": ["kind": "GitRepository", "name": .text(name)],
    ]
    if wish.secrets.contains(.sopsAge) {
      spec["decryption"] = [
        "provider": "sops", "secretRef": ["name": .text(secret(.sopsAge).name)],
      ]
    }
    return object("Kustomization", spec, manifest)
  }

  private static func object(
    _ kind: String, _ spec: [String: JSONValue], _ manifest: EngineManifest
  ) -> DraftObject? {
    guard let custom = manifest.customKinds[kind] else { return nil }
    return DraftObject(
      kind: kind, namespace: name, name: name,
      path: ResourceKind.path(
        apiVersion: custom.apiVersion, plural: custom.plural, namespace: name, name: name),
      value: [
        "apiVersion": .text(custom.apiVersion), "kind": .text(kind),
        "metadata": ["name": .text(name), "namespace": .text(name)], "spec": .object(spec),
      ])
  }
}
