/// Finds the word that a person probably meant.
enum Suggestion {
  /// The nearest of `words`, if it is near: at most a third of its letters differ, upper and lower
  /// case being alike.
  static func nearest(to word: String, among words: some Sequence<String>) -> String? {
    guard word.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in words.sorted() where candidate != word {
      let distance = distance(word.lowercased(), candidate.lowercased())
      let limit = max(1, min(3, candidate.count / 3))
      if distance <= limit, distance < (best?.distance ?? .max) { best = (candidate, distance) }
    }
    return best?.word
  }

  /// How many letters must be added, removed or replaced to make `a` of `b` (Levenshtein's
  /// distance).
  static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.enumerated() {
        let replaced = diagonal + (left == right ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
