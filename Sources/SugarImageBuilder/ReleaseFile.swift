/// A file of `KEY=value` lines. (os-release(5))
struct ReleaseFile {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      var value = line[line.index(after: equals)...]
      if value.count >= 2, value.first == "\"", value.last == "\"" {
        value = value.dropFirst().dropLast()
      }
      values[String(line[..<equals])] = String(value)
    }
  }

  subscript(key: String) -> String? { values[key] }
}
