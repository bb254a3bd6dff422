public import SugarModel

/// Something that lies in the cache, as a person hears of it.
public struct CacheEntry: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, Codable {
    case base, download, pieces, firmware
    /// A download that stopped; `fetch` goes on with it.
    case partialDownload
    /// Of a run that was killed: of no use to anybody.
    case leftover
    /// What was begun on a disk, and which of its partitions must stay.
    case journal
    /// Not this program's: what the project's scripts keep there, or somebody else.
    case other
  }

  public var kind: Kind
  public var path: String
  public var name: String
  /// As the system in a base calls itself.
  public var os: String?
  /// What it takes of the disk.
  public var size: ByteCount
  /// Seconds since 1970 at which a run last began to use it.
  public var lastUsed: Int64
  /// Whether a run uses or makes it now.
  public var isInUse: Bool
  public var note: String?
  /// All of them are held by who removes it.
  var locks: [String]
}

/// An entry of the cache, and what becomes of it when the cache is pruned.
public struct CacheVerdict: Hashable, Sendable {
  public var entry: CacheEntry
  /// Why it stays; nil when it goes.
  public var kept: String?
}
