/// A set of clusters, one bit each: 128 KiB for a million.
struct ClusterSet: Sendable {
  private var words: [UInt64]
  private let end: UInt32
  private(set) var count: UInt32 = 0

  /// An empty set for the clusters below `end`.
  init(end: UInt32) {
    self.end = end
    words = [UInt64](repeating: 0, count: Int(end / 64) + 1)
  }

  /// Adds a cluster below `end`; false when it was in already.
  @discardableResult
  mutating func insert(_ cluster: UInt32) -> Bool {
    let (word, bit) = (Int(cluster / 64), UInt64(1) << UInt64(cluster % 64))
    guard words[word] & bit == 0 else { return false }
    words[word] |= bit
    count += 1
    return true
  }

  mutating func remove(_ cluster: UInt32) {
    let (word, bit) = (Int(cluster / 64), UInt64(1) << UInt64(cluster % 64))
    guard words[word] & bit != 0 else { return }
    words[word] &= ~bit
    count -= 1
  }

  /// The first member at or after a cluster.
  func first(from cluster: UInt32) -> UInt32? {
    guard cluster < end else { return nil }
    var word = Int(cluster / 64)
    var bits = words[word] & (UInt64.max << UInt64(cluster % 64))
    while bits == 0 {
      word += 1
      guard word < words.count else { return nil }
      bits = words[word]
    }
    return UInt32(word * 64 + bits.trailingZeroBitCount)
  }

  /// Takes `wanted` members out: those from `hint` on, then those from the start.
  mutating func take(_ wanted: UInt32, from hint: UInt32) -> [ClusterRun]? {
    guard wanted <= count else { return nil }
    var runs: [ClusterRun] = []
    var place = hint
    for _ in 0..<wanted {
      guard let cluster = first(from: place) ?? first(from: 0) else { return nil }
      runs.append(cluster: cluster)
      remove(cluster)
      place = cluster + 1
    }
    return runs
  }
}

extension ClusterSet {
  /// The free clusters of a volume, counted from its table. Also compares the copies of the table,
  /// when `comparing`, because an edit writes the same sectors to both.
  static func free(
    _ boot: BootSector, _ disk: VolumeBytes, comparing: Bool
  ) throws(FATFault) -> ClusterSet {
    var set = ClusterSet(end: boot.clusterEnd)
    let step: UInt64 = boot.kind == .fat12 ? boot.usedTableBytes : 1 << 18
    for start in stride(from: 0, to: boot.usedTableBytes, by: UInt64.Stride(step)) {
      let count = Int(min(step, boot.usedTableBytes - start))
      let piece = try disk.read(
        at: boot.tablePlace(copy: boot.activeTable) + start, count: count)
      if comparing, boot.tableCount == 2 {
        let other = try disk.read(at: boot.tablePlace(copy: 1) + start, count: count)
        guard isSame(piece, other) else { throw FATFault("its two tables differ; run fsck.vfat") }
      }
      try set.insertFree(of: piece, from: start, boot)
    }
    return set
  }

  private mutating func insertFree(
    of piece: [UInt8], from start: UInt64, _ boot: BootSector
  ) throws(FATFault) {
    switch boot.kind {
    case .fat12:
      for cluster in 2..<boot.clusterEnd {
        let pair = try piece.number16(at: Int(cluster) * 3 / 2)
        if (cluster & 1 == 0 ? pair & 0xFFF : pair >> 4) == 0 { insert(cluster) }
      }
    case .fat16:
      piece.withUnsafeBytes { insertFree(of: $0, from: start, UInt16.self, mask: UInt16.max) }
    case .fat32:
      piece.withUnsafeBytes { insertFree(of: $0, from: start, UInt32.self, mask: 0x0FFF_FFFF) }
    }
  }

  /// The inner loop over a million numbers; `piece` holds whole numbers only.
  private mutating func insertFree<Number: FixedWidthInteger>(
    of piece: UnsafeRawBufferPointer, from start: UInt64, _: Number.Type, mask: Number
  ) {
    let width = MemoryLayout<Number>.size
    let first = UInt32(truncatingIfNeeded: start / UInt64(width))
    for index in 0..<(piece.count / width) {
      let value = piece.loadUnaligned(fromByteOffset: index * width, as: Number.self)
      if Number(littleEndian: value) & mask != 0 { continue }
      let cluster = first + UInt32(truncatingIfNeeded: index)
      if cluster >= 2 { insert(cluster) }
    }
  }

  /// Whether two pieces are equal, eight bytes at a time.
  private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    return one.withUnsafeBytes { one in
      other.withUnsafeBytes { other in
        let whole = one.count / 8 * 8
        for offset in stride(from: 0, to: whole, by: 8) {
          let left = one.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          let right = other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          if left != right { return false }
        }
        return (whole..<one.count).allSatisfy { one[$0] == other[$0] }
      }
    }
  }
}
