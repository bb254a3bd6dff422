/// Lines of a console, wrapped at words. Whatever is put on it becomes printable ASCII.
struct ScreenPaper {
  let width: Int
  let isColoured: Bool
  private var lines: [String] = []

  init(width: Int, isColoured: Bool) {
    self.width = max(20, width)
    self.isColoured = isColoured
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  mutating func gap() { lines.append("") }

  mutating func heading(_ title: String) {
    gap()
    lines.append(painted(title, "1"))
  }

  /// A coloured word and what it is about.
  mutating func line(_ word: String, _ tone: Tone, _ text: String, indent: Int = 0) {
    let word = VisibleText.console(word)
    var wrapped = self.wrapped("\(word) \(text)", indent: indent, hanging: indent + 2)
    if let first = wrapped.first, first.dropFirst(indent).hasPrefix(word) {
      let blanks = String(repeating: " ", count: indent)
      wrapped[0] = blanks + painted(word, code(tone)) + first.dropFirst(indent + word.count)
    }
    lines += wrapped
  }

  mutating func item(_ mark: String, _ text: String) {
    lines += wrapped("\(mark) \(text)", indent: 2, hanging: 3 + mark.count)
  }

  mutating func paragraph(_ text: String, indent: Int = 0, hanging: Int? = nil) {
    lines += wrapped(text, indent: indent, hanging: hanging ?? indent)
  }

  /// A line that must stay as it is, even when it is too long.
  mutating func verbatim(_ text: String, indent: Int) {
    lines.append(String(repeating: " ", count: indent) + painted(VisibleText.console(text), "1"))
  }

  /// Words are kept whole unless one is longer than a line.
  private func wrapped(_ text: String, indent: Int, hanging: Int) -> [String] {
    var result: [String] = []
    var line = String(repeating: " ", count: indent)
    var isEmpty = true
    func started() -> String { String(repeating: " ", count: hanging) }
    for word in VisibleText.console(text).split(separator: " ") {
      var rest = word
      if !isEmpty, line.count + 1 + rest.count > width {
        result.append(line)
        (line, isEmpty) = (started(), true)
      }
      if !isEmpty { line += " " }
      while line.count + rest.count > width {
        let room = width - line.count
        result.append(line + rest.prefix(room))
        rest = rest.dropFirst(room)
        line = started()
      }
      line += rest
      isEmpty = rest.isEmpty
    }
    if !isEmpty { result.append(line) }
    return result
  }

  private func painted(_ text: String, _ code: String) -> String {
    isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// The number of a colour that is readable on black and on white. (console_codes(4), SGR)
  private func code(_ tone: Tone) -> String {
    switch tone {
    case .good: "1;32"
    case .busy: "1;34"
    case .wait: "1;33"
    case .stop: "1;31"
    case .calm: "1"
    }
  }
}
