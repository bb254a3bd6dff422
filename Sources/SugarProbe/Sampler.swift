import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Reads places of a disk that tell whether it is blank, and whether it is as it was.
///
/// The first and the last MiB are read whole: tables and most signatures lie there. What lies
/// between is read whole as well when it is at most 64 MiB; of more, 2048 pieces of 16 KiB are read,
/// evenly spread: on 1 TB one every 488 MB.
struct Sampler {
  static let edge = ByteCount.mib(1)
  static let (pieces, piece): (UInt64, ByteCount) = (2048, .kib(16))
  static let whole = ByteCount.mib(64)

  private(set) var sample = ZeroSample.zero
  private let isDigested: Bool
  private var edges = SHA256Hash()
  private var between = SHA256Hash()

  /// The digests of everything that was read, and of what lies between the first and the last MiB.
  var fingerprints: (all: String, middle: String) {
    var (all, middle) = (edges, between)
    let inner = middle.finish()
    all.add(inner)
    return (Hex.text(all.finish()), Hex.text(inner))
  }

  /// What there is besides zeros; of data only the first is looked for.
  static func sample(of storage: any Storage) throws(StorageError) -> ZeroSample {
    try Sampler(storage, isDigested: false).sample
  }

  /// - Parameter isDigested: whether the fingerprints are wanted; if not, reading ends at the first data.
  init(_ storage: any Storage, isDigested: Bool = true) throws(StorageError) {
    self.isDigested = isDigested
    let size = storage.size
    for part in [(ByteCount.zero, Self.edge), (size - Self.edge, Self.edge)] {
      var position = part.0
      let end = min(position + part.1, size)
      while position < end, isOpen {
        try read(storage, at: position, count: min(.kib(64), end - position), isEdge: true)
        position += .kib(64)
      }
    }
    let room = size - Self.edge - Self.edge
    guard size > Self.edge + Self.edge else { return }
    let isSmall = room <= Self.whole
    let piece = isSmall ? ByteCount.mib(1) : Self.piece
    let step = isSmall ? piece.bytes : room.bytes / Self.pieces / 4096 * 4096
    var position = Self.edge
    while position < size - Self.edge, isOpen {
      let count = min(piece, size - Self.edge - position)
      try read(storage, at: position, count: count, isEdge: false)
      position += ByteCount(step)
    }
  }

  /// Whether what follows may still matter.
  private var isOpen: Bool { isDigested || sample == .zero }

  /// Zeros need not be digested: where the other blocks of 4 KiB are is enough.
  private mutating func read(
    _ storage: any Storage, at position: ByteCount, count: ByteCount, isEdge: Bool
  ) throws(StorageError) {
    let bytes = try storage.bytes(at: position, count: Int(count.bytes))
    var start = 0
    while start < bytes.count {
      let block = start..<min(start + 4096, bytes.count)
      start = block.upperBound
      guard !Self.isZero(bytes, block) else { continue }
      let place = position + ByteCount(block.lowerBound)
      if sample == .zero {
        let first: Int = bytes[block].firstIndex { $0 != 0 } ?? block.lowerBound
        sample = .data(at: position + ByteCount(first))
      }
      guard isDigested else { return }
      let mark = (0..<8).map { UInt8(truncatingIfNeeded: place.bytes >> UInt64(8 * $0)) }
      if isEdge {
        edges.add(mark)
        edges.add(bytes[block])
      } else {
        between.add(mark)
        between.add(bytes[block])
      }
    }
  }

  private static func isZero(_ bytes: [UInt8], _ block: Range<Int>) -> Bool {
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress?.advanced(by: block.lowerBound) else { return true }
      return buffer[block.lowerBound] == 0 && memcmp(start, start + 1, block.count - 1) == 0
    }
  }
}
