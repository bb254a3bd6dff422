import Foundation

/// A string literal of a Swift source: the texts between its interpolations.
struct SourceLiteral: Hashable {
  var place: String
  var pieces: [String]

  /// `the plane '…' gives addresses by DHCP`
  var shown: String { pieces.joined(separator: "…") }

  /// Whether a text can have been made from the literal.
  func matches(_ text: some StringProtocol) -> Bool {
    var rest = Substring(text)
    for piece in pieces where !piece.isEmpty {
      guard let range = rest.firstRange(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}

/// Finds the string literals of a Swift source. It knows comments and interpolation, also nested.
struct SourceLiterals {
  private let characters: [Character]
  private let file: String
  private var index = 0
  private var line = 1
  private(set) var found: [SourceLiteral] = []

  static func all(in url: URL) throws -> [SourceLiteral] {
    var scanner = SourceLiterals(
      characters: Array(try String(contentsOf: url, encoding: .utf8)), file: url.lastPathComponent)
    scanner.scan()
    return scanner.found
  }

  private init(characters: [Character], file: String) {
    (self.characters, self.file) = (characters, file)
  }

  private func starts(with text: String) -> Bool {
    characters[index...].starts(with: text)
  }

  private mutating func advance() {
    if characters[index] == "\n" { line += 1 }
    index += 1
  }

  private mutating func scan() {
    while index < characters.count {
      if starts(with: "//") {
        while index < characters.count, characters[index] != "\n" { advance() }
      } else if characters[index] == "\"" {
        readLiteral()
      } else {
        advance()
      }
    }
  }

  private mutating func readLiteral() {
    let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
    let place = "\(file):\(line)"
    var pieces = [""]
    index += quote.count
    while index < characters.count, !starts(with: quote) {
      guard characters[index] == "\\" else {
        pieces[pieces.count - 1].append(characters[index])
        advance()
        continue
      }
      advance()
      if characters[index] == "(" {
        skipInterpolation()
        pieces.append("")
      } else {
        if characters[index] == "\"" { pieces[pieces.count - 1].append("\"") }
        advance()
      }
    }
    index += quote.count
    found.append(SourceLiteral(place: place, pieces: pieces))
  }

  private mutating func skipInterpolation() {
    var depth = 0
    repeat {
      switch characters[index] {
      case "\"":
        readLiteral()
        continue
      case "(": depth += 1
      case ")": depth -= 1
      default: break
      }
      advance()
    } while depth > 0 && index < characters.count
  }
}
