/// Knows what a secret looks like, so that none is accepted in a fleet file and none is ever shown.
public enum SecretWords {
  /// What the text is, when it is a secret: `a private key`. nil when it looks harmless.
  static func kind(of text: String) -> String? {
    let bytes = text.utf8
    guard bytes.count >= 6 else { return nil }
    if contains("-----BEGIN ", bytes), contains("PRIVATE KEY", bytes) { return "a private key" }
    if contains("AGE-SECRET-KEY-", bytes) { return "an age secret key" }
    if text.split(whereSeparator: \.isWhitespace).contains(where: { isClusterToken($0) }) {
      return "a cluster token"
    }
    if hashMarks.contains(where: { contains($0, bytes) }) { return "a password hash" }
    if serviceMarks.contains(where: { text.hasPrefix($0) }) { return "an access token" }
    if isBootstrapToken(text) { return "a bootstrap token" }
    if hasCredentialsInURL(text) { return "a password in a URL" }
    return nil
  }

  /// Whether a field of that name holds a secret: `token`, `hashedPasswd`, `etcd-s3-secret-key`.
  static func isSecretKey(_ key: String) -> Bool {
    let plain = key.lowercased().filter { $0.isLetter || $0.isNumber }
    guard plain.utf8.count >= 3 else { return false }
    return secretEndings.contains { plain.hasSuffix($0) } || ["ssid", "pass"].contains(plain)
  }

  /// A value as it may stand in a message: short, on one line, and not a secret.
  static func shown(_ text: String) -> String {
    if kind(of: text) != nil { return "<hidden>" }
    let line = visible(String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }))
    return line.count > 60 ? String(line.prefix(57)) + "..." : line
  }

  /// The text with a mark in place of each character that a terminal would act on.
  public static func visible(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map {
          $0.properties.generalCategory == .control && $0 != "\t" ? "\u{fffd}" : $0
        }))
  }

  /// A line as it may be shown: from the first thing on that looks like a secret it reads
  /// `<hidden>`.
  public static func redacted(_ line: String) -> String {
    if let value = valueOfSecretKey(in: line) { return String(line[..<value]) + "<hidden>" }
    guard
      kind(of: line) != nil || line.split(whereSeparator: isBoundary).contains(where: isSecretWord)
    else { return line }
    return hidingWords(of: line)
  }

  private static func hidingWords(of line: String) -> String {
    var index = line.startIndex
    while index < line.endIndex {
      let end = line[index...].firstIndex(where: isBoundary) ?? line.endIndex
      if isSecretWord(line[index..<end]) || line[index...].hasPrefix("-----BEGIN ") {
        return String(line[..<index]) + "<hidden>"
      }
      index = end < line.endIndex ? line.index(after: end) : end
    }
    return "<hidden>"
  }

  private static func isBoundary(_ character: Character) -> Bool {
    character.isWhitespace || "\"'[]{},".contains(character)
  }

  private static func isSecretWord(_ word: Substring) -> Bool { kind(of: String(word)) != nil }

  /// Where the value of a secret's key begins in the line, if the line has one.
  private static func valueOfSecretKey(in line: String) -> String.Index? {
    var start = line.startIndex
    while let colon = line[start...].firstIndex(of: ":") {
      let after = line.index(after: colon)
      let key = line[..<colon].reversed().prefix { !isKeyEdge($0) }
      let rest = line[after...]
      if rest.first?.isWhitespace == true, isSecretKey(String(key.reversed())),
        let value = rest.firstIndex(where: { !$0.isWhitespace })
      {
        return value
      }
      start = after
    }
    return nil
  }

  private static func isKeyEdge(_ character: Character) -> Bool {
    character.isWhitespace || "[]{},:".contains(character)
  }

  private static let secretEndings = [
    "token", "password", "passwd", "passphrase", "secret", "psk", "presharedkey", "privatekey",
    "secretkey", "authkey", "apikey", "accesskey", "vpnauth",
  ]
  private static let hashMarks = [
    "$y$", "$gy$", "$7$", "$6$", "$5$", "$1$", "$2a$", "$2b$", "$2y$",
  ]
  private static let serviceMarks = ["ghp_", "gho_", "github_pat_", "glpat-", "tskey-"]

  /// `K10<hash>::user:password`, and the same without a password.
  private static func isClusterToken(_ word: Substring) -> Bool {
    guard let start = find("K10", Array(word.utf8)) else { return false }
    return find("::", Array(word.utf8.dropFirst(start + 3))) != nil
  }

  /// `abcdef.0123456789abcdef`
  private static func isBootstrapToken(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 23, bytes[6] == UInt8(ascii: ".") else { return false }
    return bytes.enumerated().allSatisfy { index, byte in
      index == 6 || (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }
  }

  /// `https://user:password@host`, `https://token@host`. In `ssh://git@host` there is none.
  private static func hasCredentialsInURL(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let start = find("://", bytes) else { return false }
    let authority = bytes[(start + 3)...].prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
    guard let end = authority.lastIndex(of: UInt8(ascii: "@")) else { return false }
    let isSSH = bytes[..<start].suffix(3).elementsEqual("ssh".utf8)
    return !isSSH || authority[..<end].contains(UInt8(ascii: ":"))
  }

  static func contains(_ marker: String, _ text: some Collection<UInt8>) -> Bool {
    find(marker, Array(text)) != nil
  }

  /// The offset of the first `marker` in the bytes.
  private static func find(_ marker: String, _ bytes: [UInt8]) -> Int? {
    let marker = Array(marker.utf8)
    guard let first = marker.first, bytes.count >= marker.count else { return nil }
    for start in 0...(bytes.count - marker.count) where bytes[start] == first {
      if bytes[start..<(start + marker.count)].elementsEqual(marker) { return start }
    }
    return nil
  }
}
