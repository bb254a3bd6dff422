public import SugarModel

/// A k3s token, taken apart. (k3s, pkg/clientaccess/token.go)
///
///     K10<64 hex digits>::<user>:<password>     a server token
///     K10<64 hex digits>::<id>.<secret>         a bootstrap token: 6 and 16 of a–z and 0–9
///
/// A token without a pin is refused: whoever answered first would be believed.
public struct JoinCredential: Sendable {
  public enum Kind: Sendable {
    /// The password that servers share.
    case password(Secret<String>)
    /// An agent's own, dated token.
    case bootstrap(id: String, token: Secret<String>)
  }

  /// Why a file is no token, in words that hold nothing of it.
  public struct Malformed: Error, Hashable, Sendable {
    public var reason: String
  }

  /// SHA-256 of the authority, 64 hex digits.
  public var pin: String
  public var kind: Kind
  /// The token as it must stand in the file: no byte order mark, no quotes, no carriage return, one
  /// newline at its end.
  public var file: Secret<[UInt8]>
  /// Whether the file that was read held just that.
  public var isClean: Bool

  /// Reads what an editor may have left of a token.
  public init(file bytes: [UInt8]) throws(Malformed) {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    var text = Substring(
      String(decoding: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self))
    text = Self.trimmed(text)
    for quote in ["\"", "'"] where text.count > 1 && text.hasPrefix(quote) && text.hasSuffix(quote)
    {
      text = Self.trimmed(text.dropFirst().dropLast())
    }
    guard !text.isEmpty else { throw Malformed(reason: "it is empty") }
    guard !text.contains(where: { $0.isWhitespace || $0.isNewline }) else {
      throw Malformed(reason: "it holds more than one word")
    }
    guard text.hasPrefix("K10"), let divide = Self.place(of: "::", in: text) else {
      throw Malformed(reason: "it names no authority (K10…::…)")
    }
    pin = text[..<divide].dropFirst(3).lowercased()
    guard pin.utf8.count == 64, Hex.bytes(pin) != nil else {
      throw Malformed(reason: "the digest of its authority is not 64 hex digits")
    }
    let rest = text[text.index(divide, offsetBy: 2)...]
    if let token = Self.bootstrap(rest) {
      kind = .bootstrap(id: String(rest.prefix(6)), token: token)
    } else {
      let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw Malformed(reason: "behind its authority stands no user with a password")
      }
      kind = .password(Secret(String(parts[1])))
    }
    let clean = Array("\(text)\n".utf8)
    isClean = clean == bytes
    file = Secret(clean)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let last = text.last, last.isWhitespace || last == "\0" { text.removeLast() }
    return text.drop { $0.isWhitespace }
  }

  private static func place(of pair: String, in text: Substring) -> Substring.Index? {
    text.indices.first { text[$0...].hasPrefix(pair) }
  }

  private static func bootstrap(_ text: Substring) -> Secret<String>? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    func isWord(_ part: Substring, _ length: Int) -> Bool {
      part.utf8.count == length
        && part.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
    }
    guard parts.count == 2, isWord(parts[0], 6), isWord(parts[1], 16) else { return nil }
    return Secret(String(text))
  }
}
