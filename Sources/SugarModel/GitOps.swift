/// What takes a cluster over and keeps it as a repository says.
public enum GitOpsEngine: String, CaseIterable, Hashable, Sendable, Codable {
  case flux
}

/// What must hold before the agent counts the cluster as handed over.
public enum GitOpsGate: String, CaseIterable, Hashable, Sendable, Codable {
  /// The engine's own controllers run.
  case controllers
  /// The repository was fetched.
  case source
  /// What stands at the repository's path was applied.
  case sync
}

/// To whom the node hands its cluster. Only the one node that does so has it in its identity; it
/// holds no secret.
public struct GitOpsIdentity: Hashable, Sendable, Codable {
  public var engine: GitOpsEngine
  /// The engine's release, as its manifest calls itself: `v2.6.4`; nil when it does not.
  public var version: String?
  /// `ssh://git@github.com/owner/repository`.
  public var url: String
  public var branch: String
  /// The folder of this cluster in the repository: `clusters/prod`.
  public var path: String
  public var gates: [GitOpsGate]
  /// What a manifest that only stands in for the engine's says of itself; nil for a real one.
  public var standIn: String?

  public init(
    engine: GitOpsEngine, version: String?, url: String, branch: String, path: String,
    gates: [GitOpsGate], standIn: String? = nil
  ) {
    self.engine = engine
    self.version = version
    self.url = url
    self.branch = branch
    self.path = path
    self.gates = gates
    self.standIn = standIn
  }
}

/// The steps of a hand-over, in their order.
public enum HandOffStage: String, CaseIterable, Hashable, Sendable, Codable {
  case namespace
  case secrets
  case components
  case source
  case sync
}

/// The objects that a hand-over applies, in their order. It stands as JSON, without secrets, at
/// ``HandOffList/folder`` in ``HandOffList/index``, beside one file for each object.
public struct HandOffList: Hashable, Sendable, Codable {
  /// The layout of this document. A reader refuses a number it does not know.
  public static let currentSchema = 1
  /// Root's alone: 0700, its files 0600.
  public static let folder = "/etc/sugaragent/staged/gitops"
  public static let index = "index.json"

  public var schema: Int
  public var objects: [HandOffObject]

  public init(objects: [HandOffObject]) {
    schema = Self.currentSchema
    self.objects = objects
  }
}

/// One object of Kubernetes, and where the API server takes it.
public struct HandOffObject: Hashable, Sendable, Codable {
  public var stage: HandOffStage
  /// `Deployment`.
  public var kind: String
  /// nil for what belongs to no namespace.
  public var namespace: String?
  public var name: String
  /// The path of the request that applies it: `/api/v1/namespaces/flux-system`.
  public var path: String
  /// The file of the object as JSON, in the list's folder.
  public var file: String
  /// Of the file, 64 hex digits.
  public var sha256: String
  /// Its file is overwritten and removed once the cluster has it.
  public var secret: Bool

  public init(
    stage: HandOffStage, kind: String, namespace: String?, name: String, path: String, file: String,
    sha256: String, secret: Bool
  ) {
    self.stage = stage
    self.kind = kind
    self.namespace = namespace
    self.name = name
    self.path = path
    self.file = file
    self.sha256 = sha256
    self.secret = secret
  }
}
