/// What servers and controllers say, as it may be shown: on one line, short, and without what could
/// be a secret in it.
enum PlainWords {
  static let limit = 240

  static func of(_ text: String) -> String {
    var result = ""
    for line in text.split(whereSeparator: \.isNewline) {
      // Keys and certificates in PEM, whatever they are.
      if line.contains("-----BEGIN") || line.contains("AGE-SECRET-KEY-") {
        result += result.isEmpty ? "(a key)" : " (a key)"
        break
      }
      result += (result.isEmpty ? "" : " ") + line
      if result.utf8.count > limit { break }
    }
    let short = withoutPasswords(result)
    return short.count > limit ? short.prefix(limit - 1) + "…" : short
  }

  /// `https://user:password@host` without what stands before the host, unless it is a name alone.
  private static func withoutPasswords(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
      let letters = Array(word)
      guard
        let scheme = letters.indices.dropLast(2).first(where: {
          letters[$0] == ":" && letters[$0 + 1] == "/" && letters[$0 + 2] == "/"
        })
      else { return String(word) }
      let start = scheme + 3
      let end = letters[start...].firstIndex(of: "/") ?? letters.endIndex
      guard let at = letters[start..<end].lastIndex(of: "@"), letters[start..<at].contains(":")
      else { return String(word) }
      return String(letters[..<start]) + "…" + String(letters[at...])
    }.joined(separator: " ")
  }
}
