import SugarGitOps
import SugarHost
import SugarModel
import SugarProfile

/// Finds the install manifests of GitOps engines that a fleet names, in its folder or in the cache,
/// and reads them. Never the network.
struct ManifestFinder {
  let fleet: FleetFolder
  let cache: CacheFolder

  /// Larger than any manifest; the reader takes no more.
  private static let limit = ByteCount.mib(4)

  /// By name of the cluster that is handed over; a manifest that several have is read once.
  func manifests() throws(BuildError) -> [String: EngineManifest] {
    var read: [String: EngineManifest] = [:]
    var result: [String: EngineManifest] = [:]
    for cluster in fleet.profile.clusters {
      guard let gitops = fleet.profile.gitops(of: cluster) else { continue }
      let key = "\(gitops.engine.rawValue) \(gitops.manifest)"
      if read[key] == nil { read[key] = try manifest(gitops.manifest, gitops.engine) }
      result[cluster.name] = read[key]
    }
    return result
  }

  /// The manifest; throws what is wrong with it, all of it.
  func manifest(
    _ source: PinnedSource, _ engine: GitOpsEngine
  ) throws(BuildError) -> EngineManifest {
    let path = try path(source)
    let size = try building { try Files.status(path, followLinks: true)?.size ?? .zero }
    guard size <= Self.limit else {
      throw BuildError(
        .data, "cannot use '\(path)' as a manifest: it is larger than \(Self.limit)")
    }
    let bytes = try building { try Files.read(path, limit: Self.limit) }
    let digest = Checksum.sha256(bytes)
    guard digest == source.sha256 else {
      throw BuildError(
        .data,
        "cannot use '\(path)' as a manifest: its sha256 is \(digest), the fleet says \(source.sha256)"
      )
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw BuildError(.data, "cannot use '\(path)' as a manifest: it is no text in UTF-8")
    }
    let (manifest, report) = ManifestReader.read(text, path: path, engine: engine)
    guard let manifest else {
      throw BuildError(.data, "cannot use '\(path)' as a manifest", report: report)
    }
    return manifest
  }

  private func path(_ source: PinnedSource) throws(BuildError) -> String {
    switch source.place {
    case .url(let url):
      let download = try cache.use(.download, source.sha256, name: url.lastComponent).path
      guard try building({ try Files.exists(download) }) else { throw Self.notFetched(url, fleet) }
      return download
    case .file(let named):
      let path = fleet.resolve(named)
      guard try building({ try Files.exists(path) }) else {
        throw BuildError(
          .data, "cannot find the manifest '\(path)'",
          note: "correct 'manifest' in the fleet's 'gitops'")
      }
      return path
    }
  }

  static func notFetched(_ url: String, _ fleet: FleetFolder) -> BuildError {
    BuildError(
      .data, "cannot find the manifest '\(url.lastComponent)': it was not fetched yet",
      note: "run `sugarimage fetch \(fleet.path)`")
  }

  /// Whether it is there to be looked at: a file, or fetched.
  func isHere(_ source: PinnedSource) -> Bool {
    guard case .url = source.place else { return true }
    let item = CacheItem(.download, source.sha256, in: cache)
    return (try? Files.exists(item.path)) == true
  }
}
