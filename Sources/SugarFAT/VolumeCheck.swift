/// Walks all of a volume, to know that an edit cannot do damage: a table that hands out a cluster
/// that a file has, or two files that share one.
struct VolumeCheck {
  private let boot: BootSector
  private let disk: VolumeBytes
  private var reader: TableReader
  private var claimed: ClusterSet
  private var waiting: [(path: String, cluster: UInt32)] = []

  private init(_ boot: BootSector, _ disk: VolumeBytes) {
    self.boot = boot
    self.disk = disk
    reader = TableReader(boot, disk, windowBytes: 1 << 16)
    claimed = ClusterSet(end: boot.clusterEnd)
  }

  /// The free clusters of a sound volume; throws on one that is not sound.
  static func run(_ boot: BootSector, _ disk: VolumeBytes) throws(FATFault) -> ClusterSet {
    let free = try ClusterSet.free(boot, disk, comparing: true)
    var check = VolumeCheck(boot, disk)
    try check.walk()
    return free
  }

  /// A directory that leads back to itself would claim its clusters twice, so that this ends.
  private mutating func walk() throws(FATFault) {
    if boot.kind == .fat32 { try claim(boot.rootCluster, "/") }
    try visit(Directory(rootOf: boot, disk), path: "")
    while let (path, cluster) = waiting.popLast() {
      try visit(Directory(at: cluster, boot, disk), path: path)
    }
  }

  private mutating func visit(_ directory: Directory, path: String) throws(FATFault) {
    for record in try directory.slots.records() where record.isListed {
      let name = path + "/" + record.name.text
      if record.isDirectory {
        try claim(record.firstCluster, name)
        waiting.append((name, record.firstCluster))
      } else if record.firstCluster != 0 {
        let count = try claim(record.firstCluster, name)
        guard count * boot.clusterBytes >= UInt64(record.size) else {
          throw FATFault("'\(name)' has \(record.size) bytes, but clusters for less; run fsck.vfat")
        }
      } else if record.size != 0 {
        throw FATFault("'\(name)' has \(record.size) bytes, but no cluster; run fsck.vfat")
      }
    }
  }

  /// Takes the clusters of a chain for one owner; gives how many there are.
  @discardableResult
  private mutating func claim(_ first: UInt32, _ owner: String) throws(FATFault) -> UInt64 {
    let runs: [ClusterRun]
    do throws(FATFault) {
      runs = try reader.chain(from: first, limit: UInt64(boot.clusterCount))
    } catch {
      if error.code != nil { throw error }
      throw FATFault("'\(owner)' is broken, \(error.reason); run fsck.vfat")
    }
    for run in runs {
      for cluster in run.first..<(run.first + run.count) where !claimed.insert(cluster) {
        throw FATFault("'\(owner)' shares cluster \(cluster) with another file; run fsck.vfat")
      }
    }
    return runs.clusterCount
  }
}

extension FATVolume {
  /// Reads the tables and all directories, and throws when something is not in order: tables that
  /// differ, chains that are broken, clusters with two owners. Lost clusters are no error.
  public func check() throws(FATError) {
    do throws(FATFault) { _ = try VolumeCheck.run(boot, disk) } catch {
      throw FATError("check", "FAT volume", error)
    }
  }
}
