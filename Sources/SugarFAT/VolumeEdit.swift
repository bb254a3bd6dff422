/// One edit, planned in memory, then written in the order that does least harm when it is cut off:
///
///      1  contents, into clusters that nobody has
///      2  their chains, in all tables                          cut off here: lost clusters
///      3  the directory's sectors: now the edit can be seen
///      4  the link to a directory's new clusters
///      5  the clusters that nobody has any more, set free      cut off here: lost clusters
///      6  FSInfo
struct VolumeEdit {
  let boot: BootSector
  let disk: VolumeBytes
  private(set) var free: ClusterSet
  /// Where to look for free clusters: the one that was taken last.
  private(set) var last: UInt32
  private var contents: [(bytes: ArraySlice<UInt8>, runs: [ClusterRun])] = []
  private var chains: TablePatch
  private var sectors: [PlacedBytes] = []
  private var links: TablePatch?
  private var released: [ClusterRun] = []

  init(_ boot: BootSector, _ disk: VolumeBytes, free: ClusterSet, hint: UInt32) {
    self.boot = boot
    self.disk = disk
    self.free = free
    last = boot.isCluster(hint) ? hint : 2
    chains = TablePatch(boot, disk)
  }

  /// Room for `size` bytes, as a chain; nothing for no bytes.
  mutating func allocate(bytes size: Int) throws(FATFault) -> [ClusterRun] {
    let count = boot.clusters(for: size)
    guard let runs = free.take(count, from: last) else {
      let left = UInt64(free.count) * boot.clusterBytes
      throw FATFault("the volume is full: \(size) bytes are needed, \(left) are free")
    }
    try chains.link(runs)
    if let run = runs.last { last = run.first + (run.count - 1) }
    return runs
  }

  /// What goes into a chain that was allocated for it.
  mutating func fill(_ runs: [ClusterRun], with bytes: [UInt8]) {
    contents.append((bytes[...], runs))
  }

  /// Writes a range of a directory's slots, those in new clusters too.
  mutating func write(_ range: Range<Int>, of directory: Directory) throws(FATFault) {
    sectors += directory.sectors(holding: range)
    let placed = directory.placedBytes
    let size = directory.slots.bytes.count
    guard size > placed, let lastCluster = directory.lastCluster else { return }
    let runs = try allocate(bytes: size - placed)
    fill(runs, with: Array(directory.slots.bytes[placed...]))
    guard let first = runs.first else { return }
    links = chains.following()
    try links?.set(lastCluster, to: first.first)
  }

  /// Writes sectors of a directory backwards: an entry goes before its long name does.
  mutating func erase(_ range: Range<Int>, of directory: Directory) {
    sectors += directory.sectors(holding: range).reversed()
  }

  /// Lets a chain go, once nothing names it. Its clusters are not taken again by this edit.
  mutating func release(from first: UInt32) throws(FATFault) {
    guard first != 0 else { return }
    var reader = TableReader(boot, disk)
    released += try reader.chain(from: first, limit: UInt64(boot.clusterCount))
  }

  /// Writes it all. After an error the volume may hold lost clusters, or tables that differ.
  mutating func commit() throws(FATFault) {
    var freeing = (links ?? chains).following()
    try freeing.free(released)
    for (bytes, runs) in contents { try write(bytes, into: runs) }
    try chains.write()
    for sector in sectors { try disk.write(sector.bytes[...], at: sector.place) }
    try links?.write()
    try freeing.write()
    for run in released {
      for cluster in run.first..<(run.first + run.count) { free.insert(cluster) }
    }
  }

  /// The last cluster is filled up with zeros, so that nothing old shows through.
  private func write(_ bytes: ArraySlice<UInt8>, into runs: [ClusterRun]) throws(FATFault) {
    var offset = bytes.startIndex
    let step = Int(boot.clusterBytes)
    for run in runs {
      let place = boot.place(of: run.first)
      let end = min(offset + Int(run.count) * step, bytes.endIndex)
      let whole = (end - offset) / step * step
      if whole > 0 { try disk.write(bytes[offset..<(offset + whole)], at: place) }
      if offset + whole < end {
        let rest = [UInt8](repeating: 0, count: step - (end - offset - whole))
        try disk.write(bytes[(offset + whole)..<end] + rest, at: place + UInt64(whole))
      }
      offset = end
    }
  }
}
