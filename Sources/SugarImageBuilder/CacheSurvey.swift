import SugarHost
import SugarModel

/// Looks at everything that lies in the cache. Nothing counts as used by that.
public struct CacheSurvey {
  let cache: CacheFolder

  public init(_ cache: CacheFolder) { self.cache = cache }

  /// What the project's scripts keep beside ours, by their folders.
  private static let scripts = [
    "agent-sdk": "agent-sdk", "debs": "reference-base", "native-tools": "reference-base",
    "flux-stand-in": "flux-stand-in", "fuzz": "fuzz", "k3s-stand-in": "k3s-stand-in",
    "pc-kernel": "pc-kernel", "reference-base": "reference-base",
  ]

  /// Every entry, in the order of kinds and then of names; of a cache that is not there, none.
  public func entries() throws(BuildError) -> [CacheEntry] {
    try building {
      guard try Files.exists(cache.path) else { return [] }
      var entries: [CacheEntry] = []
      for kind in CacheItem.Kind.allCases {
        for item in try items(kind) { entries += try self.entries(of: item) }
        for name in try names(kind.folder)
        where CacheItem(kind, owning: name, in: cache) == nil {
          entries.append(try other("\(kind.folder)/\(name)", "not known"))
        }
      }
      entries += try flash()
      let ours = CacheItem.Kind.allCases.map(\.folder) + ["flash", "digests", "unpacking.lock"]
      for name in try names("") where !ours.contains(name) {
        guard name != ".digests.partial" else {
          entries.append(try leftover("\(cache.path)/\(name)", locks: []))
          continue
        }
        let script = Self.scripts[name]
        entries.append(try other(name, script.map { "kept by scripts/\($0)" } ?? "not known"))
      }
      return entries
    }
  }

  /// Every item of which anything is there, be it a lock.
  func items(_ kind: CacheItem.Kind) throws -> [CacheItem] {
    var found: [CacheItem] = []
    for name in try names(kind.folder) {
      guard let item = CacheItem(kind, owning: name, in: cache), !found.contains(item) else {
        continue
      }
      found.append(item)
    }
    return found.sorted { $0.key < $1.key }
  }

  private func names(_ folder: String) throws -> [String] {
    let path = folder.isEmpty ? cache.path : "\(cache.path)/\(folder)"
    return try Files.status(path)?.kind == .directory ? Files.list(path) : []
  }

  private func entries(of item: CacheItem) throws -> [CacheEntry] {
    var entries: [CacheEntry] = []
    if try Files.status(item.path) != nil { entries.append(try whole(item)) }
    for path in [item.partial, item.doomed] where try Files.status(path) != nil {
      var entry = try leftover(path, locks: item.locks)
      if item.kind == .download {
        entry.kind = .partialDownload
        entry.name = try name(of: item)
      }
      entries.append(entry)
    }
    return entries
  }

  private func whole(_ item: CacheItem) throws -> CacheEntry {
    let kind: CacheEntry.Kind =
      switch item.kind {
      case .base: .base
      case .download: .download
      case .pieces: .pieces
      case .firmware: .firmware
      }
    var entry = CacheEntry(
      kind: kind, path: item.path, name: try name(of: item), size: try Files.allocated(item.path),
      lastUsed: try item.lastUsed() ?? 0, isInUse: try isHeld(item.locks), locks: item.locks)
    if item.kind == .base {
      do throws(BuildError) {
        guard let base = try PreparedBase.open(item.path) else { return entry }
        entry.name = Self.name(base.record)
        entry.os = try? BaseSurvey.identity(
          of: base.image, name: base.record.name, sha256: base.record.sha256
        ).name
      } catch {
        entry.note = "damaged"
      }
    }
    return entry
  }

  private static func name(_ record: PreparedBase.Record) -> String {
    record.growth == .zero ? record.name : "\(record.name), grown by \(record.growth)"
  }

  /// What a download was called where it came from; of pieces, the base that they are of.
  private func name(of item: CacheItem) throws -> String {
    let noted = (try? Files.read(item.useLock, limit: .mib(1))) ?? []
    if !noted.isEmpty { return String(decoding: noted, as: UTF8.self) }
    let short = "sha256:\(item.key.prefix(12))…"
    guard item.kind == .pieces else { return short }
    let base = CacheItem(.base, String(item.key.prefix(64)), in: cache)
    return "of \((try? PreparedBase.open(base.path))?.record.name ?? short)"
  }

  private func flash() throws -> [CacheEntry] {
    try names("flash").map { name in
      let path = "\(cache.path)/flash/\(name)"
      switch name {
      case ".blocks", ".unpacked":
        return try leftover(path, locks: ["\(cache.path)/unpacking.lock"])
      case _ where name.hasSuffix(".journal"):
        var entry = try other("flash/\(name)", "kept: only it knows what must stay on that disk")
        entry.kind = .journal
        return entry
      default: return try other("flash/\(name)", "not known")
      }
    }
  }

  private func leftover(_ path: String, locks: [String]) throws -> CacheEntry {
    CacheEntry(
      kind: .leftover, path: path, name: path.lastComponent, size: try Files.allocated(path),
      lastUsed: try Files.status(path)?.modified ?? 0, isInUse: try isHeld(locks), locks: locks)
  }

  private func other(_ name: String, _ note: String) throws -> CacheEntry {
    let path = "\(cache.path)/\(name)"
    return CacheEntry(
      kind: .other, path: path, name: name, size: try Files.allocated(path),
      lastUsed: try Files.status(path)?.modified ?? 0, isInUse: false, note: note, locks: [])
  }

  private func isHeld(_ locks: [String]) throws -> Bool {
    for lock in locks where try FileLock.isHeld(lock) { return true }
    return false
  }
}

extension CacheItem {
  var locks: [String] { [useLock, makingLock].compactMap { $0 } }

  /// Seconds since 1970 at which a run last began to use it; one that was never used by a release that
  /// notes it, when it was made. nil when it is not there.
  func lastUsed() throws(HostError) -> Int64? {
    guard let made = try Files.status(path) else { return nil }
    return try Files.status(useLock)?.modified ?? made.modified
  }
}
