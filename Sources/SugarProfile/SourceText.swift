internal import SugarModel

/// The lines of one text, for showing them beside a complaint. A secret in them is never shown.
///
/// Lines end where YAML 1.1 ends them: at LF, CR, CR LF, NEL (U+0085), LS (U+2028) and PS (U+2029).
struct SourceText: Sendable {
  let path: String
  /// The text without a byte order mark, as the YAML parser gets it.
  let text: String
  private let lines: [Substring.UnicodeScalarView]
  private let hiddenLines: Set<Int>

  init(_ fleet: FleetText) {
    path = fleet.path
    text = fleet.text.first == "\u{feff}" ? String(fleet.text.dropFirst()) : fleet.text
    lines = Self.split(text)
    hiddenLines = Self.linesOfPrivateKeys(lines)
  }

  var lineCount: Int { lines.count }

  /// The place of a YAML mark, whose column counts Unicode scalars from 1.
  func location(line: Int, scalarColumn: Int) -> SourceLocation {
    var text = String.UnicodeScalarView()
    if lines.indices.contains(line - 1) {
      text.append(contentsOf: lines[line - 1].prefix(max(0, scalarColumn - 1)))
    }
    return SourceLocation(file: path, line: max(1, line), column: String(text).count + 1)
  }

  /// The place of the scalar `offset` scalars from the start of the text.
  func location(scalarOffset offset: Int) -> SourceLocation {
    let before = text.unicodeScalars.prefix(offset)
    let rows = Self.split(String(String.UnicodeScalarView(before)))
    return location(line: rows.count, scalarColumn: (rows.last?.count ?? 0) + 1)
  }

  /// A line as it may be shown: long ones are cut, secrets replaced by `<hidden>`.
  func excerpt(line: Int) -> String {
    guard lines.indices.contains(line - 1) else { return "" }
    if hiddenLines.contains(line) { return "<hidden>" }
    let shown = SecretWords.visible(SecretWords.redacted(String(Substring(lines[line - 1]))))
    return shown.count > 160 ? String(shown.prefix(157)) + "..." : shown
  }

  private static func split(_ text: String) -> [Substring.UnicodeScalarView] {
    var result: [Substring.UnicodeScalarView] = []
    let scalars = Substring(text).unicodeScalars
    var start = scalars.startIndex
    var index = start
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" {
        result.append(scalars[start..<index])
        index = scalars.index(after: next)
        start = index
      } else if isBreak(scalar) {
        result.append(scalars[start..<index])
        start = next
        index = next
      } else {
        index = next
      }
    }
    result.append(scalars[start..<scalars.endIndex])
    return result
  }

  private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0a, 0x0d, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// The numbers of all lines from a `BEGIN … PRIVATE KEY` to its end.
  private static func linesOfPrivateKeys(_ lines: [Substring.UnicodeScalarView]) -> Set<Int> {
    var result: Set<Int> = []
    var isInside = false
    for (index, line) in lines.enumerated() where isInside || line.count > 10 {
      let text = Substring(line).utf8
      if SecretWords.contains("-----BEGIN ", text), SecretWords.contains("PRIVATE KEY", text) {
        isInside = true
        continue
      }
      if isInside { result.insert(index + 1) }
      if isInside, SecretWords.contains("-----END ", text) { isInside = false }
    }
    return result
  }
}
