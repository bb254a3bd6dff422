/// Text from outside as it may be shown: labels of disks are written by strangers.
enum VisibleText {
  /// For a page: control characters become their pictures (␀, ␊), and what cannot be seen or turns
  /// the direction of writing becomes `�`. (Unicode, section 23.1 and annex 9)
  static func page(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(picture(of: scalar)) }
    return String(result)
  }

  /// For a console, whose font and escape sequences we do not know: printable ASCII alone.
  static func console(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x20...0x7E: result.unicodeScalars.append(scalar)
      case 0x2018, 0x2019: result += "'"
      case 0x2013, 0x2014: result += "-"
      case 0x2026: result += "..."
      default: result += "?"
      }
    }
    return result
  }

  /// Whether a person can copy the text from a page, or type it from a screen, and have the same.
  static func isTypable(_ text: String) -> Bool { console(text) == text }

  /// A whole sentence: a capital letter, unless the first word is a name, and a full stop.
  static func sentence(_ text: String, startingWith name: String? = nil) -> String {
    var result = text
    let first = text.prefix { $0 != " " }
    let isName = name.map { text.hasPrefix($0) } ?? false
    if !isName, first.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
      result = text.prefix(1).uppercased() + text.dropFirst()
    }
    if let last = result.last, !".!?".contains(last) { result += "." }
    return result
  }

  /// The same without its full stop.
  static func clause(_ text: String) -> String {
    text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  private static func picture(of scalar: Unicode.Scalar) -> Unicode.Scalar {
    let unseen: Unicode.Scalar = "\u{FFFD}"
    switch scalar.value {
    case 0..<0x20: return Unicode.Scalar(0x2400 + scalar.value) ?? unseen
    case 0x7F: return "\u{2421}"
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return unseen
    default: return scalar
    }
  }
}
