import FoundationEssentials
public import SugarImagePlan
public import SugarModel

/// What a built image is and what was put into it. It holds no secret, and no time: the same build
/// gives the same bytes.
public struct Manifest: Hashable, Sendable, Codable {
  public static let currentSchema = 1

  public var schema: Int
  /// Releases of everything that the bytes depend on.
  public var tools: [String: String]
  /// nil in what an earlier release made.
  public var agent: Agent?
  public var identity: NodeIdentity
  public var planDigest: String
  public var base: Base
  public var image: Image
  /// The firmware's text files as the node has them: `cmdline.txt`, `config.txt`.
  public var bootFiles: [String: String]
  public var files: [File]
  public var notes: [String]

  /// The node's program.
  public struct Agent: Hashable, Sendable, Codable {
    public var version: String
    public var sha256: String

    init(version: String, sha256: String) {
      self.version = version
      self.sha256 = sha256
    }

    public init(_ agent: AssetIndex.Agent) {
      self.init(version: agent.version, sha256: agent.asset.sha256)
    }
  }

  public struct Base: Hashable, Sendable, Codable {
    public var name: String
    public var sha256: String
    /// Bytes by which it was grown for this node.
    public var growth: ByteCount
    /// Digest over the digests of the prepared base's pieces.
    public var digest: String
  }

  public struct Image: Hashable, Sendable, Codable {
    public var size: ByteCount
    /// SHA-256 over the SHA-256 of every 64 KiB of the image, in order.
    public var digest: String
    public var changedBlocks: UInt64
    public var changedBytes: ByteCount
    /// Of the root partition, which is larger on a disk; nil in what an earlier release made.
    public var rootSize: ByteCount?
  }

  /// One file, folder or link that the build put there or took away.
  public struct File: Hashable, Sendable, Codable {
    public enum Change: String, Hashable, Sendable, Codable {
      case written, folder, linked, removed, renamed
    }
    /// As the running node sees it.
    public var path: String
    public var change: Change
    /// nil for secrets and for what has no content.
    public var sha256: String?
    public var size: ByteCount?
    /// As octal digits; nil on the boot partition.
    public var mode: String?
    public var owner: String?
    public var target: String?
    /// Set for files whose content is secret.
    public var secret: String?
    /// Set for texts that follow from the fleet's own file, in which no secret stands; nil for files
    /// that it brings, and in what an earlier release made.
    public var isPlanned: Bool?
  }

  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(self)) + Array("\n".utf8)
  }

  static func decode(_ bytes: [UInt8], from path: String) throws(BuildError) -> Manifest {
    do {
      let manifest = try JSONDecoder().decode(Manifest.self, from: Data(bytes))
      guard manifest.schema == currentSchema else {
        throw BuildError(
          .data, "cannot read the manifest '\(path)': another release of sugarimage made it")
      }
      return manifest
    } catch let error as BuildError {
      throw error
    } catch {
      throw BuildError(.data, "cannot read the manifest '\(path)': it is damaged")
    }
  }
}

extension Manifest.File {
  init?(_ step: ImageStep) {
    switch step {
    case .setDiskID: return nil
    case .write(let path, let content, let access, _):
      self.init(path: path.onNode, change: .written)
      if path.volume == .root { (mode, owner) = (access.octal, access.ownerText) }
      switch content {
      case .text(let text):
        (sha256, size) = (Checksum.sha256(Array(text.utf8)), ByteCount(text.utf8.count))
        isPlanned = true
      case .asset(let asset): (sha256, size) = (asset.sha256, asset.size)
      case .secret(let name): secret = name.description
      case .handOff: secret = "digests of secrets"
      case .keyfile(let parts), .netplan(let parts):
        secret = parts.secrets.map(\.description).joined(separator: ", ")
      }
    case .makeDirectory(let path, let access):
      self.init(path: path, change: .folder, mode: access.octal, owner: access.ownerText)
    case .link(let path, let target): self.init(path: path, change: .linked, target: target)
    case .remove(let path): self.init(path: path.onNode, change: .removed)
    case .rename(let path, let name): self.init(path: path, change: .renamed, target: name)
    }
  }
}
