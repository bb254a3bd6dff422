/// A directory of the volume: its slots, and the places on disk they came from.
struct Directory {
  private let boot: BootSector
  /// Its clusters in order; none for the fixed root directory of FAT12 and FAT16.
  private let clusters: [UInt32]
  let isRoot: Bool
  var slots: SlotArray

  /// The root directory.
  init(rootOf boot: BootSector, _ disk: VolumeBytes) throws(FATFault) {
    switch boot.kind {
    case .fat12, .fat16:
      let bytes = try disk.read(at: boot.rootPlace, count: Int(boot.rootSlots) * 32)
      self.init(boot, [], isRoot: true, SlotArray(bytes, isWide: false))
    case .fat32:
      try self.init(at: boot.rootCluster, boot, disk, isRoot: true)
    }
  }

  /// The directory that begins at a cluster.
  init(
    at cluster: UInt32, _ boot: BootSector, _ disk: VolumeBytes, isRoot: Bool = false
  ) throws(FATFault) {
    var reader = TableReader(boot, disk)
    let most = UInt64(SlotArray.most * SlotArray.slotBytes) / boot.clusterBytes
    let runs = try reader.chain(from: cluster, limit: most)
    let bytes = try disk.read(runs, boot)
    self.init(
      boot, runs.flatMap { $0.first..<($0.first + $0.count) }, isRoot: isRoot,
      SlotArray(bytes, isWide: boot.kind == .fat32))
  }

  private init(_ boot: BootSector, _ clusters: [UInt32], isRoot: Bool, _ slots: SlotArray) {
    self.boot = boot
    self.clusters = clusters
    self.isRoot = isRoot
    self.slots = slots
  }

  /// How subdirectories name it in their `..`: the root is 0, also where it has a cluster.
  var numberForChildren: UInt32 { isRoot ? 0 : clusters.first ?? 0 }

  var lastCluster: UInt32? { clusters.last }

  /// It grows by whole clusters; nil where it cannot grow.
  var growth: Int? { clusters.isEmpty ? nil : Int(boot.clusterBytes) }

  /// How many bytes of the slots have their place on disk; those behind are new.
  var placedBytes: Int {
    clusters.isEmpty ? slots.bytes.count : clusters.count * Int(boot.clusterBytes)
  }

  /// The entry of a name: with the same case, else with another, else by its short name.
  func record(named name: FileName) throws(FATFault) -> DirectoryRecord? {
    let records = try slots.records().filter(\.isListed)
    if let exact = records.first(where: { $0.name == name }) { return exact }
    let folded = name.folded
    let long = records.first { $0.name.units.count == folded.count && $0.name.folded == folded }
    if let long { return long }
    guard folded.count <= 12 else { return nil }
    return records.first { ShortName.shown($0.shortName, caseFlags: 0).folded == folded }
  }

  /// The short names that a new entry cannot have.
  func takenShortNames() throws(FATFault) -> Set<[UInt8]> {
    Set(try slots.records().filter { !$0.attributes.contains(.label) }.map(\.shortName))
  }

  /// The sectors on disk that hold a range of the slots, in order.
  func sectors(holding range: Range<Int>) -> [PlacedBytes] {
    let step = Int(boot.sectorBytes)
    var result: [PlacedBytes] = []
    var offset = range.lowerBound / step * step
    while offset < min(range.upperBound, placedBytes) {
      let bytes = Array(slots.bytes[offset..<(offset + step)])
      result.append(PlacedBytes(place: place(of: offset), bytes: bytes))
      offset += step
    }
    return result
  }

  private func place(of offset: Int) -> UInt64 {
    guard !clusters.isEmpty else { return boot.rootPlace + UInt64(offset) }
    let (index, inside) = offset.quotientAndRemainder(dividingBy: Int(boot.clusterBytes))
    return boot.place(of: clusters[index]) + UInt64(inside)
  }
}

/// Bytes and where they go.
struct PlacedBytes {
  let place: UInt64
  let bytes: [UInt8]
}

extension VolumeBytes {
  /// All bytes of some clusters.
  func read(_ runs: [ClusterRun], _ boot: BootSector) throws(FATFault) -> [UInt8] {
    var bytes: [UInt8] = []
    for run in runs {
      bytes += try read(
        at: boot.place(of: run.first), count: Int(run.count) * Int(boot.clusterBytes))
    }
    return bytes
  }
}
