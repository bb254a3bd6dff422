import SugarHost
import SugarModel
import SugarProfile

/// Finds the base that a fleet names: prepared in the cache, downloaded, or as a file of this
/// machine. Never the network.
struct BaseFinder {
  let fleet: FleetFolder
  let store: BaseStore

  func find() throws(BuildError) -> PreparedBase {
    let base = fleet.profile.base
    switch base.source {
    case .url(let url):
      guard let sha256 = base.sha256 else {
        throw BuildError(.data, "cannot use '\(url)' as a base: the fleet does not say its sha256")
      }
      // As long as a base is used, what it was unpacked from is: exports take its blocks over.
      let download = try store.cache.use(.download, sha256, name: url.lastComponent).path
      if let ready = try store.cached(sha256: sha256) { return ready }
      guard try building({ try Files.exists(download) }) else {
        throw BuildError(
          .data, "cannot find the base '\(url.lastComponent)': it was not fetched yet",
          note: "run `sugarimage fetch \(fleet.path)`")
      }
      return try store.prepare(download, name: url.lastComponent, expected: sha256, isPinned: true)
    case .file(let named):
      return try file(named, base)
    }
  }

  private func file(_ named: String, _ base: BaseImage) throws(BuildError) -> PreparedBase {
    let path = fleet.resolve(named)
    if let sha256 = base.sha256, let ready = try store.cached(sha256: sha256) { return ready }
    guard try building({ try Files.exists(path) }) else {
      throw BuildError(
        .data, "cannot find the base '\(path)'",
        note: "correct `base.path` in \(base.replacedBy ?? fleet.path + "/fleet.yaml")")
    }
    if let sha256 = base.sha256 {
      return try store.prepare(path, name: path.lastComponent, expected: sha256, isPinned: true)
    }
    // Not pinned: whatever stands there now is the base.
    var memory = ChecksumMemory(store.cache)
    let sha256 = try memory.sha256(ofFile: path)
    memory.save()
    if let ready = try store.cached(sha256: sha256) { return ready }
    return try store.prepare(path, name: path.lastComponent, expected: sha256, isPinned: false)
  }
}
