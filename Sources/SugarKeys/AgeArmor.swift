import FoundationEssentials

/// An age file as text, which mails, repositories and paper leave as it is.
///
///     -----BEGIN AGE ENCRYPTED FILE-----
///     base64, 64 letters a line
///     -----END AGE ENCRYPTED FILE-----
///
/// (C2SP, age.md, "ASCII armor"; RFC 7468)
enum AgeArmor {
  static let begin = "-----BEGIN AGE ENCRYPTED FILE-----"
  private static let end = "-----END AGE ENCRYPTED FILE-----"

  static func text(_ bytes: [UInt8]) -> [UInt8] {
    var text = begin + "\n"
    var rest = Substring(Data(bytes).base64EncodedString())
    while !rest.isEmpty {
      text += rest.prefix(64) + "\n"
      rest = rest.dropFirst(64)
    }
    return Array((text + end + "\n").utf8)
  }

  static func isArmored(_ file: [UInt8]) -> Bool { file.starts(with: begin.utf8) }

  /// The bytes, or nil when the text is anything else. Line ends may be CR LF.
  static func bytes(_ file: [UInt8]) -> [UInt8]? {
    var lines = String(decoding: file, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.count >= 3, lines[0] == begin, lines[lines.count - 1] == end else { return nil }
    let body = lines.dropFirst().dropLast()
    guard body.dropLast().allSatisfy({ $0.utf8.count == 64 }),
      body.last.map({ $0.utf8.count <= 64 }) == true
    else { return nil }
    return Data(base64Encoded: body.joined()).map(Array.init)
  }
}

/// Base64 without padding, each text the only one of its bytes. (RFC 4648, 3.2, 3.5 and 4)
enum AgeBase64 {
  static func text(_ bytes: [UInt8]) -> String {
    String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
  }

  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    guard let bytes = Data(base64Encoded: text + padding).map(Array.init), self.text(bytes) == text
    else { return nil }
    return bytes
  }
}
