import Testing

@testable import SugarProfile

struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
    ("hostname", "hostname", 0), ("hostnmae", "hostname", 2), ("ä", "a", 1),
  ])
  func distance(a: String, b: String, expected: Int) {
    #expect(Suggestion.distance(a, b) == expected)
    #expect(Suggestion.distance(b, a) == expected)
  }

  @Test(
    arguments: [
      ("hostnam", "hostname"), ("HOSTNAME", "hostname"), ("rol", "role"), ("imageUrl", "imageURL"),
      ("labals", "labels"), ("colour", nil), ("", nil), ("x", nil),
      (String(repeating: "hostname", count: 100), nil),
    ] as [(String, String?)])
  func onlyNearWordsAreSuggested(word: String, expected: String?) {
    let known = ["hostname", "role", "imageURL", "labels", "taints"]
    #expect(Suggestion.nearest(to: word, among: known) == expected)
  }
}
