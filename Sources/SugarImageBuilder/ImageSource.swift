import FoundationEssentials
import SugarArchive
import SugarHost
public import SugarModel

/// An image that is to be written somewhere: a node's delta over its base, a raw image, or a packed
/// one; ours or somebody else's.
public struct ImageSource: Sendable {
  /// What a person calls it.
  public var title: String
  public var storage: any Storage
  /// The parts that hold data, in order; what lies between is zeros.
  public var data: [Range<UInt64>]
  /// nil for an image that is not ours.
  public var identity: NodeIdentity?
  /// What the whole image's digest must be; nil when nobody said.
  public var digest: String?
  /// What tells these bytes from others.
  public var key: String

  public var size: ByteCount { storage.size }

  public init(
    title: String, storage: any Storage, data: [Range<UInt64>], identity: NodeIdentity? = nil,
    digest: String? = nil, key: String
  ) {
    self.title = title
    self.storage = storage
    self.data = data
    self.identity = identity
    self.digest = digest
    self.key = key
  }

  /// Opens what a person named: a node that was built into `output`, or a file.
  public static func open(
    _ name: String, output: String, cache: CacheFolder, workers: Int,
    progress: @escaping @Sendable (BuildEvent) -> Void
  ) throws(BuildError) -> ImageSource {
    try building {
      let path = try self.path(of: name, output: output)
      let file = try FileStorage(path, .read)
      if DeltaFile.isDelta(file) { return try delta(path, cache) }
      guard try CompressionKind(of: file) != .none else { return try raw(file, path) }
      let store = BaseStore(cache: cache, workers: workers, progress: progress)
      return try packed(path, store)
    }
  }

  private static func path(of name: String, output: String) throws -> String {
    if name.contains("/") { return name }
    let built = "\(output)/\(name).delta"
    if try Files.exists(built) { return built }
    if try Files.exists(name) { return name }
    throw BuildError(
      .data, "cannot find '\(name)': it is no file, and no node that was built in '\(output)'",
      note: "build it first: sugarimage build FLEET \(name) --output \(output)")
  }

  private static func delta(_ path: String, _ cache: CacheFolder) throws -> ImageSource {
    let delta = try DeltaFile.open(path)
    try delta.checkPayload()
    let manifest = try Manifest.decode(delta.manifestBytes, from: path)
    let base = try DeltaBase(cache: cache).base(of: delta, manifest)
    let size = UInt64(DeltaFile.blockSize)
    let changed = delta.extents.filter { !$0.isZero }.map { extent in
      extent.start
        * size..<min(
          (extent.start + UInt64(extent.count)) * size, delta.header.imageSize.bytes)
    }
    let data = (try base.image.dataRanges() + changed).sorted { $0.lowerBound < $1.lowerBound }
    return ImageSource(
      title: title(manifest.identity), storage: DeltaStorage(base: base.image, delta: delta),
      data: data, identity: manifest.identity, digest: manifest.image.digest,
      key: manifest.image.digest)
  }

  private static func raw(_ file: FileStorage, _ path: String) throws -> ImageSource {
    guard file.size.bytes >= 512,
      try Array(file.bytes(at: ByteCount(510), count: 2)) == [0x55, 0xaa]
    else {
      throw BuildError(
        .data, "cannot write '\(path)' to a disk: it is no disk image, it has no boot signature")
    }
    let status = try Files.status(path, followLinks: true)
    let identity = try? ImageInspector.identity(on: file, name: path)
    return ImageSource(
      title: identity.map(title) ?? path.lastComponent, storage: file,
      data: try file.dataRanges(), identity: identity, digest: nil,
      key: Checksum.sha256(Array((status?.fingerprint ?? path).utf8)))
  }

  /// Unpacked into a file of the cache that has no name and goes with this process.
  private static func packed(_ path: String, _ store: BaseStore) throws -> ImageSource {
    let (image, sha256) = try store.unpackForNow(path)
    var source = try raw(image, path)
    source.key = sha256
    return source
  }

  private static func title(_ identity: NodeIdentity) -> String {
    MediumNode(
      node: identity.node, tier: identity.cluster.tier, generation: identity.generation
    ).description
  }
}
