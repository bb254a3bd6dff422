/// What a YAML scalar without quotes stands for, where YAML 1.1 and 1.2 agree about it.
enum PlainScalar {
  case value(JSONValue)
  /// `on`, `0644`, `.inf`: another value to each reader, or none in JSON.
  case ambiguous

  init(_ text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .value(.nothing)
    case "true", "True", "TRUE": self = .value(.flag(true))
    case "false", "False", "FALSE": self = .value(.flag(false))
    default:
      if ["yes", "no", "on", "off", "y", "n"].contains(text.lowercased()) {
        self = .ambiguous
      } else if Self.isJSONNumber(text) {
        self = .value(.number(text))
      } else {
        self = Self.looksLikeNumber(text) ? .ambiguous : .value(.text(text))
      }
    }
  }

  /// (RFC 8259, section 6)
  private static func isJSONNumber(_ text: String) -> Bool {
    text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil
  }

  /// Octal, hexadecimal, binary, base 60, with underlines or a sign, without a digit in front.
  private static func looksLikeNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first, first < 0x3a else { return false }
    let whole = /[-+]?(?:0[0-7_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)/
    let sixty = /[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?/
    let real = /[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?/
    let none = /[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)/
    return [whole, sixty, real, none].contains { text.wholeMatch(of: $0) != nil }
  }
}
