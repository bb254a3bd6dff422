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
    try cache.base(PreparedBase.key(sha256: sha256, growth: growth))
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
      try building { try remark(path) }
      let digest = try unpack(path, to: partial + "/image.raw", isPinned: isPinned)
      guard digest == expected else {
        throw BuildError(
          .data, "cannot use '\(path)': its sha256 is \(digest), the fleet says \(expected)",
          note: "the file is damaged, or it is another release; correct `base` or fetch it again")
      }
      return (name, digest, ByteCount.zero)
    }
  }

  /// Says so when a file's blocks do not keep all processors busy.
  private func remark(_ path: String) throws {
    let file = try FileStorage(path, .read)
    guard workers > 1, try CompressionKind(of: file) == .xz else { return }
    let image = try XZImage(file, name: path)
    let longest = image.longestBlock
    guard longest > XZStorage.blockLimit, longest.bytes > image.size.bytes / UInt64(workers) else {
      return
    }
    let what = image.blockCount == 1 ? "is one block" : "has a block"
    progress(
      .note(
        "'\(path.lastComponent)' \(what) of \(longest), which one processor unpacks alone: that takes longer, once"
      ))
  }

  /// Makes a partial folder, fills it, looks whether it is a disk image, and gives it its final
  /// name in one step.
  func make(
    key: String,
    _ fill: (String) throws(BuildError) -> (name: String, sha256: String, growth: ByteCount)
  ) throws(BuildError) -> PreparedBase {
    try cache.make("bases")
    let item = try cache.use(.base, key)
    let lock = try building {
      try FileLock.wait(item.makingLock ?? item.useLock) {
        progress(.waiting("another run prepares the same base"))
      }
    }
    return try withExtendedLifetime(lock) { () throws(BuildError) in
      if let ready = try cache.base(key) { return ready }
      let partial = item.partial
      try building {
        try Files.removeTree(partial)
        try Files.makeDirectory(partial, mode: 0o700)
      }
      do throws(BuildError) {
        return try finish(partial, fill(partial), item)
      } catch {
        try? Files.removeTree(partial)
        throw error
      }
    }
  }

  private func finish(
    _ partial: String, _ made: (name: String, sha256: String, growth: ByteCount),
    _ item: CacheItem
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
      try Files.rename(partial, to: item.path)
      guard let ready = try PreparedBase.open(item.path) else {
        throw BuildError(.machine, "cannot find '\(item.path)' right after it was made")
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
      let before = try source.status().fingerprint
      let output = try FileStorage(target, .create)
      progress(.phase("unpacking \(path.lastComponent)"))
      // The file's own digest is taken beside the unpacking: both read it from memory then.
      let digest = Background { () throws(StorageError) in try Checksum.sha256(of: source) }
      let unpacked = Result { try unpack(source, path, to: output, isPinned: isPinned) }
      let sha256 = Result { try digest.wait() }
      // Two readings of a file that changes are of two files, and neither says what is wrong.
      guard try source.status().fingerprint == before else {
        throw BuildError(
          .data, "cannot use '\(path)': it was changed while it was unpacked",
          note: "run the same command again when it is whole")
      }
      try unpacked.get()
      return try sha256.get()
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
