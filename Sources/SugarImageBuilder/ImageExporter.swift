import SugarArchive
import SugarHost
import SugarModel
import Synchronization

/// Writes whole images out of base and delta, in the forms that other people's tools read.
public struct ImageExporter: Sendable {
  let cache: CacheFolder
  /// Where the packed base may stand besides the cache.
  let packedBases: [String]
  let workers: Int
  let progress: @Sendable (BuildEvent) -> Void

  public init(
    cache: CacheFolder, packedBases: [String], workers: Int,
    progress: @escaping @Sendable (BuildEvent) -> Void
  ) {
    self.cache = cache
    self.packedBases = packedBases
    self.workers = workers
    self.progress = progress
  }

  /// Writes `<output>/<node>.<format>` for each node that was built there, in each of `formats`.
  ///
  /// A file is written beside its place, flushed and renamed: what was there before stays until then.
  public func export(
    _ nodes: [String], as formats: [ExportFormat], in output: String
  ) throws(BuildError) -> [ExportedImage] {
    let lock = try FleetBuilder.lock(output)
    return try withExtendedLifetime(lock) { () throws(BuildError) in
      var images: [ExportedImage] = []
      for node in nodes {
        let image = try NodeImage.open(node, of: output, cache: cache)
        for format in formats { images.append(try export(image, as: format, in: output)) }
        progress(.exported(node: node))
      }
      return images
    }
  }

  private func export(
    _ image: NodeImage, as format: ExportFormat, in output: String
  ) throws(BuildError) -> ExportedImage {
    let path = "\(output)/\(image.node).\(format.rawValue)"
    let partial = Files.partialName(path)
    return try building {
      do {
        var result = ExportedImage(
          node: image.node, format: format, path: path, size: image.size, fileSize: .zero)
        switch format {
        case .img: try image.write(to: partial).synchronize()
        case .xz: try splice(image, to: partial, &result)
        case .zst: try packZstd(image, to: partial)
        case .qcow2: try convert(image, to: partial)
        }
        result.fileSize = try FileStorage(partial, .read).size
        try Files.rename(partial, to: path)
        return result
      } catch {
        try? Files.remove(partial)
        throw error
      }
    }
  }

  private func packZstd(_ image: NodeImage, to path: String) throws {
    let output = try FileStorage(path, .create)
    try ZstdWriter.write(
      try image.proven(), to: output, name: path, workers: workers,
      progress: teller(image.size))
    try output.synchronize()
  }

  /// Tells how far packing is.
  func teller(_ size: ByteCount) -> @Sendable (ByteCount) -> Void {
    let done = Tally()
    return { progress(.packed(done.add($0), of: size)) }
  }

  /// Writes the image that base and delta of a node make.
  static func write(
    _ node: String, of output: String, to path: String, cache: CacheFolder
  ) throws -> FileStorage {
    try NodeImage.open(node, of: output, cache: cache).write(to: path)
  }
}

/// A sum that several threads add to. A class, because all of them hold it.
private final class Tally: Sendable {
  private let sum = Mutex(ByteCount.zero)

  func add(_ count: ByteCount) -> ByteCount {
    sum.withLock { sum in
      sum += count
      return sum
    }
  }
}

/// Finds the prepared base that a delta was made over.
struct DeltaBase {
  let cache: CacheFolder

  func base(of delta: DeltaFile, _ manifest: Manifest) throws(BuildError) -> PreparedBase {
    let key = PreparedBase.key(sha256: manifest.base.sha256, growth: manifest.base.growth)
    guard let base = try cache.base(key) else {
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
