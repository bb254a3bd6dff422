public import SugarModel

/// What stands at one path of an image, or is to stand there.
public struct ImageEntry: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case file(FileFacts)
    case folder
    case link(target: String)
    /// A device, a pipe or a socket.
    case special
  }
  public var kind: Kind
  /// nil on the boot partition, which knows neither owner nor mode, and of links.
  public var access: FileAccess?

  public init(_ kind: Kind, access: FileAccess?) {
    self.kind = kind
    self.access = access
  }

  var file: FileFacts? {
    if case .file(let facts) = kind { facts } else { nil }
  }

  /// The same, of which no text may be seen.
  func hidden(as secret: String) -> ImageEntry {
    guard var file else { return self }
    (file.text, file.secret) = (nil, file.secret ?? secret)
    return ImageEntry(.file(file), access: access)
  }
}

/// A file as far as it may be known: which bytes, and its text where that may be seen.
public struct FileFacts: Hashable, Sendable {
  public var size: ByteCount
  /// Of all bytes, 64 hex digits. Of what is secret, the first ones alone are ever shown.
  public var sha256: String
  /// nil of what is no text, is too long to be compared, or is secret.
  public var text: Text?
  /// What the secret is, when the content is one: `server token of cluster dev`.
  public var secret: String?

  public struct Text: Hashable, Sendable {
    public var bytes: [UInt8]
    /// Of a file that not everybody may read, and that no plan is known to have written: of such a
    /// text only those lines are shown whose keys the plan's own text has, too.
    public var isGuarded: Bool
  }

  /// Longer files are compared by digest alone.
  public static let longestText = ByteCount.kib(256)

  /// - Parameters:
  ///   - bytes: the whole content; nil when it is too long to be held.
  public init(
    size: ByteCount, sha256: String, bytes: [UInt8]?, isGuarded: Bool = false, secret: String? = nil
  ) {
    self.size = size
    self.sha256 = sha256
    self.secret = secret
    guard secret == nil, let bytes, size <= Self.longestText, Self.isText(bytes) else { return }
    text = Text(bytes: bytes, isGuarded: isGuarded)
  }

  /// UTF-8 without a NUL, as diff(1) tells text from other things.
  private static func isText(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
  }
}

/// Where a step leaves what: a path's content when the whole plan was carried out.
public struct PlannedOutcome: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case absent
    case file(FileContent)
    case folder
    case link(target: String)
  }
  public var kind: Kind
  public var access: FileAccess?
  public var reason: String
}

extension ImagePlan {
  /// What the plan leaves at each path that it touches. The last step that names a path holds.
  public var outcomes: [ImagePath: PlannedOutcome] {
    var result: [ImagePath: PlannedOutcome] = [:]
    func put(
      _ path: ImagePath, _ kind: PlannedOutcome.Kind, _ access: FileAccess?, _ reason: String
    ) {
      result[path] = PlannedOutcome(kind: kind, access: access, reason: reason)
    }
    for planned in steps {
      let reason = planned.reason
      switch planned.step {
      case .setDiskID: continue
      case .write(let path, let content, let access, _):
        put(path, .file(content), path.volume == .root ? access : nil, reason)
      case .makeDirectory(let path, let access):
        put(ImagePath(.root, path), .folder, access, reason)
      case .link(let path, let target):
        put(ImagePath(.root, path), .link(target: target), nil, reason)
      case .remove(let path): put(path, .absent, nil, reason)
      case .rename(let path, _): put(ImagePath(.root, path), .absent, nil, reason)
      }
    }
    return result
  }
}

extension ImagePath {
  private static let mountPoint = "/boot/firmware/"

  /// The path that a running node sees; see `onNode`.
  public init(onNode path: String) {
    if path.hasPrefix(Self.mountPoint) {
      self.init(.boot, String(path.dropFirst(Self.mountPoint.count)))
    } else {
      self.init(.root, path)
    }
  }
}
