import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Finds disks that are smaller than they say, before anything is entrusted to them: writes a block
/// at places all over the disk, flushes, and reads all of them.
///
/// A controller that drops what lies beyond its memory, or reads it as something else, is found; so
/// is one that leaves out address bits, because then a block comes up in the first MiB, which holds
/// zeros. One that wraps at another size is found only when two places meet.
struct CapacityProbe {
  enum Finding: Hashable {
    case good
    /// The first place that does not keep what is written.
    case lost(at: ByteCount)
    /// What was written further up came up here.
    case wrapped(to: ByteCount)
  }

  let device: any FlashDevice
  let places: [UInt64]
  /// Blocks beyond it are made zeros again; the others are written over anyway.
  let imageSize: ByteCount
  /// Makes this run's blocks other than an earlier one's.
  let nonce: UInt64
  /// The first MiB, which was cleared.
  let head: UInt64

  private static let block = 4096

  func run() throws(StorageError) -> Finding {
    let buffer = AlignedBuffer(max(Self.block, Int(head)))
    let block = buffer.prefix(Self.block)
    for place in places {
      fill(block, place)
      try device.write(at: ByteCount(place), from: UnsafeRawBufferPointer(block))
    }
    try device.flush()
    for place in places {
      try device.read(at: ByteCount(place), into: block)
      guard isOurs(block, place) else { return .lost(at: ByteCount(place)) }
    }
    let start = buffer.prefix(Int(head))
    try device.read(at: .zero, into: start)
    if let first = start.firstIndex(where: { $0 != 0 }) { return .wrapped(to: ByteCount(first)) }
    block.initializeMemory(as: UInt8.self, repeating: 0)
    for place in places where place >= imageSize.bytes {
      try device.write(at: ByteCount(place), from: UnsafeRawBufferPointer(block))
    }
    return .good
  }

  private func fill(_ block: UnsafeMutableRawBufferPointer, _ place: UInt64) {
    for (index, word) in words(place).enumerated() {
      block.storeBytes(of: word, toByteOffset: index * 8, as: UInt64.self)
    }
  }

  private func isOurs(_ block: UnsafeMutableRawBufferPointer, _ place: UInt64) -> Bool {
    words(place).enumerated().allSatisfy { index, word in
      block.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) == word
    }
  }

  /// SplitMix64 from the place: no two places get the same block, and none is zeros.
  private func words(_ place: UInt64) -> [UInt64] {
    var state = place ^ nonce
    return (0..<Self.block / 8).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
      return word ^ (word >> 31) | 1
    }
  }
}
