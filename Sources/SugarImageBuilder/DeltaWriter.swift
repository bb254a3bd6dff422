import Crypto
import SugarHost
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Writes what changed in an overlay as a delta.
struct DeltaWriter {
  /// Blocks that really differ from the base, in rising order, and those of them that are all
  /// zeros.
  struct Changes: Sendable {
    var blocks: [UInt64]
    var extents: [DeltaFile.Extent]

    var storedBlocks: UInt64 {
      extents.reduce(0) { $0 + ($1.isZero ? 0 : UInt64($1.count)) }
    }
  }

  /// Compares every block that was written with the base: what is the same again has not changed.
  static func changes(in overlay: OverlayStorage) throws(StorageError) -> Changes {
    var result = Changes(blocks: [], extents: [])
    let new = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    let old = UnsafeMutableRawBufferPointer.allocate(byteCount: new.count, alignment: 4096)
    defer {
      new.deallocate()
      old.deallocate()
    }
    let written = overlay.writtenBlocks
    var index = 0
    while index < written.count {
      let first = written[index]
      var run = 1
      while run < new.count / DeltaFile.blockSize, index + run < written.count,
        written[index + run] == first + UInt64(run)
      {
        run += 1
      }
      index += run
      let place = first * UInt64(DeltaFile.blockSize)
      let count = Int(min(UInt64(run * DeltaFile.blockSize), overlay.size.bytes - place))
      let mine = UnsafeMutableRawBufferPointer(rebasing: new[0..<count])
      let theirs = UnsafeMutableRawBufferPointer(rebasing: old[0..<count])
      try overlay.read(at: ByteCount(place), into: mine)
      try overlay.base.read(at: ByteCount(place), into: theirs)
      for start in stride(from: 0, to: count, by: DeltaFile.blockSize) {
        let range = start..<min(start + DeltaFile.blockSize, count)
        let block = UnsafeRawBufferPointer(rebasing: new[range])
        if isEqual(block, UnsafeRawBufferPointer(rebasing: old[range])) { continue }
        result.add(
          (place + UInt64(start)) / UInt64(DeltaFile.blockSize), isZero: SparseCopy.isZero(block))
      }
    }
    return result
  }

  private static func isEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer)
    -> Bool
  {
    guard let first = one.baseAddress, let second = other.baseAddress else { return true }
    return memcmp(first, second, one.count) == 0
  }

  /// SHA-256 of extents and blocks, as it will stand in the header.
  static func payloadDigest(_ changes: Changes, _ overlay: OverlayStorage) throws(StorageError)
    -> [UInt8]
  {
    var hash = SHA256()
    hash.update(data: DeltaFile.encode(changes.extents))
    try forEachRun(changes, overlay) { (bytes, _) throws(StorageError) in
      hash.update(bufferPointer: bytes)
    }
    return Array(hash.finalize())
  }

  /// Writes the delta under a partial name beside `path`; the caller gives it its own.
  static func write(
    _ changes: Changes, of overlay: OverlayStorage, manifest: [UInt8], payloadDigest: [UInt8],
    baseDigest: [UInt8], to path: String
  ) throws(BuildError) {
    try building {
      let header = DeltaFile.Header(
        imageSize: overlay.size, extentCount: UInt64(changes.extents.count),
        blockCount: changes.storedBlocks, manifestSize: UInt64(manifest.count),
        payloadDigest: payloadDigest,
        manifestDigest: Array(SHA256.hash(data: manifest)), baseDigest: baseDigest)
      let file = try FileStorage(path, .create)
      let filled = manifest + [UInt8](repeating: 0, count: (4096 - manifest.count % 4096) % 4096)
      let extents = DeltaFile.encode(changes.extents)
      try file.write(DeltaFile.encode(header) + filled + extents, at: .zero)
      var place = ByteCount(4096 + filled.count + extents.count)
      try forEachRun(changes, overlay) { (bytes, _) throws(StorageError) in
        try file.write(at: place, from: bytes)
        place += ByteCount(bytes.count)
      }
      try file.synchronize()
    }
  }

  /// Hands over the stored blocks in order, up to a mebibyte at a time. The last block of an image
  /// may be filled up.
  private static func forEachRun(
    _ changes: Changes, _ overlay: OverlayStorage,
    _ body: (UnsafeRawBufferPointer, UInt64) throws(StorageError) -> Void
  ) throws(StorageError) {
    let size = UInt64(DeltaFile.blockSize)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    let step = UInt64(buffer.count) / size
    for extent in changes.extents where !extent.isZero {
      var block = extent.start
      let end = extent.start + UInt64(extent.count)
      while block < end {
        let count = Int(min(step, end - block) * size)
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count])
        let inside = Int(min(UInt64(count), overlay.size.bytes - block * size))
        if inside < count { piece.initializeMemory(as: UInt8.self, repeating: 0) }
        try overlay.read(
          at: ByteCount(block * size),
          into: UnsafeMutableRawBufferPointer(rebasing: piece[0..<inside]))
        try body(UnsafeRawBufferPointer(piece), block)
        block += UInt64(count) / size
      }
    }
  }
}

extension DeltaWriter.Changes {
  fileprivate mutating func add(_ block: UInt64, isZero: Bool) {
    blocks.append(block)
    if let last = extents.last, last.isZero == isZero, last.start + UInt64(last.count) == block,
      last.count < UInt32.max
    {
      extents[extents.count - 1].count += 1
    } else {
      extents.append(DeltaFile.Extent(start: block, count: 1, isZero: isZero))
    }
  }
}
