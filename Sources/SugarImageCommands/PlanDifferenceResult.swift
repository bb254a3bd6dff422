import SugarImagePlan
import SugarModel

/// A difference for other programs. No secret is in it, and of a secret's digest the start alone.
struct PlanDifferenceResult: Encodable {
  struct Entry: Encodable {
    /// `file`, `folder`, `link`, `special`
    var kind: String
    /// As octal digits; nil on the boot partition.
    var mode: String?
    /// `user:group`, by number.
    var owner: String?
    var size: ByteCount?
    var sha256: String?
    /// What the secret is, instead of size and digest.
    var secret: String?
    /// The first digits of its digest.
    var sha256Start: String?
    var target: String?
  }

  struct Change: Encodable {
    var path: String
    var change: PlanDifference.Change.Kind
    var before: Entry?
    var after: Entry?
    var reason: String?
    /// As `diff -u` writes it, line by line.
    var diff: [String]
  }

  var node: String
  /// What it is compared with, in words.
  var against: String
  var changed: Bool
  var facts: [PlanDifference.Fact]
  var files: [Change]
  var unchanged: Int
  var notes: [String]

  init(_ difference: PlanDifference) {
    node = difference.node
    against = difference.title
    changed = !difference.isEmpty
    facts = difference.facts
    files = difference.changes.map {
      Change(
        path: $0.path, change: $0.kind, before: $0.before.map(Entry.init),
        after: $0.after.map(Entry.init), reason: $0.reason, diff: $0.lines)
    }
    unchanged = difference.unchanged
    notes = difference.notes
  }
}

extension PlanDifferenceResult.Entry {
  init(_ entry: ImageEntry) {
    (mode, owner) = (entry.access?.octal, entry.access?.ownerText)
    switch entry.kind {
    case .folder: kind = "folder"
    case .special: kind = "special"
    case .link(let path): (kind, target) = ("link", path)
    case .file(let file):
      kind = "file"
      if let name = file.secret {
        (secret, sha256Start) = (name, file.digestStart)
      } else {
        (size, sha256) = (file.size, file.sha256)
      }
    }
  }
}
