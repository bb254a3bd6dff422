import SugarModel

/// Two texts as `diff -u` shows them, without anything that is secret.
struct UnifiedText {
  let lines: [String]

  init(_ before: FileFacts.Text, _ after: FileFacts.Text, _ secrets: KnownSecrets) {
    var difference = TextDifference(before.bytes, after.bytes)
    // The keys of a text that somebody trusted wrote: the plan.
    let keys = SettingKeys(after.isGuarded ? [] : after.bytes)
    var (old, new) = (SettingKeys.Reader(), SettingKeys.Reader())
    var (oldBlock, newBlock) = (PrivateKeyBlock(), PrivateKeyBlock())
    for index in difference.lines.indices {
      let line = difference.lines[index]
      let oldKey = line.side == .second ? nil : old.key(of: line.content)
      let newKey = line.side == .first ? nil : new.key(of: line.content)
      let isInOld = line.side != .second && oldBlock.holds(line.content)
      let isInNew = line.side != .first && newBlock.holds(line.content)
      let mayBeSeen =
        switch line.side {
        case .first: !before.isGuarded || keys.has(oldKey)
        case .second: !after.isGuarded || keys.has(newKey)
        case .both: !before.isGuarded || !after.isGuarded || keys.has(newKey)
        }
      if isInOld || isInNew {
        difference.lines[index].content = "<hidden: a line of a private key>"
      } else if !mayBeSeen {
        difference.lines[index].content = "<hidden: a line that the plan does not have>"
      }
    }
    lines = difference.hunks().flatMap { hunk in
      var hunk = hunk
      for index in hunk.lines.indices {
        hunk.lines[index].content = secrets.shown(hunk.lines[index].content)
      }
      return hunk.text
    }
  }
}

/// Tells the lines of a private key that somebody put into a text. (RFC 7468)
private struct PrivateKeyBlock {
  private var isOpen = false

  mutating func holds(_ line: String) -> Bool {
    if line.contains("-----BEGIN "), line.contains("PRIVATE KEY") { isOpen = true }
    defer { if line.contains("-----END ") { isOpen = false } }
    return isOpen
  }
}

/// The keys in a text of settings: `key: value`, `key=value`, and a list below `key:`.
private struct SettingKeys {
  private var keys: Set<Substring> = []

  init(_ text: [UInt8]) {
    var reader = Reader()
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      if let key = reader.key(of: String(line)) { keys.insert(key) }
    }
  }

  /// True for an empty line, too.
  func has(_ key: Substring?) -> Bool { key.map { $0.isEmpty || keys.contains($0) } ?? false }

  /// Goes through a text from its first line to its last.
  struct Reader {
    private var last: Substring?

    /// The key that the line belongs to; empty when nothing stands in it, nil when there is none.
    mutating func key(of line: String) -> Substring? {
      let text = line.drop(while: \.isWhitespace)
      if text.isEmpty { return "" }
      if text.hasPrefix("#") || text.hasPrefix(";") { return nil }
      if text.hasPrefix("- ") { return last }
      last = text.firstIndex { $0 == ":" || $0 == "=" }.map { text[..<$0] }
      // What is no plain word, such as the start of a JSON text, is no key.
      if last?.allSatisfy(Self.isOfKey) == false { last = nil }
      return last
    }

    private static func isOfKey(_ character: Character) -> Bool {
      character.isASCII
        && (character.isLetter || character.isNumber || "-_. ".contains(character))
    }
  }
}
