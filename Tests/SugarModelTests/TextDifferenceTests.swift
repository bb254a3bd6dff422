import Foundation
import SugarModel
import SugarTestSupport
import Testing

/// Differences of texts, with diff(1) as the second opinion.
@Suite struct TextDifferenceTests {
  private static func text(_ first: String, _ second: String, context: Int = 3) -> [String] {
    TextDifference(first, second).hunks(context: context).flatMap(\.text)
  }

  @Test(arguments: [
    ("", "", []), ("a\n", "a\n", []),
    ("", "a\n", ["@@ -0,0 +1 @@", "+a"]), ("a\nb\n", "", ["@@ -1,2 +0,0 @@", "-a", "-b"]),
    ("a\n", "b\n", ["@@ -1 +1 @@", "-a", "+b"]),
    ("a\n", "a", ["@@ -1 +1 @@", "-a", "+a", "\\ No newline at end of file"]),
    (
      "a", "b",
      [
        "@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+b", "\\ No newline at end of file",
      ]
    ),
    ("a\nb", "c\nb", ["@@ -1,2 +1,2 @@", "-a", "+c", " b", "\\ No newline at end of file"]),
    // A line feed alone ends a line, and a carriage return is a part of it.
    ("a\r\n", "a\n", ["@@ -1 +1 @@", "-a\r", "+a"]),
    // The same letter in two spellings is not the same bytes.
    ("\u{e9}\n", "e\u{301}\n", ["@@ -1 +1 @@", "-\u{e9}", "+e\u{301}"]),
  ])
  func smallTexts(_ first: String, _ second: String, _ expected: [String]) throws {
    let lines = Self.text(first, second)
    // By bytes: as text, both spellings of a letter are equal.
    #expect(lines.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(lines)")
    #expect(try Self.diff(first, second).lines == lines)
    #expect(TextDifference(first, second).isEmpty == expected.isEmpty)
  }

  /// Lines that stand once, some taken out, some put in: there is one shortest difference only, and
  /// diff(1) must have written the same, byte for byte.
  @Test(arguments: UInt64(1)...40) func asDiffWritesIt(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let old = (0..<Int.random(in: 0...60, using: &random)).map { "line \($0)" }
    var new: [String] = []
    for line in old {
      if Int.random(in: 0..<9, using: &random) == 0 { new.append("new \(new.count)") }
      if Int.random(in: 0..<9, using: &random) > 0 { new.append(line) }
    }
    let end = { (lines: [String]) in seed % 3 == 0 || lines.isEmpty ? "" : "\n" }
    let first = old.joined(separator: "\n") + end(old)
    let second = new.joined(separator: "\n") + end(new)
    #expect(try Self.diff(first, second).lines == Self.text(first, second))
  }

  /// Texts with many equal lines: nothing is lost, and no shorter difference exists.
  @Test(arguments: UInt64(1)...40) func nothingIsLost(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let texts = (0..<2).map { _ in
      (0..<Int.random(in: 0...50, using: &random)).map { _ in
        ["a", "b", "c", "", "\u{7f}é"].randomElement(using: &random) ?? ""
      }
    }
    let (first, second) = (texts[0].map { $0 + "\n" }.joined(), texts[1].map { $0 + "\n" }.joined())
    let difference = TextDifference(first, second)
    #expect(difference.lines.filter { $0.side != .second }.map(\.content) == texts[0])
    #expect(difference.lines.filter { $0.side != .first }.map(\.content) == texts[1])
    let changed = difference.lines.count { $0.side != .both }
    let other = try Self.diff(first, second, more: ["--minimal"]).lines
    #expect(changed == other.count { $0.hasPrefix("-") || $0.hasPrefix("+") })
    for hunk in difference.hunks() {
      #expect(
        hunk.lines.filter { $0.side != .second }.map(\.content) == Array(texts[0][hunk.first]))
      #expect(
        hunk.lines.filter { $0.side != .first }.map(\.content) == Array(texts[1][hunk.second]))
    }
  }

  /// What would take too long is shown as one block, and is right all the same.
  @Test func longTextsWithNothingInCommon() {
    let first = (0..<3000).map { "old \($0)\n" }.joined()
    let second = (0..<3000).map { "new \($0)\n" }.joined()
    let hunks = TextDifference("same\n" + first + "end\n", "same\n" + second + "end\n").hunks()
    #expect(hunks.map(\.heading) == ["@@ -1,3002 +1,3002 @@"])
    #expect(hunks.first?.lines.first?.text == " same")
    #expect(hunks.first?.lines.last?.text == " end")
  }

  @Test func contextIsAsLongAsAskedFor() {
    let old = (1...9).map { "\($0)\n" }.joined()
    let new = old.replacingOccurrences(of: "5\n", with: "five\n")
    #expect(
      Self.text(old, new, context: 1) == ["@@ -4,3 +4,3 @@", " 4", "-5", "+five", " 6"])
    #expect(Self.text(old, new, context: 0) == ["@@ -5 +5 @@", "-5", "+five"])
  }

  /// `diff -u` without the two lines that name the files.
  private static func diff(
    _ first: String, _ second: String, more: [String] = []
  ) throws -> (status: Int32, lines: [String]) {
    let folder = try TemporaryDirectory()
    for (name, text) in [("first", first), ("second", second)] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
    }
    let answer = try Tool("diff").run(
      ["-u", "--text"] + more + [folder.path("first"), folder.path("second")])
    guard answer.status < 2 else { throw Tool.Refusal(description: answer.complaints) }
    let lines = answer.output.split(separator: 10, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
    return (answer.status, Array(lines.dropFirst(2)))
  }
}
