import SugarDownload
import SugarHost
import SugarProfile

/// Brings the files that a fleet names by URL into the cache.
public struct Fetcher: Sendable {
  public struct File: Hashable, Sendable, Encodable {
    public var name: String
    public var url: String
    public var sha256: String
    public var path: String
    /// False when it was in the cache already.
    public var isNew: Bool
  }

  let cache: CacheFolder
  let environment: [String: String]
  let progress: @Sendable (BuildEvent) -> Void

  public init(
    cache: CacheFolder, environment: [String: String],
    progress: @escaping @Sendable (BuildEvent) -> Void
  ) {
    self.cache = cache
    self.environment = environment
    self.progress = progress
  }

  /// Fetches what is not here yet: the base, and install manifests of GitOps engines.
  public func fetch(_ fleet: FleetFolder) async throws -> [File] {
    var wanted: [(url: String, sha256: String)] = []
    if case .url(let url) = fleet.profile.base.source, let sha256 = fleet.profile.base.sha256 {
      wanted.append((url, sha256))
    }
    for cluster in fleet.profile.clusters {
      guard let source = fleet.profile.gitops(of: cluster)?.manifest,
        case .url(let url) = source.place,
        !wanted.contains(where: { $0.sha256 == source.sha256 })
      else { continue }
      wanted.append((url, source.sha256))
    }
    var result: [File] = []
    for file in wanted { result.append(try await fetch(file.url, file.sha256)) }
    return result
  }

  /// One run at a time fetches the same file.
  private func fetch(_ url: String, _ sha256: String) async throws -> File {
    try cache.make("downloads")
    let item = try cache.use(.download, sha256, name: url.lastComponent)
    let target = item.path
    let lock = try FileLock.wait(item.makingLock ?? item.useLock) {
      progress(.waiting("another run fetches the same file"))
    }
    let isNew = try await Download(url: url, sha256: sha256, to: target, environment: environment) {
      done, total in
      progress(.downloaded(done, of: total))
    }.run()
    withExtendedLifetime(lock) {}
    return File(name: url.lastComponent, url: url, sha256: sha256, path: target, isNew: isNew)
  }
}
