/// The operator's files of age identities, as `age-keygen` writes them: `AGE-SECRET-KEY-1…`, and
/// comments. (age(1), "RECIPIENTS AND IDENTITIES")
enum AgeKey {
  static let start = "AGE-SECRET-KEY-1"

  /// What is wrong with a file of identities, as the end of a sentence, or nil. The file is never
  /// repeated.
  static func objection(to text: String) -> String? {
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
    guard !lines.isEmpty else { return "holds no age key: a line AGE-SECRET-KEY-1…" }
    for line in lines {
      guard line.hasPrefix(start) else {
        return line.uppercased().contains("PLACEHOLDER")
          ? "holds a placeholder and no age key" : "holds a line that is no age key"
      }
      guard AgeIdentity(line) != nil else {
        return "holds an age key that is damaged: its checksum is wrong"
      }
    }
    return nil
  }
}
