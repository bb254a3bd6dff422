internal import SugarModel

/// A value of a YAML text with its place, free of the parser that read it.
struct YAMLValue: Sendable {
  enum Content: Sendable {
    case scalar(YAMLScalar)
    case list([YAMLValue])
    case mapping([YAMLEntry])
  }

  var content: Content
  var location: SourceLocation
}

struct YAMLScalar: Sendable {
  var text: String
  /// Written without quotes, so that YAML may take it for a number or a truth value.
  var isPlain: Bool
}

struct YAMLEntry: Sendable {
  var key: String
  var keyLocation: SourceLocation
  var value: YAMLValue
}

/// What a scalar without quotes is taken for.
enum ScalarKind {
  case text, number, flag, nothing

  init(_ scalar: YAMLScalar) {
    guard scalar.isPlain else {
      self = .text
      return
    }
    switch scalar.text {
    case "", "~", "null", "Null", "NULL": self = .nothing
    default:
      if Self.flagWords.contains(scalar.text.lowercased()) {
        self = .flag
      } else {
        self = Self.isNumber(scalar.text) ? .number : .text
      }
    }
  }

  /// YAML 1.1 reads all of these as truth values, YAML 1.2 only the first two.
  static let flagWords: Set<String> = ["true", "false", "yes", "no", "on", "off"]

  private static func isNumber(_ text: String) -> Bool {
    var rest = text[...]
    if let sign = rest.first, sign == "-" || sign == "+" { rest = rest.dropFirst() }
    guard let first = rest.utf8.first else { return false }
    if rest.hasPrefix("0x") || rest.hasPrefix("0o") || rest.hasPrefix("0b") {
      return rest.count > 2 && rest.dropFirst(2).allSatisfy { $0.isHexDigit || $0 == "_" }
    }
    let startsAsNumber = (0x30...0x39).contains(first) || (first == 0x2e && rest.count > 1)
    let plain = rest.filter { $0 != "_" }
    return startsAsNumber && Double(plain) != nil || [".inf", ".nan"].contains(rest.lowercased())
  }
}

extension YAMLValue {
  /// What it is, in the words of a complaint: `a list`, `the number 1.30`.
  var described: String {
    switch content {
    case .list: return "a list"
    case .mapping: return "a mapping"
    case .scalar(let scalar):
      switch ScalarKind(scalar) {
      case .nothing: return "nothing"
      case .number: return "the number \(SecretWords.shown(scalar.text))"
      case .flag: return "'\(scalar.text)'"
      case .text: return "the text '\(SecretWords.shown(scalar.text))'"
      }
    }
  }
}
