public import SugarModel

/// An engine's install manifest, read and checked.
public struct EngineManifest: Hashable, Sendable {
  public var engine: GitOpsEngine
  /// As it calls itself: `v2.6.4`; nil when it does not.
  public var version: String?
  /// What a manifest that only stands in for the engine's says of itself.
  public var standIn: String?
  /// In the order of the file.
  public var objects: [ManifestObject]
  /// The kinds that it defines itself, by name.
  public var customKinds: [String: CustomKind]

  /// Every image that its pods are made of, once.
  public var images: [String] { Set(objects.flatMap(\.images)).sorted() }
}

/// One object of a manifest.
public struct ManifestObject: Hashable, Sendable {
  public var kind: String
  /// nil for what belongs to no namespace.
  public var namespace: String?
  public var name: String
  /// Where the API server takes it: `/api/v1/namespaces/flux-system`.
  public var path: String
  /// On one line, without a line end.
  public var json: String
  /// What its pods are made of.
  public var images: [String]
  /// Whether its kind is one that the manifest defines itself.
  public var isCustom: Bool
}

/// A kind that a CustomResourceDefinition brings.
public struct CustomKind: Hashable, Sendable {
  public var group: String
  /// The version that the cluster stores.
  public var version: String
  /// Every version that the API server answers for.
  public var served: [String]
  public var plural: String
  public var isNamespaced: Bool

  public var apiVersion: String { "\(group)/\(version)" }
}
