import SugarModel

/// What a plan would make different from something that is there: the last build, another node, an
/// image, a disk.
public struct PlanDifference: Hashable, Sendable {
  /// Something about the whole image that is not the same.
  public struct Fact: Hashable, Sendable, Encodable {
    public var name: String
    /// nil where nobody knows or there is none.
    public var before: String?
    public var after: String?

    public init(_ name: String, before: String?, after: String?) {
      self.name = name
      self.before = before
      self.after = after
    }
  }

  /// One path at which something else stands.
  public struct Change: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, Encodable {
      case added, removed, changed
      /// The content is the same, its owner or mode is not.
      case access
    }
    public var kind: Kind
    /// As the running node sees it.
    public var path: String
    public var before: ImageEntry?
    public var after: ImageEntry?
    /// Why the plan wants it; nil for what the plan does not name.
    public var reason: String?
    /// As `diff -u` writes it, without the names of the files; empty where no text may be shown.
    public var lines: [String]
  }

  public var node: String
  /// What it was compared with, in words that follow "different from".
  public var title: String
  public var facts: [Fact]
  /// By path.
  public var changes: [Change]
  /// Paths at which everything is as planned.
  public var unchanged: Int
  /// Things worth knowing that are no changes.
  public var notes: [String]

  public var isEmpty: Bool { facts.isEmpty && changes.isEmpty }
  public func count(_ kind: Change.Kind) -> Int { changes.count { $0.kind == kind } }

  /// Compares what stands at each path of either side.
  ///
  /// - Parameters:
  ///   - facts: those that are the same are left out.
  ///   - secrets: everything that must not be shown, wherever it stands.
  public init(
    node: String, title: String, facts: [Fact], before: [ImagePath: ImageEntry],
    after: [ImagePath: ImageEntry], paths: Set<ImagePath>, reasons: [ImagePath: String],
    secrets: KnownSecrets, notes: [String] = []
  ) {
    self.node = node
    self.title = title
    self.facts = facts.filter { $0.before != $0.after }
    self.notes = notes
    var changes: [Change] = []
    for path in paths {
      let (old, new) = Self.hidingBoth(before[path], after[path])
      guard let kind = Self.kind(old, new) else { continue }
      changes.append(
        Change(
          kind: kind, path: path.onNode, before: old, after: new, reason: reasons[path],
          lines: Self.lines(old, new, secrets)))
    }
    self.changes = changes.sorted { $0.path < $1.path }
    unchanged = paths.count - changes.count
  }

  /// Where one side is secret, the other one may have been without anybody's saying so.
  private static func hidingBoth(
    _ before: ImageEntry?, _ after: ImageEntry?
  ) -> (ImageEntry?, ImageEntry?) {
    guard let secret = after?.file?.secret ?? before?.file?.secret else { return (before, after) }
    return (before?.hidden(as: secret), after?.hidden(as: secret))
  }

  private static func kind(_ before: ImageEntry?, _ after: ImageEntry?) -> Change.Kind? {
    switch (before, after) {
    case (nil, nil): nil
    case (nil, _?): .added
    case (_?, nil): .removed
    case (let before?, let after?):
      if !isSameContent(before.kind, after.kind) {
        .changed
      } else if before.access != after.access {
        .access
      } else {
        nil
      }
    }
  }

  private static func isSameContent(_ before: ImageEntry.Kind, _ after: ImageEntry.Kind) -> Bool {
    switch (before, after) {
    case (.file(let old), .file(let new)): old.sha256 == new.sha256
    case (.folder, .folder), (.special, .special): true
    case (.link(let old), .link(let new)): old == new
    case (.file, _), (.folder, _), (.link, _), (.special, _): false
    }
  }

  private static func lines(
    _ before: ImageEntry?, _ after: ImageEntry?, _ secrets: KnownSecrets
  ) -> [String] {
    guard before?.file?.sha256 != after?.file?.sha256 else { return [] }
    let none = FileFacts.Text(bytes: [], isGuarded: false)
    // What is no text on one side is not compared line by line.
    guard let old = before?.file.map({ $0.text }) ?? none,
      let new = after?.file.map({ $0.text }) ?? none
    else { return [] }
    return UnifiedText(old, new, secrets).lines
  }
}
