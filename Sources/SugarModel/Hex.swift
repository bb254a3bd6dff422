/// Hexadecimal digits, lower case.
public enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two digits for each byte.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that pairs of digits stand for; nil when the text is anything else.
  public static func bytes(_ text: String) -> [UInt8]? {
    guard text.utf8.count % 2 == 0, text.utf8.allSatisfy({ isDigit($0) }) else { return nil }
    var result: [UInt8] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      result.append(byte)
      rest = rest.dropFirst(2)
    }
    return result
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }

  /// Sixteen bytes in the groups of a UUID. (RFC 9562, section 4)
  public static func uuid(_ bytes: some Sequence<UInt8>) -> String {
    var rest = Substring(text(bytes))
    var groups: [Substring] = []
    for length in [8, 4, 4, 4, 12] {
      groups.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return groups.joined(separator: "-")
  }
}
