import FoundationEssentials
import SugarArchive
import SugarELF
import SugarExt4
import SugarFAT
import SugarHost
import SugarImagePlan
public import SugarModel
import SugarPartition

/// What an image or a delta says of itself.
public struct Inspection: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The blocks in which a node's image differs from its base.
    case delta
    /// A whole image of a node.
    case image
    /// A disk with a node's image on it.
    case disk
    /// An image that no node was made of yet.
    case base
  }
  public var kind: Kind
  public var path: String
  public var size: ByteCount
  /// nil for a base.
  public var identity: NodeIdentity?
  /// The program that the node runs; nil for a base.
  public var agent: Manifest.Agent?
  public var base: BaseIdentity
  public var diskID: String?
  /// Lines of the firmware's files that tell how the node boots.
  public var bootFiles: [String: String]
  /// Only for a delta.
  public var changedBytes: ByteCount?
  public var tools: [String: String]?
  public var notes: [String]
  /// nil for what is not packed.
  public var packed: Packing? = nil
  /// What the node's agent left when its work was done; nil before that.
  public var receipt: Receipt? = nil
}

/// Looks into images and deltas without changing anything. Of an `.xz` only the blocks are unpacked
/// that hold what is asked for.
public struct ImageInspector: Sendable {
  /// Where packed images without an index of blocks are unpacked.
  let store: BaseStore

  public init(
    cache: CacheFolder, workers: Int, progress: @escaping @Sendable (BuildEvent) -> Void
  ) {
    store = BaseStore(cache: cache, workers: workers, progress: progress)
  }

  public func inspect(_ path: String) throws(BuildError) -> Inspection {
    try building {
      let file = try FileStorage(path, .read)
      if DeltaFile.isDelta(file) { return try inspect(DeltaFile.open(path)) }
      let kind = try CompressionKind(of: file)
      guard kind != .none else { return try inspect(file, path) }
      let packed = try PackedImage.open(file, kind, path, store)
      var inspection = try packed.proven { try inspect(packed.storage, path) }
      inspection.packed = packed.packing
      if let note = packed.note { inspection.notes.append(note) }
      return inspection
    }
  }

  /// A delta carries its manifest, so it needs no base to say what it is.
  private func inspect(_ delta: DeltaFile) throws(BuildError) -> Inspection {
    let manifest = try Manifest.decode(delta.manifestBytes, from: delta.file.path)
    return Inspection(
      kind: .delta, path: delta.file.path, size: delta.header.imageSize,
      identity: manifest.identity, agent: manifest.agent,
      base: manifest.identity.base, diskID: manifest.identity.disk.id,
      bootFiles: manifest.bootFiles,
      changedBytes: manifest.image.changedBytes, tools: manifest.tools, notes: manifest.notes)
  }

  private func inspect(_ image: any Storage, _ path: String) throws -> Inspection {
    let opened = try OpenedImage.open(image, name: path)
    let bootFiles = try opened.fat.bootTexts()
    guard let (identity, text) = try Self.identity(on: opened, name: path) else {
      return Inspection(
        kind: .base, path: path, size: image.size, identity: nil, agent: nil,
        base: try BaseSurvey.identity(of: image, name: path, sha256: ""),
        diskID: opened.table.diskIDText, bootFiles: bootFiles, changedBytes: nil, tools: nil,
        notes: [])
    }
    var inspection = Inspection(
      kind: try Files.status(path, followLinks: true)?.kind == .device ? .disk : .image, path: path,
      size: image.size, identity: identity,
      agent: try agent(on: opened.ext4), base: identity.base,
      diskID: opened.table.diskIDText, bootFiles: bootFiles, changedBytes: nil, tools: nil,
      notes: try notes(on: opened, identity, text))
    try readReceipt(on: opened, into: &inspection)
    return inspection
  }

  /// Whose image it is; nil for a base.
  static func identity(on image: any Storage, name: String) throws -> NodeIdentity? {
    try identity(on: OpenedImage.open(image, name: name), name: name)?.identity
  }

  private static func identity(
    on image: borrowing OpenedImage, name: String
  ) throws -> (identity: NodeIdentity, text: String)? {
    let place = NodeIdentity.rootPath
    guard try image.ext4.entry(at: place) != nil else { return nil }
    let text = try image.ext4.text(place)
    guard let identity = try? JSONDecoder().decode(NodeIdentity.self, from: Data(text.utf8)),
      identity.schema == NodeIdentity.currentSchema
    else {
      throw BuildError(
        .data,
        "cannot read '\(place)' in '\(name)': another release of sugarimage made it, or it is damaged"
      )
    }
    return (identity, text)
  }

  /// The receipt on the boot partition; nil when there is none that can be read.
  static func receipt(on image: borrowing OpenedImage) throws -> Receipt? {
    guard try image.fat.entry(at: Receipt.bootPath) != nil else { return nil }
    let bytes = Data(try image.fat.text(Receipt.bootPath).utf8)
    guard let receipt = try? JSONDecoder().decode(Receipt.self, from: bytes),
      receipt.schema <= Receipt.currentSchema
    else { return nil }
    return receipt
  }

  /// The same, when the node has been so far.
  private func readReceipt(
    on image: borrowing OpenedImage, into inspection: inout Inspection
  ) throws {
    guard try image.fat.entry(at: Receipt.bootPath) != nil else { return }
    guard let receipt = try Self.receipt(on: image) else {
      return inspection.notes.append("the receipt on the boot partition cannot be read")
    }
    inspection.receipt = receipt
    if receipt.node != inspection.identity?.node
      || receipt.generation != inspection.identity?.generation
    {
      inspection.notes.append(
        "the receipt is of \(receipt.node), generation \(receipt.generation)")
    }
  }

  /// The agent as it stands in the image, whoever put it there.
  private func agent(on root: borrowing Ext4Volume) throws -> Manifest.Agent? {
    guard try root.target(of: AgentUnit.binary)?.isFile == true else { return nil }
    let bytes = try root.read(AgentUnit.binary, limit: .mib(64))
    let release = (try? ELFFile(bytes, name: AgentUnit.binary)).flatMap(AgentFile.release)
    return Manifest.Agent(version: release ?? "unknown", sha256: Checksum.sha256(bytes))
  }

  /// What does not fit together, in words.
  private func notes(
    on image: borrowing OpenedImage, _ identity: NodeIdentity, _ text: String
  ) throws -> [String] {
    var notes: [String] = []
    if try image.ext4.target(of: AgentUnit.binary) == nil {
      notes.append("the image has no agent: nothing on it makes it a node")
    }
    if image.table.diskIDText != identity.disk.id {
      notes.append(
        "the disk id is \(image.table.diskIDText), the identity says \(identity.disk.id)")
    }
    if try image.fat.entry(at: NodeIdentity.bootPath) == nil {
      notes.append("the boot partition has no copy of the identity")
    } else if try image.fat.text(NodeIdentity.bootPath) != text {
      notes.append(
        "the identity on the boot partition is another one; the root file system's holds")
    }
    return notes
  }
}

extension NodeIdentity {
  /// Where the identity stands on the root file system.
  static var rootPath: String { "/etc/sugaragent/identity.json" }
  /// Where its copy stands on the boot partition.
  static var bootPath: String { "sugarimage/identity.json" }
}
