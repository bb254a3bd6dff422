/// Writes the small YAML that k3s reads: keys with a text, a number, a flag or a list of texts.
///
/// Texts are always in double quotes, so that no value is ever read as something else. (YAML 1.2,
/// section 7.3.1)
struct YAMLText {
  private(set) var text: String

  init(comment: String) { text = "# \(comment)\n" }

  mutating func add(_ key: String, _ value: String) { text += "\(key): \(Self.quoted(value))\n" }
  mutating func add(_ key: String, _ value: Bool) { text += "\(key): \(value)\n" }
  mutating func add(_ key: String, _ value: Int) { text += "\(key): \(value)\n" }

  mutating func add(_ key: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    text += "\(key):\n" + values.map { "  - \(Self.quoted($0))\n" }.joined()
  }

  mutating func line(_ line: String) { text += line + "\n" }

  static func quoted(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
