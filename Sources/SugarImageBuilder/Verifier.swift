import Crypto
import SugarArchive
import SugarExt4
import SugarFAT
import SugarHost
import SugarImagePlan
public import SugarModel
import SugarPartition

/// What a verification found.
public struct Verification: Hashable, Sendable, Codable {
  public var path: String
  public var node: String
  /// Everything that is not as the manifest says; empty when all is well.
  public var differences: [String]
  public var filesChecked: Int
  public var bytesRead: ByteCount

  public var isGood: Bool { differences.isEmpty }
}

/// Reads an image, or a delta over its base, again and compares every byte with the manifest.
public struct Verifier: Sendable {
  let cache: CacheFolder
  let workers: Int
  let progress: @Sendable (BuildEvent) -> Void

  public init(
    cache: CacheFolder, workers: Int, progress: @escaping @Sendable (BuildEvent) -> Void
  ) {
    self.cache = cache
    self.workers = workers
    self.progress = progress
  }

  /// - Parameters:
  ///   - manifest: the manifest's path; nil takes the one beside the file, or in the delta.
  ///   - output: where a disk's manifest is looked for, by the node that is on it.
  public func verify(
    _ path: String, manifest manifestPath: String?, output: String = "out"
  ) throws(BuildError) -> Verification {
    try building {
      let file = try FileStorage(path, .read)
      if try Files.status(path, followLinks: true)?.kind == .device {
        return try verify(disk: file, path, manifestPath, output)
      }
      if DeltaFile.isDelta(file) { return try verify(DeltaFile.open(path), manifestPath) }
      let place = try manifestPath ?? self.manifest(beside: path)
      let manifest = try Manifest.decode(Files.read(place, limit: .mib(256)), from: place)
      let image = try CompressionKind(of: file) == .none ? file : unpacked(path)
      return try compare(image, holes: image.holes(), path, manifest, base: nil)
    }
  }

  private func unpacked(_ path: String) throws -> FileStorage {
    try BaseStore(cache: cache, workers: workers, progress: progress).unpackForNow(path).image
  }

  /// What was written to a disk, read from the disk itself.
  private func verify(
    disk: FileStorage, _ path: String, _ manifestPath: String?, _ output: String
  ) throws -> Verification {
    disk.forget()
    let place: String
    if let manifestPath {
      place = manifestPath
    } else {
      guard let node = try ImageInspector.identity(on: disk, name: path)?.node else {
        throw BuildError(
          .data, "cannot verify '\(path)': no node's image is on it",
          note: "name the manifest with --manifest")
      }
      place = "\(output)/\(node).manifest.json"
      guard try Files.exists(place) else {
        throw BuildError(
          .data, "cannot verify '\(path)': it is \(node), and there is no '\(place)'",
          note: "name the folder of the build with --output, or the manifest with --manifest")
      }
    }
    let manifest = try Manifest.decode(Files.read(place, limit: .mib(256)), from: place)
    let view = try DiskImageView(
      disk, size: manifest.image.size, rootSize: manifest.image.rootSize, name: path)
    return try compare(view, holes: [], path, manifest, base: nil)
  }

  private func verify(_ delta: DeltaFile, _ manifestPath: String?) throws -> Verification {
    try delta.checkPayload()
    let bytes = try delta.manifestBytes
    let manifest = try Manifest.decode(bytes, from: delta.file.path)
    let base = try DeltaBase(cache: cache).base(of: delta, manifest)
    var result = try compare(
      DeltaStorage(base: base.image, delta: delta), holes: [], delta.file.path, manifest, base: base
    )
    if let place = try manifestPath ?? existing(Self.manifestName(delta.file.path)),
      try Files.read(place, limit: .mib(256)) != bytes
    {
      result.differences.append("'\(place)' is not the manifest that the delta was built with")
    }
    return result
  }

  private func compare(
    _ image: any Storage, holes: [Range<UInt64>], _ path: String, _ manifest: Manifest,
    base: PreparedBase?
  ) throws -> Verification {
    var result = Verification(
      path: path, node: manifest.identity.node, differences: [], filesChecked: 0,
      bytesRead: image.size)
    if image.size != manifest.image.size {
      result.differences.append(
        "the image has \(image.size.bytes) bytes, the manifest says \(manifest.image.size.bytes)")
    }
    let digests = try ChunkDigests(of: image, holes: holes, workers: workers)
    if digests.root != manifest.image.digest {
      result.differences.append(
        "the image's digest is \(digests.root), the manifest says \(manifest.image.digest)")
    }
    if let base,
      try ChunkDigests(of: base.image, holes: base.image.holes(), workers: workers).root
        != base.record.digest
    {
      result.differences.append(
        "the prepared base in the cache was changed: remove it, and it is made again")
    }
    do {
      let opened = try OpenedImage.open(image, name: path)
      if opened.table.diskIDText != manifest.identity.disk.id {
        result.differences.append(
          "the disk id is \(opened.table.diskIDText), the manifest says \(manifest.identity.disk.id)"
        )
      }
      for file in Self.final(manifest.files) { try compare(file, opened, &result) }
    } catch {
      result.differences.append("it cannot be read: \(BuildError(error).message)")
    }
    return result
  }

  /// A path may be written more than once; what counts is the last time.
  private static func final(_ files: [Manifest.File]) -> [Manifest.File] {
    var last: [String: Int] = [:]
    for (index, file) in files.enumerated() { last[file.path] = index }
    return files.enumerated().filter { last[$0.element.path] == $0.offset }.map(\.element)
  }

  private func compare(
    _ file: Manifest.File, _ image: borrowing OpenedImage, _ result: inout Verification
  ) throws {
    result.filesChecked += 1
    let prefix = "/boot/firmware/"
    guard file.path.hasPrefix(prefix) else { return try compareRoot(file, image.ext4, &result) }
    let path = String(file.path.dropFirst(prefix.count))
    let entry = try image.fat.entry(at: path)
    guard file.change != .removed else {
      if entry != nil { result.differences.append("'\(file.path)' is there and should not be") }
      return
    }
    guard entry != nil else { return result.differences.append("'\(file.path)' is missing") }
    if let expected = file.sha256, Checksum.sha256(try image.fat.read(path, limit: nil)) != expected
    {
      result.differences.append("'\(file.path)' was changed")
    }
  }

  private func compareRoot(
    _ file: Manifest.File, _ ext4: borrowing Ext4Volume, _ result: inout Verification
  ) throws {
    let entry = try ext4.entry(at: file.path)
    switch file.change {
    case .removed, .renamed:
      if entry != nil { result.differences.append("'\(file.path)' is there and should not be") }
    case .linked:
      guard case .symlink(let target) = entry?.kind, target == file.target else {
        return result.differences.append("'\(file.path)' is not the link that it should be")
      }
    case .folder, .written:
      guard let entry else { return result.differences.append("'\(file.path)' is missing") }
      let access = FileAccess(entry.mode, owner: entry.owner, group: entry.group)
      if access.octal != file.mode || access.ownerText != file.owner {
        result.differences.append(
          "'\(file.path)' is \(access.octal) \(access.ownerText), should be \(file.mode ?? "") \(file.owner ?? "")"
        )
      }
      guard file.change == .written, let expected = file.sha256 else { return }
      var hash = SHA256()
      try ext4.read(file.path) { hash.update(bufferPointer: $0) }
      if Hex.text(hash.finalize()) != expected {
        result.differences.append("'\(file.path)' was changed")
      }
    }
  }

  /// `node.manifest.json` beside `node.img`, `node.img.xz` or `node.delta`.
  static func manifestName(_ path: String) -> String {
    let folder = path.dropLast(path.lastComponent.count)
    let name = path.lastComponent
    let known = ExportFormat.allCases.map { ".\($0.rawValue)" }.first { name.hasSuffix($0) }
    let stem =
      known.map { String(name.dropLast($0.count)) }
      ?? name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
      .joined(separator: ".")
    return "\(folder)\(stem).manifest.json"
  }

  private func existing(_ path: String) throws(HostError) -> String? {
    try Files.exists(path) ? path : nil
  }

  private func manifest(beside path: String) throws -> String {
    let name = Self.manifestName(path)
    guard try Files.exists(name) else {
      throw BuildError(
        .data, "cannot verify '\(path)': there is no '\(name)'",
        note: "name the manifest with --manifest")
    }
    return name
  }
}
