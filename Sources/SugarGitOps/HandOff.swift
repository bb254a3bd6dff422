public import SugarModel

/// One file of the hand-over's folder.
public struct HandOffItem: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    /// One line of JSON with its end.
    case text(String)
    /// Only who carries the plan out knows it.
    case secret(GitOpsSecret)
  }
  public var stage: HandOffStage
  public var kind: String
  public var namespace: String?
  public var name: String
  /// Of the request that applies it.
  public var path: String
  /// Its name in the folder.
  public var file: String
  public var content: Content

  /// `Deployment flux-system/source-controller`
  public var title: String { "\(kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }
}

/// Everything that a cluster is given, in the order in which it is applied.
public enum HandOff {
  public static func items(_ wish: HandOffWish, _ manifest: EngineManifest) -> [HandOffItem] {
    let kit = EngineKit.of(wish.engine)
    var drafts: [(stage: HandOffStage, draft: DraftObject, secret: GitOpsSecret?)] = []
    for draft in namespaces(wish, manifest, kit) { drafts.append((.namespace, draft, nil)) }
    for secret in wish.secrets {
      let shape = kit.shape(of: secret)
      let draft = DraftObject(
        kind: "Secret", namespace: shape.namespace, name: shape.name, path: shape.path,
        value: .nothing)
      drafts.append((.secrets, draft, secret))
    }
    for object in components(manifest) { drafts.append((.components, object, nil)) }
    if let source = kit.source(wish, manifest) { drafts.append((.source, source, nil)) }
    if let sync = kit.sync(wish, manifest) { drafts.append((.sync, sync, nil)) }
    return drafts.enumerated().map { index, entry in
      item(index + 1, entry.stage, entry.draft, entry.secret)
    }
  }

  /// The manifest's own, and those of secrets that belong elsewhere.
  private static func namespaces(
    _ wish: HandOffWish, _ manifest: EngineManifest, _ kit: EngineKit
  ) -> [DraftObject] {
    let own = manifest.objects.filter { $0.kind == "Namespace" }
    let names = Set(own.map(\.name))
    let more = Set(wish.secrets.map { kit.shape(of: $0).namespace }).subtracting(names).sorted()
    return own.map(DraftObject.init)
      + more.map { name in
        DraftObject(
          kind: "Namespace", namespace: nil, name: name,
          path: ResourceKind.path(
            apiVersion: "v1", plural: "namespaces", namespace: nil, name: name),
          value: ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .text(name)]])
      }
  }

  /// Definitions of kinds first, objects of these kinds last, anything else as it stands.
  private static func components(_ manifest: EngineManifest) -> [DraftObject] {
    let rest = manifest.objects.filter { $0.kind != "Namespace" }
    let isDefinition = { (object: ManifestObject) in object.kind == "CustomResourceDefinition" }
    return
      (rest.filter(isDefinition) + rest.filter { !isDefinition($0) && !$0.isCustom }
      + rest.filter(\.isCustom)).map(DraftObject.init)
  }

  private static func item(
    _ number: Int, _ stage: HandOffStage, _ draft: DraftObject, _ secret: GitOpsSecret?
  ) -> HandOffItem {
    let digits = String(number)
    let place = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    let plain = "\(draft.kind)-\(draft.name)".lowercased().map {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "-"
    }
    return HandOffItem(
      stage: stage, kind: draft.kind, namespace: draft.namespace, name: draft.name,
      path: draft.path, file: "\(place)-\(String(plain).prefix(120)).json",
      content: secret.map { .secret($0) } ?? .text(draft.json + "\n"))
  }
}

extension DraftObject {
  init(_ object: ManifestObject) {
    self.init(
      kind: object.kind, namespace: object.namespace, name: object.name, path: object.path,
      value: .nothing)
    written = object.json
  }

  /// The object on one line.
  fileprivate var json: String { written ?? value.encoded }
}
