import Crypto
import SugarExt4
import SugarFAT
import SugarImagePlan
import SugarModel

/// Reads what stands at the paths of an image, as far as it may be shown.
struct ImageEntryReader {
  /// What is known of files whose content is secret: words for the secret, by path.
  var secrets: [ImagePath: String]
  /// Where the plan writes a text of its own.
  var texts: Set<ImagePath> = []
  /// What a manifest says that an earlier plan wrote of its own: the digests of texts, by path.
  var written: [ImagePath: String] = [:]

  /// Files that hold hashes of passwords, whoever wrote them. (shadow(5), gshadow(5))
  private static let passwords: Set<String> = [
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-",
  ]

  static func secret(at path: ImagePath) -> String? {
    path.volume == .root && passwords.contains(path.path) ? "passwords of accounts" : nil
  }

  /// nil where nothing stands.
  func entry(at path: ImagePath, on image: borrowing OpenedImage) throws -> ImageEntry? {
    switch path.volume {
    case .boot: try entry(at: path, on: image.fat)
    case .root: try entry(at: path, on: image.ext4)
    }
  }

  private func entry(at path: ImagePath, on fat: borrowing FATVolume) throws -> ImageEntry? {
    guard let entry = try fat.entry(at: path.path) else { return nil }
    guard !entry.isDirectory else { return ImageEntry(.folder, access: nil) }
    let bytes = try fat.read(path.path)
    let facts = facts(path, Checksum.sha256(bytes), bytes, size: entry.size, isOpen: true)
    return ImageEntry(.file(facts), access: nil)
  }

  private func entry(at path: ImagePath, on ext4: borrowing Ext4Volume) throws -> ImageEntry? {
    guard let entry = try ext4.entry(at: path.path) else { return nil }
    let access = FileAccess(entry.mode, owner: entry.owner, group: entry.group)
    switch entry.kind {
    case .directory: return ImageEntry(.folder, access: access)
    case .symlink(let target): return ImageEntry(.link(target: target), access: nil)
    case .special: return ImageEntry(.special, access: access)
    case .file:
      var hash = SHA256()
      var bytes: [UInt8]? = entry.size <= FileFacts.longestText ? [] : nil
      try ext4.read(path.path) { piece in
        hash.update(bufferPointer: piece)
        bytes?.append(contentsOf: piece)
      }
      let facts = facts(
        path, Hex.text(hash.finalize()), bytes, size: entry.size, isOpen: access.isForEverybody)
      return ImageEntry(.file(facts), access: access)
    }
  }

  private func facts(
    _ path: ImagePath, _ sha256: String, _ bytes: [UInt8]?, size: ByteCount, isOpen: Bool
  ) -> FileFacts {
    let isGuarded = !isOpen && written[path] != sha256
    let word = isGuarded && !texts.contains(path) ? "a file that not everybody may read" : nil
    return FileFacts(
      size: size, sha256: sha256, bytes: bytes, isGuarded: isGuarded,
      secret: secrets[path] ?? Self.secret(at: path) ?? word)
  }

  /// The contents of the secret files that are there, so that nothing of them is shown elsewhere.
  func collectSecrets(on image: borrowing OpenedImage, into known: inout KnownSecrets) throws {
    for path in secrets.keys where path.volume == .root {
      guard let entry = try image.ext4.entry(at: path.path), entry.isFile,
        entry.size <= FileFacts.longestText
      else { continue }
      known.add(Secret(try image.ext4.read(path.path, limit: FileFacts.longestText)))
    }
  }
}
