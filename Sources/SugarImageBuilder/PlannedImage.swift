import SugarHost
import SugarImagePlan
import SugarKeys
import SugarModel

/// What a plan leaves at its paths, to be compared: contents that are known by digest, and texts
/// that may be seen. What it does not name is as in the base.
struct PlannedImage {
  let plan: ImagePlan
  let secrets: SecretStore
  let outcomes: [ImagePath: PlannedOutcome]

  init(_ plan: ImagePlan, secrets: SecretStore) {
    (self.plan, self.secrets, outcomes) = (plan, secrets, plan.outcomes)
  }

  var reasons: [ImagePath: String] { outcomes.mapValues(\.reason) }

  /// Which files are secret, in words.
  var secretNames: [ImagePath: String] {
    outcomes.compactMapValues { outcome in
      guard case .file(let content) = outcome.kind else { return nil }
      return switch content {
      case .text: nil
      // A file of the fleet that not everybody may read is nobody's to show.
      case .asset: outcome.access?.isForEverybody == false ? "a file of the fleet" : nil
      case .secret(let name): name.description
      case .keyfile(let parts), .netplan(let parts):
        parts.secrets.map(\.description).joined(separator: ", ")
      case .handOff: "digests of secrets"
      }
    }
  }

  /// Reads the same paths of an image that is there.
  var reader: ImageEntryReader {
    let texts = outcomes.filter { _, outcome in
      if case .file(.text) = outcome.kind { true } else { false }
    }
    return ImageEntryReader(secrets: secretNames, texts: Set(texts.keys))
  }

  /// What stands at these paths when the plan was carried out on `base`.
  func entries(
    at paths: Set<ImagePath>, on base: borrowing OpenedImage
  ) throws -> [ImagePath: ImageEntry] {
    let names = secretNames
    let reader = ImageEntryReader(secrets: [:])
    var result: [ImagePath: ImageEntry] = [:]
    for path in paths {
      guard let outcome = outcomes[path] else {
        result[path] = try reader.entry(at: path, on: base)
        continue
      }
      switch outcome.kind {
      case .absent: break
      case .folder: result[path] = ImageEntry(.folder, access: outcome.access)
      case .link(let target): result[path] = ImageEntry(.link(target: target), access: nil)
      case .file(let content):
        let secret = names[path] ?? ImageEntryReader.secret(at: path)
        result[path] = ImageEntry(.file(try facts(content, secret)), access: outcome.access)
      }
    }
    return result
  }

  private func facts(_ content: FileContent, _ secret: String?) throws -> FileFacts {
    if case .asset(let asset) = content {
      let bytes =
        secret == nil && asset.size <= FileFacts.longestText ? try Files.read(asset.path) : nil
      return FileFacts(size: asset.size, sha256: asset.sha256, bytes: bytes, secret: secret)
    }
    let bytes = try secrets.bytes(of: content)
    return FileFacts(
      size: ByteCount(bytes.count), sha256: Checksum.sha256(bytes), bytes: bytes, secret: secret)
  }

  /// Every secret that the plan puts into the image.
  func collectSecrets(into known: inout KnownSecrets) throws {
    for case .write(_, let content, let access, _) in plan.steps.map(\.step) {
      switch content {
      case .text, .handOff: continue
      case .secret(let name): known.add(try secrets.value(of: name))
      case .keyfile(let parts):
        for name in parts.secrets {
          known.add(try secrets.value(of: name))
          // As it stands in the file, too, where it may be written in another way.
          known.add(
            Secret(Array(try [.secret(name)].text { try secrets.value(of: $0).reveal() }.utf8)))
        }
      case .netplan(let parts):
        for name in parts.secrets {
          known.add(try secrets.value(of: name))
          known.add(
            Secret(Array(try [.secret(name)].yaml { try secrets.value(of: $0).reveal() }.utf8)))
        }
      case .asset(let asset):
        guard !access.isForEverybody, asset.size <= FileFacts.longestText else { continue }
        known.add(Secret(try Files.read(asset.path)))
      }
    }
  }
}

extension SecretStore {
  /// The bytes that a file is to have, its secrets in their places.
  func bytes(of content: FileContent) throws -> [UInt8] {
    switch content {
    case .text(let text): Array(text.utf8)
    case .secret(let name): try value(of: name).reveal()
    case .keyfile(let parts): try Array(parts.text { try value(of: $0).reveal() }.utf8)
    case .netplan(let parts): try Array(parts.yaml { try value(of: $0).reveal() }.utf8)
    case .handOff(let list, let names):
      try Array(
        list.text { file in
          try names[file].map { Checksum.sha256(try value(of: $0).reveal()) }
        }.utf8)
    case .asset(let asset): try Files.read(asset.path, limit: .mib(64))
    }
  }
}
