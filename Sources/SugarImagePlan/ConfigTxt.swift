/// The firmware's `config.txt`: lines, with filters such as `[cm5]` that hold until the next.
/// (raspberrypi.com, "config.txt")
struct ConfigTxt: Hashable {
  private var lines: [String]

  init(_ text: String) {
    // CR LF is one character, which is no "\n".
    lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .map(String.init)
    while lines.last == "" { lines.removeLast() }
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// Adds the lines that are not in force for every board already, under an `[all]` of their own.
  mutating func add(_ wanted: [String]) {
    let present = linesForAll
    var missing: [String] = []
    for line in wanted where !present.contains(line) && !missing.contains(line) {
      missing.append(line)
    }
    guard !missing.isEmpty else { return }
    lines += ["", "# Added by sugarimage", "[all]"] + missing
  }

  /// What stands before the first filter or below an `[all]`.
  private var linesForAll: Set<String> {
    var result: Set<String> = []
    var applies = true
    for line in lines.map({ $0.trimmed }) {
      if line.hasPrefix("[") { applies = line == "[all]" } else if applies { result.insert(line) }
    }
    return result
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
