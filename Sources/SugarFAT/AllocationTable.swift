/// Some clusters in a row.
struct ClusterRun: Hashable, Sendable {
  var first: UInt32
  var count: UInt32
}

extension Array where Element == ClusterRun {
  /// Adds a cluster, to the last run where it follows it.
  mutating func append(cluster: UInt32) {
    if let last = indices.last, self[last].first + self[last].count == cluster {
      self[last].count += 1
    } else {
      append(ClusterRun(first: cluster, count: 1))
    }
  }

  var clusterCount: UInt64 { reduce(0) { $0 + UInt64($1.count) } }
}

/// Reads the allocation table through a window, a piece at a time.
///
///      FAT32  4 bytes a cluster; the top four bits are not ours
///      FAT16  2 bytes a cluster
///      FAT12  two clusters in 3 bytes:   ┌────────┬────┬────┬────────┐
///                                        │ low 8  │ hi │ lo │ high 8 │
///                                        └────────┴────┴────┴────────┘
///      value  0 free, 2… next cluster, …FF7 bad, …FF8 to …FFF the chain ends here
struct TableReader {
  let boot: BootSector
  let disk: VolumeBytes
  private let windowBytes: UInt64
  private var window: [UInt8] = []
  private var windowStart: UInt64 = 0

  /// A window of at least `windowBytes`; FAT12, where numbers straddle, gets all of its table.
  init(_ boot: BootSector, _ disk: VolumeBytes, windowBytes: UInt64 = 4096) {
    self.boot = boot
    self.disk = disk
    self.windowBytes = boot.kind == .fat12 ? boot.usedTableBytes : windowBytes
  }

  /// The number that stands in the table for a cluster, or for the two places before the first.
  mutating func value(of cluster: UInt32) throws(FATFault) -> UInt32 {
    switch boot.kind {
    case .fat12:
      let offset = try turn(to: UInt64(cluster) * 3 / 2)
      let pair = UInt32(try window.number16(at: offset))
      return cluster & 1 == 0 ? pair & 0xFFF : pair >> 4
    case .fat16:
      let offset = try turn(to: UInt64(cluster) * 2)
      return UInt32(try window.number16(at: offset))
    case .fat32:
      let offset = try turn(to: UInt64(cluster) * 4)
      return try window.number32(at: offset) & 0x0FFF_FFFF
    }
  }

  /// Moves the window over a place of the table; gives the place inside the window.
  private mutating func turn(to offset: UInt64) throws(FATFault) -> Int {
    if offset < windowStart || offset >= windowStart + UInt64(window.count) {
      let start = offset / windowBytes * windowBytes
      guard start < boot.usedTableBytes else { throw FATFault("its table has no such cluster") }
      let count = min(windowBytes, boot.usedTableBytes - start)
      window = try disk.read(
        at: boot.tablePlace(copy: boot.activeTable) + start, count: Int(count))
      windowStart = start
    }
    return Int(offset - windowStart)
  }

  /// The cluster after a cluster; nil at the end of its chain.
  mutating func next(after cluster: UInt32) throws(FATFault) -> UInt32? {
    let value = try value(of: cluster)
    if boot.isCluster(value) { return value }
    guard value >= boot.kind.firstEnd else {
      let what = value == 0 ? "a free cluster" : "cluster \(value), which does not exist"
      throw FATFault("its chain of clusters is broken: after \(cluster) comes \(what)")
    }
    return nil
  }

  /// All of a chain; an error when it has more than `limit` clusters, as a loop has.
  mutating func chain(from first: UInt32, limit: UInt64) throws(FATFault) -> [ClusterRun] {
    var runs: [ClusterRun] = []
    var count: UInt64 = 0
    var cluster: UInt32? = try start(first)
    while let here = cluster {
      count += 1
      guard count <= limit else {
        throw FATFault("its chain of clusters is a loop, or has more than \(limit) clusters")
      }
      runs.append(cluster: here)
      cluster = try next(after: here)
    }
    return runs
  }

  /// The first `count` clusters of a chain; an error when it ends before.
  mutating func chain(from first: UInt32, count: UInt64) throws(FATFault) -> [ClusterRun] {
    guard count > 0 else { return [] }
    var runs: [ClusterRun] = []
    var here = try start(first)
    runs.append(cluster: here)
    for had in stride(from: 1, to: count, by: 1) {
      guard let next = try next(after: here) else {
        throw FATFault("its chain of clusters ends after \(had) of \(count)")
      }
      here = next
      runs.append(cluster: here)
    }
    return runs
  }

  private func start(_ first: UInt32) throws(FATFault) -> UInt32 {
    guard boot.isCluster(first) else {
      throw FATFault("it starts at cluster \(first), which does not exist")
    }
    return first
  }
}

extension FATKind {
  /// Values from here on end a chain.
  var firstEnd: UInt32 {
    switch self {
    case .fat12: return 0xFF8
    case .fat16: return 0xFFF8
    case .fat32: return 0x0FFF_FFF8
    }
  }

  /// The value we end chains with, as Linux does.
  var end: UInt32 { firstEnd | 7 }
}
