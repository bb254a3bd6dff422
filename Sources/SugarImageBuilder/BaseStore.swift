import Dispatch
import SugarArchive
import SugarHost
import SugarModel
import Synchronization

/// The prepared bases in the cache: made once for each base and size, then used by every build.
struct BaseStore: Sendable {
  let cache: CacheFolder
  let workers: Int
  /// Told what is going on, for a person.
  let progress: @Sendable (BuildEvent) -> Void

  /// The base of these bytes, from the cache; nil when it was not prepared yet.
  func cached(sha256: String, growth: ByteCount = .zero) throws(BuildError) -> PreparedBase? {
    try PreparedBase.open(cache.base(PreparedBase.key(sha256: sha256, growth: growth)))
  }

  /// Unpacks `path` into the cache.
  ///
  /// - Parameters:
  ///   - expected: the file's SHA-256.
  ///   - isPinned: whether the fleet says so, and not just the file as it was a moment ago.
  ///
  /// - Throws: when the file is damaged, is no disk image, or has another digest. Nothing is left
  ///   behind then.
  func prepare(
    _ path: String, name: String, expected: String, isPinned: Bool
  ) throws(BuildError) -> PreparedBase {
    try make(key: expected) { (partial) throws(BuildError) in
      let digest = try unpack(path, to: partial + "/image.raw", isPinned: isPinned)
      guard digest == expected else {
        throw BuildError(
          .data, "cannot use '\(path)': its sha256 is \(digest), the fleet says \(expected)",
          note: "the file is damaged, or it is another release; correct `base` or fetch it again")
      }
      return (name, digest, ByteCount.zero)
    }
  }

  /// Makes a partial folder, fills it, looks whether it is a disk image, and gives it its final
  /// name in one step.
  func make(
    key: String,
    _ fill: (String) throws(BuildError) -> (name: String, sha256: String, growth: ByteCount)
  ) throws(BuildError) -> PreparedBase {
    try cache.make("bases")
    let lock = try building {
      try FileLock.wait(cache.base(".lock-\(key)")) {
        progress(.waiting("another run prepares the same base"))
      }
    }
    return try withExtendedLifetime(lock) { () throws(BuildError) in
      if let ready = try PreparedBase.open(cache.base(key)) { return ready }
      let partial = cache.base(".partial-\(key)")
      try building {
        try Files.removeTree(partial)
        try Files.makeDirectory(partial, mode: 0o700)
      }
      do throws(BuildError) {
        return try finish(partial, fill(partial), key)
      } catch {
        try? Files.removeTree(partial)
        throw error
      }
    }
  }

  private func finish(
    _ partial: String, _ made: (name: String, sha256: String, growth: ByteCount),
    _ key: String
  ) throws(BuildError) -> PreparedBase {
    try building {
      let image = try FileStorage(partial + "/image.raw", .read)
      progress(.phase("checking what it is"))
      _ = try BaseSurvey.facts(of: image, name: made.name, sha256: made.sha256)
      // The disk writes while the processors take the digests.
      let flushed = Background { () throws(HostError) in try image.synchronize() }
      let chunks = try ChunkDigests(of: image, holes: image.holes(), workers: workers)
      try flushed.wait()
      let record = PreparedBase.Record(
        name: made.name, sha256: made.sha256, size: image.size, growth: made.growth,
        digest: chunks.root, tools: ToolVersions.preparing(growth: made.growth))
      try PreparedBase.complete(partial, record, chunks)
      let final = cache.base(key)
      try Files.rename(partial, to: final)
      guard let ready = try PreparedBase.open(final) else {
        throw BuildError(.machine, "cannot find '\(final)' right after it was made")
      }
      return ready
    }
  }

  /// Writes the unpacked image, sparse, and gives the digest of the file it came from.
  func unpack(
    _ path: String, to target: String, isPinned: Bool
  ) throws(BuildError) -> String {
    try building {
      let source = try FileStorage(path, .read)
      let output = try FileStorage(target, .create)
      progress(.phase("unpacking \(path.lastComponent)"))
      // The file's own digest is taken beside the unpacking: both read it from memory then.
      let digest = Background { () throws(StorageError) in try Checksum.sha256(of: source) }
      do {
        try unpack(source, path, to: output, isPinned: isPinned)
      } catch {
        _ = try? digest.wait()
        throw error
      }
      return try digest.wait()
    }
  }

  private func unpack(
    _ source: FileStorage, _ path: String, to output: FileStorage, isPinned: Bool
  ) throws {
    let done = Mutex<UInt64>(0)
    let tell = { @Sendable (count: Int, total: UInt64?) in
      let now = done.withLock { value in
        value += UInt64(count)
        return value
      }
      progress(.unpacked(ByteCount(now), of: total.map { ByteCount($0) }))
    }
    switch try CompressionKind(of: source) {
    case .xz:
      let xz = try XZImage(source, name: path)
      let total = xz.size.bytes
      try output.resize(to: xz.size)
      try xz.decode(workers: workers, isProven: isPinned) { (place, bytes) throws(StorageError) in
        try output.writeSparse(at: place, from: bytes)
        tell(bytes.count, total)
      }
    case .archive:
      let size = try ArchiveReader.open(path).read(path) { (place, bytes) throws(StorageError) in
        try output.writeSparse(at: place, from: bytes)
        tell(bytes.count, nil)
      }
      try output.resize(to: size)
    case .none:
      try output.resize(to: source.size)
      try SparseCopy.copy(source, to: output) { tell($0, source.size.bytes) }
    }
  }
}

extension String {
  /// What stands after the last slash.
  var lastComponent: String {
    String(self[(lastIndex(of: "/").map { index(after: $0) } ?? startIndex)...])
  }
}
