internal import SugarModel
internal import Yams

/// Parses a YAML text into values with places, and says what of YAML a fleet file may not use.
///
/// Refused: two documents, anchors and aliases, merge keys, tags, keys that are no plain text, more
/// than 32 levels.
struct YAMLTreeReader {
  static let largestText = 1 << 20
  private static let deepest = 32
  private static let mostValues = 100_000
  private static let mostRepairs = 64

  private let source: SourceText
  private let reading: Reading
  /// First characters of repeated keys, by the place where they were overwritten.
  private var repairs: [Spot: Unicode.Scalar] = [:]
  private var values = 0
  private var tooMuch: SourceLocation?

  private struct Spot: Hashable {
    var line: Int
    var column: Int
  }

  private init(_ source: SourceText, _ reading: Reading) {
    self.source = source
    self.reading = reading
  }

  /// The value that the text holds; nil when it could not be parsed, which is then in the report.
  static func read(_ source: SourceText, _ reading: Reading) -> YAMLValue? {
    var reader = YAMLTreeReader(source, reading)
    return reader.read()
  }

  private mutating func read() -> YAMLValue? {
    let start = SourceLocation(file: source.path, line: 1, column: 1)
    guard source.text.utf8.count <= Self.largestText else {
      let size = ByteCount(source.text.utf8.count)
      reading.error("the file is too large: \(size); at most 1 MiB is read", at: start)
      return nil
    }
    guard !hasComplexKey() else { return nil }
    var text = source.text
    while true {
      do {
        // The parser must outlive the tree: its nodes hold their anchors weakly.
        let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
        return try withExtendedLifetime(parser) {
          guard let root = try parser.singleRoot() else {
            reading.error("the file is empty", at: start)
            return nil
          }
          return isSmallEnough(root) ? value(of: root, depth: 0) : nil
        }
      } catch let YamlError.duplicatedKeysInMapping(_, context) {
        guard let repaired = repairing(text, at: context.mark) else { return nil }
        text = repaired
      } catch {
        report(error)
        return nil
      }
    }
  }
}

// MARK: Keys that stand twice

extension YAMLTreeReader {
  /// The parser gives up at a key that stands twice, and we want everything else that is wrong as
  /// well. So the first of the two gets another first character, one for one, which keeps all
  /// places; `value(of:)` puts it back.
  private mutating func repairing(_ text: String, at mark: Mark) -> String? {
    var scalars = Array(text.unicodeScalars)
    var spot = Spot(line: mark.line, column: mark.column)
    guard repairs.count < Self.mostRepairs, var index = offset(of: spot, in: scalars) else {
      return giveUp(at: mark)
    }
    if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    let isWord =
      index < scalars.count
      && (scalars[index].properties.isAlphabetic || scalars[index] == "_"
        || ("0"..."9").contains(scalars[index]))
    guard isWord, let stand = Unicode.Scalar(UInt32(0xe000 + repairs.count)) else {
      return giveUp(at: mark)
    }
    spot.column = mark.column
    repairs[spot] = scalars[index]
    scalars[index] = stand
    return String(String.UnicodeScalarView(scalars))
  }

  private func giveUp(at mark: Mark) -> String? {
    reading.error("a key stands twice in this mapping", at: location(mark))
    return nil
  }

  private func offset(of spot: Spot, in scalars: [Unicode.Scalar]) -> Int? {
    var line = 1
    var index = 0
    while line < spot.line, index < scalars.count {
      switch scalars[index].value {
      case 0x0d where index + 1 < scalars.count && scalars[index + 1] == "\n": break
      case 0x0a, 0x0d, 0x85, 0x2028, 0x2029: line += 1
      default: break
      }
      index += 1
    }
    index += spot.column - 1
    return line == spot.line && scalars.indices.contains(index) ? index : nil
  }

  private func restored(_ key: String, at mark: Mark?) -> String {
    guard let mark, let first = repairs[Spot(line: mark.line, column: mark.column)] else {
      return key
    }
    var result = String.UnicodeScalarView()
    result.append(first)
    result.append(contentsOf: key.unicodeScalars.dropFirst())
    return String(result)
  }
}

// MARK: From nodes to values

extension YAMLTreeReader {
  private func location(_ mark: Mark?) -> SourceLocation {
    source.location(line: mark?.line ?? 1, scalarColumn: mark?.column ?? 1)
  }

  /// Counts with a limit, since a few aliases can stand for a billion values.
  private mutating func isSmallEnough(_ root: Yams.Node) -> Bool {
    count(root, depth: 0)
    if let tooMuch {
      reading.error(
        "the file is nested too deeply or holds too many values", at: tooMuch,
        note: "at most \(Self.deepest) levels and \(Self.mostValues) values are read")
    }
    return tooMuch == nil
  }

  private mutating func count(_ node: Yams.Node, depth: Int) {
    values += 1
    guard depth <= Self.deepest, values <= Self.mostValues else {
      tooMuch = location(node.mark)
      return
    }
    switch node {
    case .scalar, .alias: return
    case .sequence(let sequence):
      for element in sequence where tooMuch == nil { count(element, depth: depth + 1) }
    case .mapping(let mapping):
      for (key, element) in mapping where tooMuch == nil {
        count(key, depth: depth + 1)
        count(element, depth: depth + 1)
      }
    }
  }

  private func value(of node: Yams.Node, depth: Int) -> YAMLValue {
    let place = location(node.mark)
    if node.anchor != nil {
      reading.error(
        "anchors and aliases are not supported", at: place,
        note: "write the value out where it is needed")
    }
    switch node {
    case .scalar(let scalar):
      refuseTag(scalar.tag, unless: scalar.style == .plain ? nil : .str, at: place)
      let content = YAMLScalar(text: scalar.string, isPlain: scalar.style == .plain)
      return YAMLValue(content: .scalar(content), location: place)
    case .sequence(let sequence):
      refuseTag(sequence.tag, unless: nil, at: place)
      return YAMLValue(
        content: .list(sequence.map { value(of: $0, depth: depth + 1) }), location: place)
    case .mapping(let mapping):
      refuseTag(mapping.tag, unless: nil, at: place)
      let entries = mapping.compactMap { entry($0.key, $0.value, depth: depth + 1) }
      return YAMLValue(content: .mapping(entries), location: place)
    case .alias:
      return YAMLValue(content: .scalar(YAMLScalar(text: "", isPlain: true)), location: place)
    }
  }

  private func entry(_ key: Yams.Node, _ node: Yams.Node, depth: Int) -> YAMLEntry? {
    let place = location(key.mark)
    guard case .scalar(let scalar) = key else {
      reading.error("a key must be a word, not a list or a mapping", at: place)
      return nil
    }
    if scalar.string == "<<" {
      reading.error("merge keys are not supported", at: place, note: "write the values out")
      return nil
    }
    var value = value(of: node, depth: depth)
    // An empty value has no place of its own; its key has.
    if case .scalar(let empty) = value.content, empty.isPlain, empty.text.isEmpty {
      value.location = place
    }
    return YAMLEntry(key: restored(scalar.string, at: key.mark), keyLocation: place, value: value)
  }

  /// A value without a tag has the implicit one, and one in quotes that of a string.
  private func refuseTag(_ tag: Tag, unless usual: Tag.Name?, at place: SourceLocation) {
    if tag.rawValue != Tag.Name.implicit.rawValue, tag.rawValue != usual?.rawValue {
      reading.error("YAML tags are not supported: '\(SecretWords.shown(tag.rawValue))'", at: place)
    }
  }
}

// MARK: What the parser says

extension YAMLTreeReader {
  /// A `? key` or `*alias: value` is refused before the parser compares keys, which may take it
  /// forever.
  private func hasComplexKey() -> Bool {
    var found = false
    for (index, line) in source.text.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    ).enumerated() {
      let rest = line.drop { $0 == " " || $0 == "-" }
      guard rest.hasPrefix("? ") || rest.hasPrefix("*") else { continue }
      let column = line.unicodeScalars.count - rest.unicodeScalars.count + 1
      reading.error(
        "complex keys and aliases are not supported",
        at: source.location(line: index + 1, scalarColumn: column))
      found = true
    }
    return found
  }

  private func report(_ error: any Error) {
    guard let error = error as? YamlError else {
      reading.error("cannot parse the YAML text", at: location(nil))
      return
    }
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let isDeep = problem.contains("nesting level")
      reading.error(
        isDeep ? "the file is nested too deeply" : "not valid YAML: \(problem)", at: location(mark),
        note: context.map { "\($0.text), line \($0.mark.line)" })
    case .reader(let problem, let offset, _, let text):
      let scalars = offset.map { String(text.prefix($0)).unicodeScalars.count } ?? 0
      reading.error("not valid YAML: \(problem)", at: source.location(scalarOffset: scalars))
    case .duplicatedKeysInMapping(_, let context):
      reading.error("a key stands twice in this mapping", at: location(context.mark))
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      reading.error("cannot parse the YAML text", at: location(nil))
    }
  }
}
