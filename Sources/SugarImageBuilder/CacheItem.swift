import SugarHost

/// One thing of the cache that can be made or fetched again, and what stands beside it:
///
/// ```
/// bases/     K            .use-K   .lock-K   .partial-K   .pruned-K
/// downloads/ K            .use-K   K.lock    .K.partial                (fetched on, where it stopped)
/// pieces/    K            .use-K   K.lock    .K.partial
/// firmware/  K            .use-K             .K.partial
/// ```
///
/// Who uses or makes one holds `.use-K`, shared, before he looks for it, and gives that file the present
/// time. Who makes one holds the second lock, too, for himself. Who removes one holds both for himself.
struct CacheItem: Hashable, Sendable {
  enum Kind: String, Hashable, Sendable, CaseIterable {
    case base, download, pieces, firmware

    /// The folder in the cache.
    var folder: String {
      switch self {
      case .base: "bases"
      case .download: "downloads"
      case .pieces, .firmware: rawValue
      }
    }
  }

  let kind: Kind
  let key: String
  private let folder: String

  init(_ kind: Kind, _ key: String, in cache: CacheFolder) {
    (self.kind, self.key) = (kind, key)
    folder = "\(cache.path)/\(kind.folder)"
  }

  var path: String { "\(folder)/\(key)" }
  var useLock: String { "\(folder)/.use-\(key)" }

  /// Held while it is made; nil where it is made in one step.
  var makingLock: String? {
    switch kind {
    case .base: "\(folder)/.lock-\(key)"
    case .download, .pieces: path + ".lock"
    case .firmware: nil
    }
  }

  /// Where it stands until it is whole.
  var partial: String {
    kind == .base ? "\(folder)/.partial-\(key)" : Files.partialName(path)
  }

  /// Where a folder stands while it is being removed: nobody finds half of it under its name.
  var doomed: String { "\(folder)/.pruned-\(key)" }

  /// The item that a name in its folder belongs to, whatever stands there: itself, a lock, what was
  /// left. nil for a name that this program does not make.
  init?(_ kind: Kind, owning name: String, in cache: CacheFolder) {
    var key = name[...]
    for prefix in [".use-", ".lock-", ".partial-", ".pruned-"] where key.hasPrefix(prefix) {
      key = key.dropFirst(prefix.count)
      break
    }
    for suffix in [".lock", ".partial"] where key.hasSuffix(suffix) {
      key = key.dropLast(suffix.count)
    }
    if key.hasPrefix(".") { key = key.dropFirst() }
    let isDigest = { (text: Substring) in
      text.utf8.count == 64 && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
    let parts = key.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let digest = parts.first, isDigest(digest) else { return nil }
    let isOurs =
      switch kind {
      case .base: parts.count == 1 || parts[1].hasPrefix("grown-")
      case .download, .firmware: parts.count == 1
      case .pieces: parts.count == 2
      }
    guard isOurs else { return nil }
    self.init(kind, String(key), in: cache)
    guard [path, useLock, makingLock, partial, doomed].contains("\(folder)/\(name)") else {
      return nil
    }
  }
}
