import SugarModel
import SugarProfile

extension PlanDifference {
  /// The difference as a person reads it: a line for each path, and below it what is different in its
  /// text.
  ///
  /// - Parameters:
  ///   - isColored: for a terminal.
  ///   - contents: also the text of files that come or go whole.
  public func text(isColored: Bool, contents: Bool = false) -> String {
    let ink = Ink(isOn: isColored)
    guard !isEmpty else {
      let same = "\(node) is the same as \(title): \(unchanged) paths compared"
      return ([same] + notes.map { "note: \($0)" }).joined(separator: "\n") + "\n"
    }
    var lines = [ink.bold("\(node), different from \(title)"), ""]
    let width = facts.map(\.name.count).max() ?? 0
    for fact in facts {
      let name = fact.name + String(repeating: " ", count: width - fact.name.count)
      lines.append("  \(ink.changed("~")) \(name)  \(fact.words)")
    }
    for change in changes { lines += change.text(ink, contents: contents) }
    lines += ["", summary]
    return (lines + notes.map { "note: \($0)" }).joined(separator: "\n") + "\n"
  }

  /// `1 added, 2 changed, 1 removed, 70 the same`
  public var summary: String {
    let counts = [
      (count(.added), "added"), (count(.changed), "changed"), (count(.access), "owner or mode"),
      (count(.removed), "removed"),
    ].filter { $0.0 > 0 }
    return (counts.map { "\($0.0) \($0.1)" } + ["\(unchanged) the same"]).joined(separator: ", ")
  }
}

/// Colours, or none. (ECMA-48, 8.3.117)
private struct Ink {
  var isOn: Bool

  private func painted(_ text: String, _ code: Int) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
  func bold(_ text: String) -> String { painted(text, 1) }
  func dim(_ text: String) -> String { painted(text, 2) }
  func gone(_ text: String) -> String { painted(text, 31) }
  func come(_ text: String) -> String { painted(text, 32) }
  func changed(_ text: String) -> String { painted(text, 33) }

  func line(_ line: String) -> String {
    switch line.first {
    case "-": gone(line)
    case "+": come(line)
    case "@": painted(line, 36)
    default: line
    }
  }
}

extension PlanDifference.Fact {
  fileprivate var words: String {
    switch (before, after) {
    case (let before?, let after?): "\(before) → \(after)"
    case (nil, let after?): after
    case (let before?, nil): "\(before) → none"
    case (nil, nil): ""
    }
  }
}

extension PlanDifference.Change {
  fileprivate func text(_ ink: Ink, contents: Bool) -> [String] {
    let sign =
      switch kind {
      case .added: ink.come("+")
      case .removed: ink.gone("-")
      case .changed, .access: ink.changed("~")
      }
    let why = reason.map { "  " + ink.dim("(\($0))") } ?? ""
    let words = self.words
    let row = "  \(sign) \(path)\(words.isEmpty ? "" : "  \(words)")\(why)"
    guard kind == .changed || contents else { return [row] }
    return [row] + lines.map { "      " + ink.line($0) }
  }

  private var words: String {
    switch (before, after) {
    case (let before?, let after?): Self.words(before, after)
    case (nil, let only?), (let only?, nil): only.words
    case (nil, nil): ""
    }
  }

  /// What is not the same, each side in its words.
  private static func words(_ before: ImageEntry, _ after: ImageEntry) -> String {
    var parts: [String] = []
    switch (before.kind, after.kind) {
    case (.file(let old), .file(let new)): parts.append(words(old, new))
    case (.link(let old), .link(let new)) where old != new:
      parts.append("→ \(SecretWords.visible(old)), now → \(SecretWords.visible(new))")
    case (.folder, .folder), (.special, .special), (.link, .link): break
    case (.file, _), (.folder, _), (.link, _), (.special, _):
      return "\(before.words), now \(after.words)"
    }
    if let old = before.access, let new = after.access, old != new {
      parts.append("\(old.text) → \(new.text)")
    }
    return parts.filter { !$0.isEmpty }.joined(separator: "  ")
  }

  private static func words(_ old: FileFacts, _ new: FileFacts) -> String {
    guard old.sha256 != new.sha256 else { return "" }
    if let secret = new.secret ?? old.secret {
      return "<hidden: \(secret)>  sha256:\(old.shownDigest) → \(new.shownDigest)"
    }
    guard old.text == nil || new.text == nil else { return "" }
    let sizes = old.size == new.size ? "\(new.size)" : "\(old.size) → \(new.size)"
    return "\(sizes)  sha256:\(old.shownDigest) → \(new.shownDigest)"
  }
}

extension ImageEntry {
  fileprivate var words: String {
    let mode = access.map { $0.text + " " } ?? ""
    return switch kind {
    case .file(let file):
      if let secret = file.secret {
        "\(mode)<hidden: \(secret)>  sha256:\(file.shownDigest)"
      } else {
        "\(mode)\(file.size)" + (file.text == nil ? "  sha256:\(file.shownDigest)" : "")
      }
    case .folder: "\(mode)folder"
    case .link(let target): "→ \(SecretWords.visible(target))"
    case .special: "\(mode)neither file, folder nor link"
    }
  }
}

extension FileFacts {
  /// Enough of the digest to tell two contents apart. Of a secret no more than that: who guesses a
  /// weak one could try his guesses against it.
  public var digestStart: String { String(sha256.prefix(secret == nil ? 12 : 6)) }

  fileprivate var shownDigest: String { digestStart + "…" }
}
