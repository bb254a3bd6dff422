/// Owners and modes of the files of one overlay, and the directories that it makes: what
/// `overlay.yaml` says.
///
/// git keeps only the executable bit of a file, so the rest stands beside the files, as in the
/// specification file of NetBSD's makefs (mtree(5)).
public struct OverlaySpec: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case directory, file }

  public struct Owner: Hashable, Sendable {
    public var user: UInt32
    public var group: UInt32
    public static let root = Owner(user: 0, group: 0)

    public init(user: UInt32, group: UInt32) {
      self.user = user
      self.group = group
    }
  }

  public struct Entry: Hashable, Sendable {
    public var kind: Kind
    public var owner: Owner
    /// Permission bits, at most 0o1777. nil leaves a file's mode to git's executable bit.
    public var mode: UInt16?

    public init(kind: Kind, owner: Owner, mode: UInt16?) {
      self.kind = kind
      self.owner = owner
      self.mode = mode
    }
  }

  /// By path on the node: absolute, without `.`, `..` and doubled slashes.
  public var entries: [String: Entry]

  public init(entries: [String: Entry] = [:]) { self.entries = entries }

  /// The owner and mode of a file of the overlay. What is not listed is root's, 0755 if executable
  /// and else 0644.
  public func file(at path: String, isExecutable: Bool) -> (owner: Owner, mode: UInt16) {
    let entry = entries[path]
    return (entry?.owner ?? .root, entry?.mode ?? (isExecutable ? 0o755 : 0o644))
  }

  /// The owner and mode of a directory: root's and 0755 unless listed. One that the base has keeps
  /// what it has there.
  public func directory(at path: String) -> (owner: Owner, mode: UInt16) {
    let entry = entries[path]
    return (entry?.owner ?? .root, entry?.mode ?? 0o755)
  }

  /// The directories to be made even if the overlay has no file in them, parents first.
  public var directories: [String] {
    entries.filter { $0.value.kind == .directory }.keys.sorted()
  }
}
