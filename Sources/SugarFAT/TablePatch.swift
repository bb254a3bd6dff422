/// Changes of the allocation table that wait to be written: only the sectors they touch.
struct TablePatch {
  private let boot: BootSector
  private let disk: VolumeBytes
  /// Sectors of the table as they will be, and which of them is where.
  private var pages: [[UInt8]] = []
  private var known: [UInt64: Int] = [:]
  private var touched: Set<UInt64> = []
  private var latest: (sector: UInt64, page: Int)?

  init(_ boot: BootSector, _ disk: VolumeBytes) {
    self.boot = boot
    self.disk = disk
  }

  /// A patch that is written after this one, and sees what this one does.
  func following() -> TablePatch {
    var next = self
    next.touched = []
    next.latest = nil
    return next
  }

  /// Puts a value in the table for a cluster.
  mutating func set(_ cluster: UInt32, to value: UInt32) throws(FATFault) {
    let number = UInt64(cluster)
    switch boot.kind {
    case .fat12:
      let place = number * 3 / 2
      let odd = cluster & 1 == 1
      try put(odd ? UInt8(value << 4 & 0xF0) : UInt8(value & 0xFF), odd ? 0xF0 : 0xFF, at: place)
      try put(
        odd ? UInt8(value >> 4 & 0xFF) : UInt8(value >> 8 & 15), odd ? 0xFF : 15, at: place + 1)
    case .fat16:
      try put(value & 0xFFFF, bytes: 2, at: number * 2)
    case .fat32:
      try put(value & 0x0FFF_FFFF, bytes: 4, at: number * 4)
    }
  }

  /// Links runs to one chain and ends it.
  mutating func link(_ runs: [ClusterRun]) throws(FATFault) {
    for (index, run) in runs.enumerated() {
      let last = run.first + (run.count - 1)
      for cluster in run.first..<last { try set(cluster, to: cluster + 1) }
      let after = index + 1 < runs.count ? runs[index + 1].first : boot.kind.end
      try set(last, to: after)
    }
  }

  /// Marks the clusters of runs as free.
  mutating func free(_ runs: [ClusterRun]) throws(FATFault) {
    for run in runs {
      for cluster in run.first..<(run.first + run.count) { try set(cluster, to: 0) }
    }
  }

  /// Writes the touched sectors, in order, to every copy of the table.
  func write() throws(FATFault) {
    let pieces = pieces()
    for copy in 0..<boot.tableCount {
      for piece in pieces {
        let place = boot.tablePlace(copy: copy) + piece.sector * boot.sectorBytes
        try disk.write(piece.bytes[...], at: place)
      }
    }
  }

  /// Touched sectors that follow each other become one piece.
  private func pieces() -> [(sector: UInt64, bytes: [UInt8])] {
    var result: [(sector: UInt64, bytes: [UInt8])] = []
    var previous: UInt64?
    for sector in touched.sorted() {
      let bytes = known[sector].map { pages[$0] } ?? []
      if let before = previous, before + 1 == sector, let last = result.indices.last {
        result[last].bytes += bytes
      } else {
        result.append((sector, bytes))
      }
      previous = sector
    }
    return result
  }

  /// Whole numbers never straddle two sectors; FAT32 keeps its top four bits.
  private mutating func put(_ value: UInt32, bytes: Int, at offset: UInt64) throws(FATFault) {
    let (page, inside) = try touch(offset)
    if bytes == 2 {
      pages[page].put16(UInt16(truncatingIfNeeded: value), at: inside)
    } else {
      let kept = UInt32(pages[page][inside + 3] & 0xF0) << 24
      pages[page].put32(value | kept, at: inside)
    }
  }

  /// Puts the bits of `mask` of one byte.
  private mutating func put(_ value: UInt8, _ mask: UInt8, at offset: UInt64) throws(FATFault) {
    let (page, inside) = try touch(offset)
    pages[page][inside] = pages[page][inside] & ~mask | value
  }

  /// The page of an offset, read unless it is known. Chains run along a sector: the last one is
  /// mostly the next one.
  private mutating func touch(_ offset: UInt64) throws(FATFault) -> (page: Int, inside: Int) {
    let (sector, inside) = offset.quotientAndRemainder(dividingBy: boot.sectorBytes)
    if let latest, latest.sector == sector { return (latest.page, Int(inside)) }
    let page = try page(of: sector)
    latest = (sector, page)
    touched.insert(sector)
    return (page, Int(inside))
  }

  private mutating func page(of sector: UInt64) throws(FATFault) -> Int {
    if let page = known[sector] { return page }
    let place = boot.tablePlace(copy: boot.activeTable) + sector * boot.sectorBytes
    pages.append(try disk.read(at: place, count: Int(boot.sectorBytes)))
    known[sector] = pages.count - 1
    return pages.count - 1
  }
}
