import FoundationEssentials
import SugarImageBuilder
import SugarModel

/// The cache in words.
enum CacheWords {
  /// `today`, `yesterday`, `12 days ago`
  static func age(_ time: Int64, _ now: Int64) -> String {
    switch max(0, now - time) / 86400 {
    case 0: "today"
    case 1: "yesterday"
    case let days: "\(days) days ago"
    }
  }

  static func sum(_ entries: [CacheEntry]) -> ByteCount {
    entries.reduce(ByteCount.zero) { $0 + $1.size }
  }
}

extension CacheEntry.Kind {
  var words: String { self == .partialDownload ? "partial download" : rawValue }
}

/// An entry of the cache for other programs.
struct CacheEntryResult: Encodable {
  var kind: CacheEntry.Kind
  var path: String
  var name: String
  var os: String?
  var sizeOnDisk: ByteCount
  var lastUsed: String
  var inUse: Bool
  var note: String?
  /// Of `prune`: why it stays.
  var kept: String?

  init(_ entry: CacheEntry, kept: String? = nil) {
    kind = entry.kind
    path = entry.path
    name = entry.name
    os = entry.os
    sizeOnDisk = entry.size
    lastUsed = Date(timeIntervalSince1970: Double(entry.lastUsed)).formatted(.iso8601)
    inUse = entry.isInUse
    note = entry.note
    self.kept = kept
  }
}

struct CacheListing: Encodable {
  var path: String
  var sizeOnDisk: ByteCount
  var entries: [CacheEntryResult]

  init(_ path: String, _ entries: [CacheEntry]) {
    self.path = path
    sizeOnDisk = CacheWords.sum(entries)
    self.entries = entries.map { CacheEntryResult($0) }
  }
}

struct PruneResult: Encodable {
  var dryRun: Bool
  var freed: ByteCount
  var removed: [CacheEntryResult]
  var kept: [CacheEntryResult]

  init(_ verdicts: [CacheVerdict], dryRun: Bool) {
    self.dryRun = dryRun
    let gone = verdicts.filter { $0.kept == nil }
    freed = CacheWords.sum(gone.map(\.entry))
    removed = gone.map { CacheEntryResult($0.entry) }
    kept = verdicts.filter { $0.kept != nil }.map { CacheEntryResult($0.entry, kept: $0.kept) }
  }
}
