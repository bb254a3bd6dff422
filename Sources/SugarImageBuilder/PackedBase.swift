import SugarArchive
import SugarHost
import SugarModel
import SugarProfile

/// The `.xz` file that a prepared base was unpacked from, where it still stands: its blocks are there
/// to be taken over.
struct PackedBase: Sendable {
  enum Finding: Sendable {
    case found(PackedBase)
    /// Why there is none, in words.
    case missing(String)
  }

  let image: XZImage
  let path: String
  private let fingerprint: String

  /// Looks for the file of that digest and content at `places`.
  ///
  /// That a file is the right one is known by its SHA-256, read once and then remembered for as long as
  /// the file stays as it is (`ChecksumMemory`).
  static func find(
    _ record: PreparedBase.Record, in places: [String], _ cache: CacheFolder
  ) throws(BuildError) -> Finding {
    var reason = "the packed base '\(record.name)' is no longer there"
    var memory = ChecksumMemory(cache)
    defer { memory.save() }
    for path in places {
      guard let status = try building({ try Files.status(path, followLinks: true) }),
        status.kind == .file
      else { continue }
      guard try memory.sha256(ofFile: path) == record.sha256 else {
        reason = "'\(path)' is no longer the base that the nodes were built on"
        continue
      }
      return try building { try open(path, status.fingerprint, record) }
    }
    return .missing(reason)
  }

  private static func open(
    _ path: String, _ fingerprint: String, _ record: PreparedBase.Record
  ) throws -> Finding {
    let file = try FileStorage(path, .read)
    switch try CompressionKind(of: file) {
    case .none: return .missing("the base '\(record.name)' is not packed")
    case .archive(let kind): return .missing("the base '\(record.name)' is packed as \(kind)")
    case .xz: break
    }
    let image = try XZImage(file, name: path)
    guard image.size == record.size else {
      return .missing("'\(path)' does not unpack to the prepared base")
    }
    return .found(PackedBase(image: image, path: path, fingerprint: fingerprint))
  }

  /// Throws when the file is another one by now, or another content.
  func checkUnchanged() throws(BuildError) {
    try building {
      guard try Files.status(path, followLinks: true)?.fingerprint == fingerprint else {
        throw BuildError(
          .data, "cannot use '\(path)': it was changed while its blocks were copied",
          note: "run the same command again")
      }
    }
  }
}

extension FleetFolder {
  /// Where the base's packed file stands, when the fleet names a file of this machine.
  public var packedBase: [String] {
    if case .file(let named) = profile.base.source { return [resolve(named)] }
    return []
  }
}
