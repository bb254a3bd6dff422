import SugarModel

extension ImagePlan {
  /// The plan as a person reads it: every file and edit, in order, with reasons. Secrets are named,
  /// never shown.
  ///
  /// - Parameter contents: also prints the text of new files.
  public func text(contents: Bool = false) -> String {
    var lines = [heading, ""]
    for planned in steps { lines += planned.lines(contents: contents) }
    if rootGrowth > .zero { lines += ["", "root file system grows by \(rootGrowth) first"] }
    if !notes.isEmpty { lines += [""] + notes.map { "note: \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Each step on one line, for other programs.
  public var stepLines: [String] {
    steps.compactMap { $0.lines(contents: false).first.map(\.trimmed) }
  }

  private var heading: String {
    let place = "\(identity.cluster.name), \(identity.role.rawValue)"
    let order = identity.boot.orderWords.map { " · boots from \($0)" }
    return "\(node) · \(place) · generation \(identity.generation)\(order ?? "")"
      + (identity.base.standIn.map { "\nbase is a stand-in: \($0)" } ?? "")
      + (handOff.map { "\n\($0)" } ?? "")
  }
}

extension PlannedStep {
  /// `+` new, `~` edited, `-` taken away, `>` renamed.
  fileprivate func lines(contents: Bool) -> [String] {
    switch step {
    case .setDiskID(let id): [row("~", "disk id", "PARTUUID=\(id)-…")]
    case .write(let path, let content, let access, before: nil):
      [row("+", path.onNode, "\(path.volume == .root ? access.text + " " : "")\(content.summary)")]
        + (contents ? content.indented : [])
    case .write(let path, let content, _, before: .some(let before)):
      [row("~", path.onNode, "")] + Self.difference(before, content)
    case .makeDirectory(let path, let access): [row("+", path + "/", access.text)]
    case .link(let path, let target): [row("+", path, "→ \(target)")]
    case .remove(let path): [row("-", path.onNode, "")]
    case .rename(let path, let name): [row(">", path, "→ \(name)")]
    }
  }

  private func row(_ sign: String, _ what: String, _ how: String) -> String {
    "  \(sign) \(what)\(how.isEmpty ? "" : "  \(how)")  (\(reason))"
  }

  /// The lines that go and the lines that come. Files here are short, so both are simply listed; a
  /// file of one line is compared word by word.
  private static func difference(_ before: String, _ content: FileContent) -> [String] {
    guard case .text(let after) = content else { return [] }
    let separator: Character = before.split(separator: "\n").count <= 1 ? " " : "\n"
    let split = { (text: String) in
      text.split(whereSeparator: { $0 == separator || $0 == "\n" }).map(String.init)
    }
    let change = split(after).difference(from: split(before))
    let gone = change.removals.map { "      - \($0.element)" }
    let come = change.insertions.map { "      + \($0.element)" }
    return gone + come
  }
}

extension CollectionDifference.Change {
  fileprivate var element: ChangeElement {
    switch self {
    case .insert(_, let element, _), .remove(_, let element, _): element
    }
  }
}

extension FileAccess {
  /// `0600 root`, `0644 1000:1000`
  var text: String {
    "\(octal) \(owner == 0 && group == 0 ? "root" : ownerText)"
  }
}

extension FileContent {
  fileprivate var summary: String {
    switch self {
    case .text(let text): "\(text.utf8.count) B"
    case .asset(let asset): "\(asset.size) sha256:\(asset.sha256.prefix(12))"
    case .secret(let name): "<hidden: \(name)>"
    case .handOff(let list, _): "\(list.objects.count) objects"
    case .keyfile(let parts), .netplan(let parts):
      "with \(parts.secrets.map { "<hidden: \($0)>" }.joined(separator: ", "))"
    }
  }

  fileprivate var indented: [String] {
    let text: String
    switch self {
    case .text(let own): text = own
    case .keyfile(let parts), .netplan(let parts): text = parts.shown
    case .handOff(let list, let secrets):
      text = list.text { secrets[$0].map { "<hidden: digest of \($0)>" } }
    case .asset, .secret: return []
    }
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
      text.hasSuffix("\n") ? 1 : 0
    )
    .map { "      | \($0)" }
  }
}
