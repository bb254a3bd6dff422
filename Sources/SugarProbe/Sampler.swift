import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Reads places of a disk that tell whether it is blank, and whether it is as it was.
///
/// The first and the last MiB are read whole: tables and most signatures lie there. Between them
/// 256 pieces of 16 KiB are read, evenly spread: on 1 TB one every 4 GB.
struct Sampler {
  static let edge = ByteCount.mib(1)
  static let (pieces, piece): (UInt64, ByteCount) = (256, .kib(16))

  private(set) var sample = ZeroSample.zero
  private var edges = SHA256Hash()
  private var between = SHA256Hash()

  /// The digests of everything that was read, and of what lies between the first and the last MiB.
  var fingerprints: (all: String, middle: String) {
    var (all, middle) = (edges, between)
    let inner = middle.finish()
    all.add(inner)
    return (Hex.text(all.finish()), Hex.text(inner))
  }

  init(_ storage: any Storage) throws(StorageError) {
    let size = storage.size
    for part in [(ByteCount.zero, Self.edge), (size - Self.edge, Self.edge)] {
      var position = part.0
      let end = min(position + part.1, size)
      while position < end {
        try read(storage, at: position, count: min(.kib(64), end - position), isEdge: true)
        position += .kib(64)
      }
    }
    let room = size - Self.edge - Self.edge
    guard room >= Self.piece else { return }
    let step = max(room.bytes / Self.pieces, Self.piece.bytes)
    var position = Self.edge
    while position + Self.piece <= size - Self.edge {
      try read(storage, at: position, count: Self.piece, isEdge: false)
      position += ByteCount((step + 4095) / 4096 * 4096)
    }
  }

  /// Zeros need not be digested: where they are is enough.
  private mutating func read(
    _ storage: any Storage, at position: ByteCount, count: ByteCount, isEdge: Bool
  ) throws(StorageError) {
    let bytes = try storage.bytes(at: position, count: Int(count.bytes))
    let isZero = bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress, buffer.count > 1 else { return true }
      return buffer[0] == 0 && memcmp(start, start + 1, buffer.count - 1) == 0
    }
    guard !isZero else { return }
    if sample == .zero {
      let first = bytes.firstIndex { $0 != 0 } ?? 0
      sample = .data(at: position + ByteCount(first))
    }
    let mark = (0..<8).map { UInt8(truncatingIfNeeded: position.bytes >> UInt64(8 * $0)) }
    if isEdge {
      edges.add(mark)
      edges.add(bytes)
    } else {
      between.add(mark)
      between.add(bytes)
    }
  }
}
