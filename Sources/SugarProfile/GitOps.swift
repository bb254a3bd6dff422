public import SugarModel

/// What a fleet, or one of its clusters, says about GitOps; nil is what it leaves to the other or to
/// the default.
public struct GitOpsWords: Hashable, Sendable {
  public var engine: GitOpsEngine?
  /// Of a cluster alone: the node that hands it over.
  public var node: String?
  public var manifest: PinnedSource?
  public var repo: String?
  public var branch: String?
  /// Of a cluster alone: its folder in the repository, without `./`.
  public var path: String?
  public var interval: String?
  public var authRef: GitOpsCredential?
  public var restoreSecrets: [RestoredSecret]?
  public var readyGate: [GitOpsGate]?

  /// What this says, and where it says nothing, what `other` does.
  func over(_ other: GitOpsWords?) -> GitOpsWords {
    guard let other else { return self }
    return GitOpsWords(
      engine: engine ?? other.engine, node: node ?? other.node,
      manifest: manifest ?? other.manifest, repo: repo ?? other.repo,
      branch: branch ?? other.branch, path: path ?? other.path,
      interval: interval ?? other.interval, authRef: authRef ?? other.authRef,
      restoreSecrets: restoreSecrets ?? other.restoreSecrets,
      readyGate: readyGate ?? other.readyGate)
  }
}

/// The names of what a repository is read with.
public enum GitOpsCredential: String, CaseIterable, Hashable, Sendable {
  case deploy = "flux-git-deploy"
}

/// The names of secrets that a cluster gets before it is handed over.
public enum RestoredSecret: String, CaseIterable, Hashable, Sendable {
  case sopsAge = "sops-age"
  case deploy = "flux-git-deploy"
  case pullSecret = "ghcr-pull"
  case tunnel = "cloudflared-tunnel"
}

/// A file of this machine or of the network, with the digest that it must have.
public struct PinnedSource: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// Relative to the fleet's folder, or absolute.
    case file(String)
    case url(String)
  }
  public var place: Place
  /// 64 hex digits.
  public var sha256: String
}

/// How one cluster is handed over.
public struct GitOps: Hashable, Sendable {
  public var engine: GitOpsEngine
  /// The one node that does it.
  public var node: String
  public var manifest: PinnedSource
  public var repo: String
  public var branch: String
  public var path: String
  public var interval: String
  /// Those that are restored, in the order in which they are applied.
  public var secrets: [GitOpsSecret]
  public var gates: [GitOpsGate]

  /// What people call the name of the repository's host: `github.com`, `[git.home.arpa]:2222`.
  public var host: String { Self.host(of: repo) }

  static func host(of url: String) -> String {
    let rest = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
    let place = rest.split(separator: "@").last ?? ""
    let parts = place.split(separator: ":")
    return parts.count == 2 && parts[1] != "22"
      ? "[\(parts[0])]:\(parts[1])" : "\(parts.first ?? "")"
  }
}

extension Profile {
  /// What was said about the cluster's GitOps, its own words and the fleet's; nil when it has none.
  func gitopsWords(of cluster: Cluster) -> GitOpsWords? { cluster.gitops.map { $0.over(gitops) } }

  /// How the cluster is handed over; nil when it is not: it says nothing of GitOps, or nobody has
  /// named a repository yet.
  public func gitops(of cluster: Cluster) -> GitOps? {
    guard let words = gitopsWords(of: cluster), let repo = words.repo, let path = words.path,
      let manifest = words.manifest,
      let node = words.node
        ?? nodes.first(where: { $0.cluster == cluster.name && $0.role == .serverInit })?.hostname
    else { return nil }
    return GitOps(
      engine: words.engine ?? .flux, node: node, manifest: manifest, repo: repo,
      branch: words.branch ?? "main", path: path, interval: words.interval ?? "1m",
      secrets: words.secrets, gates: words.readyGate ?? GitOpsGate.allCases)
  }
}

extension GitOpsWords {
  /// The secrets in the order of `GitOpsSecret`, whatever the order of the text.
  fileprivate var secrets: [GitOpsSecret] {
    let names = restoreSecrets ?? []
    var result: Set<GitOpsSecret> = []
    if names.contains(.sopsAge) { result.insert(.sopsAge) }
    if authRef == .deploy { result.insert(isSSH ? .deployKey : .login) }
    if names.contains(.pullSecret) { result.insert(.pullSecret) }
    if names.contains(.tunnel) { result.insert(.tunnel) }
    return GitOpsSecret.allCases.filter(result.contains)
  }

  var isSSH: Bool { repo?.hasPrefix("ssh://") == true }
}
