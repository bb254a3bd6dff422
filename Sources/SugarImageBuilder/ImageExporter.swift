import SugarHost
import SugarModel

/// Writes whole images out of base and delta: sparse, and sharing the base's blocks where the file
/// system can.
public struct ImageExporter: Sendable {
  let cache: CacheFolder
  let progress: @Sendable (BuildEvent) -> Void

  public init(cache: CacheFolder, progress: @escaping @Sendable (BuildEvent) -> Void) {
    self.cache = cache
    self.progress = progress
  }

  /// Writes `<output>/<node>.img` for each node that was built there. Gives the paths.
  public func export(_ nodes: [String], in output: String) throws(BuildError) -> [String] {
    let lock = try FleetBuilder.lock(output)
    return try withExtendedLifetime(lock) { () throws(BuildError) in
      var paths: [String] = []
      for node in nodes {
        paths.append(try export(node, in: output))
        progress(.exported(node: node))
      }
      return paths
    }
  }

  private func export(_ node: String, in output: String) throws(BuildError) -> String {
    try building {
      let path = "\(output)/\(node).img"
      let partial = Files.partialName(path)
      do {
        try Self.write(node, of: output, to: partial, cache: cache).synchronize()
        try Files.rename(partial, to: path)
      } catch {
        try? Files.remove(partial)
        throw error
      }
      return path
    }
  }

  /// Writes the image that base and delta of a node make.
  static func write(
    _ node: String, of output: String, to path: String, cache: CacheFolder
  ) throws -> FileStorage {
    let delta = try DeltaFile.open("\(output)/\(node).delta")
    let manifest = try Manifest.decode(delta.manifestBytes, from: delta.file.path)
    let base = try DeltaBase(cache: cache).base(of: delta, manifest)
    let image = try FileStorage(path, .create)
    if !image.clone(base.image) {
      try image.resize(to: base.record.size)
      try SparseCopy.copy(base.image, to: image)
    }
    try apply(delta, to: image)
    return image
  }

  /// Puts every changed block in its place.
  private static func apply(_ delta: DeltaFile, to image: FileStorage) throws {
    let size = UInt64(DeltaFile.blockSize)
    var place = delta.blocksPlace.bytes
    for extent in delta.extents {
      for block in extent.start..<extent.start + UInt64(extent.count) {
        let count = Int(min(size, delta.header.imageSize.bytes - block * size))
        let bytes =
          extent.isZero
          ? [UInt8](repeating: 0, count: count)
          : try delta.file.bytes(at: ByteCount(place), count: count)
        try image.write(bytes, at: ByteCount(block * size))
        if !extent.isZero { place += size }
      }
    }
  }
}

/// Finds the prepared base that a delta was made over.
struct DeltaBase {
  let cache: CacheFolder

  func base(of delta: DeltaFile, _ manifest: Manifest) throws(BuildError) -> PreparedBase {
    let key = PreparedBase.key(sha256: manifest.base.sha256, growth: manifest.base.growth)
    guard let base = try PreparedBase.open(cache.base(key)) else {
      throw BuildError(
        .data, "cannot find the base '\(manifest.base.name)' of '\(delta.file.path)' in the cache",
        note: "build the node again")
    }
    guard Hex.bytes(base.record.digest) == delta.header.baseDigest,
      base.record.size == delta.header.imageSize
    else {
      throw BuildError(
        .data,
        "cannot use the delta '\(delta.file.path)': it was made over another preparation of '\(manifest.base.name)'",
        note: "build the node again")
    }
    return base
  }
}
