import SugarHost

/// Removes from the cache what no run uses and has not been used for long, and what killed runs left.
///
/// It is safe beside running builds: whoever uses an item holds its lock from before he looks for it to
/// the end of his run, and what is locked is left.
public struct CachePruner {
  let cache: CacheFolder
  /// Seconds since 1970.
  let now: Int64
  /// Seconds for which an item was not used; nil for all that is not used now.
  let age: Int64?

  public init(_ cache: CacheFolder, now: Int64, olderThan age: Int64?) {
    self.cache = cache
    self.now = now
    self.age = age
  }

  /// What would go, and why the rest stays.
  public func plan() throws(BuildError) -> [CacheVerdict] {
    try CacheSurvey(cache).entries().map { CacheVerdict(entry: $0, kept: reasonToKeep($0)) }
  }

  /// Removes what the plan says, unless it came into use meanwhile.
  public func prune() throws(BuildError) -> [CacheVerdict] {
    var verdicts = try plan()
    try building {
      for index in verdicts.indices where verdicts[index].kept == nil {
        if try !remove(verdicts[index].entry) { verdicts[index].kept = Self.inUse }
      }
      for kind in CacheItem.Kind.allCases { try sweepLocks(kind) }
    }
    return verdicts
  }

  private static let inUse = "in use"

  private func reasonToKeep(_ entry: CacheEntry) -> String? {
    if entry.isInUse { return Self.inUse }
    switch entry.kind {
    case .journal, .other: return entry.note ?? "not known"
    case .leftover:
      // Only what is written without a lock has none; an hour is longer than any such writing.
      return entry.locks.isEmpty && now - entry.lastUsed < 3600 ? "too new" : nil
    case .base, .download, .partialDownload, .pieces, .firmware:
      guard let age, now - entry.lastUsed < age else { return nil }
      return "used lately"
    }
  }

  /// False when somebody uses it by now.
  private func remove(_ entry: CacheEntry) throws -> Bool {
    // Used and let go of again since it was looked at: then it is not old.
    let used = try item(of: entry)?.lastUsed() ?? Files.status(entry.path)?.modified
    guard used == entry.lastUsed else { return false }
    return try holding(entry.locks[...]) { () throws(HostError) in
      guard try Files.status(entry.path)?.kind == .directory, let item = item(of: entry),
        entry.kind == .base
      else { return try Files.removeTree(entry.path) }
      try Files.removeTree(item.doomed)
      try Files.rename(item.path, to: item.doomed)
      try Files.removeTree(item.doomed)
    }
  }

  private func item(of entry: CacheEntry) -> CacheItem? {
    let kind: CacheItem.Kind? =
      switch entry.kind {
      case .base: .base
      case .download: .download
      case .pieces: .pieces
      case .firmware: .firmware
      case .partialDownload, .leftover, .journal, .other: nil
      }
    return kind.flatMap { CacheItem($0, owning: entry.path.lastComponent, in: cache) }
  }

  /// Removes the locks of items of which nothing else is there.
  private func sweepLocks(_ kind: CacheItem.Kind) throws {
    for item in try CacheSurvey(cache).items(kind) {
      let isThere = { () throws(HostError) in
        for path in [item.path, item.partial, item.doomed] where try Files.status(path) != nil {
          return true
        }
        return false
      }
      guard try !isThere() else { continue }
      _ = try holding(item.locks[...]) { () throws(HostError) in
        guard try !isThere() else { return }
        for lock in item.locks { try Files.remove(lock) }
      }
    }
  }

  /// Runs `body` while all locks are held for us alone; false when one cannot be had.
  private func holding(
    _ locks: ArraySlice<String>, _ body: () throws(HostError) -> Void
  ) throws(HostError) -> Bool {
    guard let first = locks.first else {
      try body()
      return true
    }
    guard let lock = try FileLock.attempt(first) else { return false }
    return try withExtendedLifetime(lock) { () throws(HostError) in
      try holding(locks.dropFirst(), body)
    }
  }
}
