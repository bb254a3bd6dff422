import SugarHost
import SugarModel

/// A node's image as it stands built: its delta over the prepared base.
struct NodeImage: Sendable {
  let node: String
  let delta: DeltaFile
  let manifest: Manifest
  let base: PreparedBase

  var size: ByteCount { delta.header.imageSize }

  static func open(_ node: String, of output: String, cache: CacheFolder) throws(BuildError)
    -> NodeImage
  {
    let delta = try DeltaFile.open("\(output)/\(node).delta")
    let manifest = try Manifest.decode(delta.manifestBytes, from: delta.file.path)
    let base = try DeltaBase(cache: cache).base(of: delta, manifest)
    return NodeImage(node: node, delta: delta, manifest: manifest, base: base)
  }

  /// Writes the whole image, sparse, and sharing the base's blocks where the file system can.
  func write(to path: String) throws -> FileStorage {
    let image = try FileStorage(path, .create)
    if !image.clone(base.image) {
      try image.resize(to: base.record.size)
      try SparseCopy.copy(base.image, to: image)
    }
    try apply(to: image)
    return image
  }

  /// Puts every changed block in its place.
  private func apply(to image: FileStorage) throws {
    let block = UInt64(DeltaFile.blockSize)
    var place = delta.blocksPlace.bytes
    for extent in delta.extents {
      for number in extent.start..<extent.start + UInt64(extent.count) {
        let count = Int(min(block, size.bytes - number * block))
        let bytes =
          extent.isZero
          ? [UInt8](repeating: 0, count: count)
          : try delta.file.bytes(at: ByteCount(place), count: count)
        try image.write(bytes, at: ByteCount(number * block))
        if !extent.isZero { place += block }
      }
    }
  }

  /// The image, each piece of it compared with its digest as it is read.
  ///
  /// The digests are the base's, and those of the pieces in which a block changed, taken again. That
  /// together they are the image's is what the manifest says.
  func proven() throws -> ProvenStorage {
    let storage = DeltaStorage(base: base.image, delta: delta)
    var chunks = base.chunks
    let changed = delta.extents.flatMap { $0.start..<$0.start + UInt64($0.count) }
    try chunks.update(storage, changedBlocks: changed)
    guard chunks.root == manifest.image.digest else {
      throw DeltaFile.damaged(
        delta.file.path, "with its base it does not make the image that its manifest describes")
    }
    return ProvenStorage(
      image: storage, chunks: chunks, name: "the prepared base of \(node)")
  }
}

/// An image of which no byte is handed out that does not fit its digest.
struct ProvenStorage: Storage {
  let image: any Storage
  let chunks: ChunkDigests
  /// What it is read from, for messages.
  let name: String

  var size: ByteCount { image.size }

  func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
    try checkEdges("read", at: place, count: buffer.count, of: name)
    var done = 0
    while done < buffer.count {
      let at = place.bytes + UInt64(done)
      let number = Int(at / ChunkDigests.chunkSize)
      let chunk = ChunkDigests.range(number, size.bytes)
      let count = min(buffer.count - done, Int(chunk.upperBound - at))
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
      if count == chunk.count {
        try image.read(at: ByteCount(at), into: part)
        try check(UnsafeRawBufferPointer(part), number)
      } else {
        let whole = try image.bytes(at: ByteCount(chunk.lowerBound), count: chunk.count)
        let inside = Int(at - chunk.lowerBound)
        var failure: StorageError?
        whole.withUnsafeBytes { bytes in
          do throws(StorageError) { try check(bytes, number) } catch { failure = error }
          part.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[inside..<(inside + count)]))
        }
        if let failure { throw failure }
      }
      done += count
    }
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ number: Int) throws(StorageError) {
    guard !chunks.isDigest(ofChunk: number, bytes) else { return }
    throw StorageError(
      operation: "read", subject: name,
      reason: "it was changed after it was made; remove it from the cache, and it is made again")
  }

  func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    throw StorageError(operation: "write", subject: name, reason: "it is read-only")
  }
}
