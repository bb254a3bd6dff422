internal import SugarModel
internal import Yams

/// Parses a file of several YAML documents into JSON, strictly: what YAML 1.1 and 1.2 read
/// differently is refused, and so are anchors, of which a few can stand for a billion values.
struct DocumentParser {
  static let largestText = 4 << 20
  private static let deepest = 64
  private static let mostValues = 100_000
  private static let mostComplaints = 20

  let path: String
  private(set) var report = Report()
  private var values = 0

  /// One document with the place where each of its fields stands.
  struct Document {
    var value: JSONValue
    var location: SourceLocation
    /// Of `kind`, `metadata.name` and the like, by their path.
    var places: [String: SourceLocation]
  }

  init(path: String) { self.path = path }

  var isFull: Bool { report.diagnostics.count >= Self.mostComplaints }

  mutating func complain(_ message: String, at location: SourceLocation, note: String? = nil) {
    guard !isFull else { return }
    report.add(Diagnostic(.error, message, at: location, note: note))
  }

  /// The documents of the text, without empty ones. Whether something was wrong is in `report`.
  mutating func documents(of text: String) -> [Document] {
    guard text.utf8.count <= Self.largestText else {
      complain("the file is too large: at most 4 MiB are read", at: location(nil))
      return []
    }
    guard !hasAliasInKey(text) else { return [] }
    var result: [Document] = []
    do {
      // The parser must outlive its nodes: they hold their anchors weakly.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      try withExtendedLifetime(parser) {
        while !isFull, let root = try parser.nextRoot() {
          if case .scalar(let empty) = root, empty.style == .plain, empty.string.isEmpty {
            continue
          }
          var places: [String: SourceLocation] = [:]
          let value = value(of: root, depth: 0, field: "", &places)
          result.append(Document(value: value, location: location(root.mark), places: places))
        }
      }
    } catch {
      tell(error)
    }
    return result
  }

  private func location(_ mark: Mark?) -> SourceLocation {
    SourceLocation(file: path, line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
  }

  private mutating func value(
    of node: Yams.Node, depth: Int, field: String, _ places: inout [String: SourceLocation]
  ) -> JSONValue {
    values += 1
    guard !isFull else { return .nothing }
    guard node.anchor == nil else {
      complain("anchors and aliases are not supported", at: location(node.mark))
      return .nothing
    }
    guard depth <= Self.deepest, values <= Self.mostValues else {
      complain("the file is nested too deeply or holds too many values", at: location(node.mark))
      return .nothing
    }
    switch node {
    case .alias: return .nothing
    case .scalar(let scalar): return self.scalar(scalar)
    case .sequence(let sequence):
      return .list(sequence.map { value(of: $0, depth: depth + 1, field: "", &places) })
    case .mapping(let mapping):
      var fields: [String: JSONValue] = [:]
      for (key, element) in mapping {
        guard case .scalar(let name) = key, name.string != "<<" else {
          complain("a key must be a word", at: location(key.mark))
          continue
        }
        var path = ""
        if depth == 0 || (depth < 3 && !field.isEmpty) {
          path = field.isEmpty ? name.string : "\(field).\(name.string)"
          places[path] = location(key.mark)
        }
        fields[name.string] = value(of: element, depth: depth + 1, field: path, &places)
      }
      return .object(fields)
    }
  }

  private mutating func scalar(_ scalar: Yams.Node.Scalar) -> JSONValue {
    let place = location(scalar.mark)
    let tag = scalar.tag.rawValue
    guard tag == Tag.Name.implicit.rawValue || tag == Tag.Name.str.rawValue else {
      complain("YAML tags are not supported", at: place)
      return .nothing
    }
    guard scalar.style == .plain, tag == Tag.Name.implicit.rawValue else {
      return .text(scalar.string)
    }
    switch PlainScalar(scalar.string) {
    case .value(let value): return value
    case .ambiguous:
      complain(
        "'\(scalar.string.prefix(40))' is not the same in all versions of YAML", at: place,
        note: "it must stand in quotes, or as a decimal number")
      return .nothing
    }
  }

  /// The parser compares keys, and one that is made of aliases may take it forever.
  private mutating func hasAliasInKey(_ text: String) -> Bool {
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      guard line.utf8.contains(where: { $0 == 0x2a || $0 == 0x3f }) else { continue }
      let rest = line.drop { $0 == " " || $0 == "-" }
      guard
        rest.hasPrefix("? ") || rest.prefixMatch(of: /\*[\w-]+\s*:(\s|$)/) != nil
          || line.firstMatch(of: /[\[{,]\s*\*[\w-]+\s*[:,\]}]/) != nil
      else { continue }
      complain(
        "complex keys and aliases are not supported",
        at: SourceLocation(file: path, line: number, column: 1))
      return true
    }
    return false
  }

  private mutating func tell(_ error: any Error) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      complain("not valid YAML: \(problem)", at: location(mark))
    case .duplicatedKeysInMapping(let keys, let context):
      complain("the key '\(keys.first ?? "")' stands twice", at: location(context.mark))
    case .reader(let problem, let offset, _, let text):
      let lines = offset.map { text.utf8.prefix($0).count { $0 == 0x0a } } ?? 0
      complain(
        "not valid YAML: \(problem)", at: SourceLocation(file: path, line: lines + 1, column: 1))
    default: complain("not valid YAML", at: location(nil))
    }
  }
}
