import SugarArchive
import SugarExt4
import SugarHost
import SugarImagePlan
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// An image that a plan is compared with: what was built, what somebody has, or what is on a disk.
/// It is only read.
struct ComparedImage {
  enum Kind { case delta, image, disk }

  let kind: Kind
  let path: String
  let storage: any Storage
  /// What the image was built with; nil when nobody knows that for sure.
  let manifest: Manifest?
  /// Whose it is; nil for an image that is not ours.
  let identity: NodeIdentity?
  var notes: [String]

  /// Opens what a person named: a delta, an image, packed or not, or a disk.
  static func open(_ path: String, store: BaseStore) throws -> ComparedImage {
    let file = try open(path)
    if DeltaFile.isDelta(file) { return try delta(path, store.cache) }
    let isDisk = try Files.status(path, followLinks: true)?.kind == .device
    if isDisk { file.forget() }
    let packing = try CompressionKind(of: file)
    guard packing != .none else { return try read(file, path, isDisk: isDisk) }
    let packed = try PackedImage.open(file, packing, path, store)
    var image = try packed.proven { try read(packed.storage, path, isDisk: false) }
    if let note = packed.note { image.notes.insert(note, at: 0) }
    return image
  }

  private static func read(
    _ storage: any Storage, _ path: String, isDisk: Bool
  ) throws -> ComparedImage {
    let identity = try ImageInspector.identity(on: storage, name: path)
    return ComparedImage(
      kind: isDisk ? .disk : .image, path: path, storage: storage,
      manifest: isDisk ? nil : try manifest(beside: path, of: identity), identity: identity,
      notes: try remarks(on: storage, path))
  }

  /// Does something with the image, whose result counts once what was unpacked for it is proven.
  func proven<Result>(_ body: () throws -> Result) throws -> Result {
    guard let packed = storage as? XZStorage else { return try body() }
    return try packed.proven(body)
  }

  private static func open(_ path: String) throws -> FileStorage {
    do throws(HostError) { return try FileStorage(path, .read) } catch {
      guard error.code == EACCES else { throw error }
      throw BuildError(
        .machine, error.description,
        note:
          "reading is enough: `sudo setfacl -m u:$USER:r \(path)` gives you the right until the disk is taken out, `sudo sugarimage plan …` this once"
      )
    }
  }

  /// A node as it stands built.
  static func delta(_ path: String, _ cache: CacheFolder) throws -> ComparedImage {
    let delta = try DeltaFile.open(path)
    try delta.checkPayload()
    let manifest = try Manifest.decode(delta.manifestBytes, from: path)
    let base = try DeltaBase(cache: cache).base(of: delta, manifest)
    return ComparedImage(
      kind: .delta, path: path, storage: DeltaStorage(base: base.image, delta: delta),
      manifest: manifest, identity: manifest.identity, notes: [])
  }

  /// The manifest beside an image, when it is of that node and that generation of its medium.
  private static func manifest(beside path: String, of identity: NodeIdentity?) throws -> Manifest?
  {
    let place = Verifier.manifestName(path)
    guard let identity, try Files.exists(place) else { return nil }
    let manifest = try Manifest.decode(Files.read(place, limit: .mib(256)), from: place)
    return manifest.identity == identity ? manifest : nil
  }

  /// What keeps what is read from being all there is to know.
  private static func remarks(on storage: any Storage, _ path: String) throws -> [String] {
    var notes: [String] = []
    let root = try ImageParts(storage, name: path).root
    if let objection = try Ext4Features(of: root, name: root.name).objection {
      notes.append(
        "what was written last to its root file system may be missing here: \(objection)")
    }
    let opened = try OpenedImage.open(storage, name: path)
    if let receipt = try ImageInspector.receipt(on: opened) {
      notes.append(
        "the agent of \(receipt.node) came to its end on this medium and removed \(receipt.removed.count) staged files; they count as added"
      )
    }
    return notes
  }

  /// The paths that its manifest names.
  var paths: Set<ImagePath> { Set((manifest?.files ?? []).map { ImagePath(onNode: $0.path) }) }

  /// Reads its files, with what the plan and its own manifest know of them.
  func reader(_ planned: PlannedImage) -> ImageEntryReader {
    var reader = planned.reader
    for file in manifest?.files ?? [] {
      let path = ImagePath(onNode: file.path)
      if let secret = file.secret { reader.secrets[path] = secret }
      if file.isPlanned == true { reader.written[path] = file.sha256 }
    }
    return reader
  }
}
