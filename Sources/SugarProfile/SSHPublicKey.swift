/// The rule for a line of `authorized_keys`.
public enum SSHPublicKey {
  static let types = [
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
  ]

  /// What is wrong with the line, as the end of a sentence, or nil.
  ///
  /// A key's bytes begin with its type again (RFC 4253, 6.6), which finds keys that were cut or
  /// pasted together.
  public static func objection(_ line: String) -> String? {
    if line.contains(where: \.isNewline) { return "must be one line" }
    let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    guard let start = words.firstIndex(where: { types.contains($0) }) else {
      return "is no public key of a type that OpenSSH accepts (such as ssh-ed25519)"
    }
    guard start == 0 else {
      return "has options before its key; only 'type base64 comment' is supported"
    }
    guard words.count > 1, let bytes = decoded(words[1]) else {
      return "is no public key: its second word is not base64"
    }
    let type = Array(words[0].utf8)
    let length = [0, 0, 0, UInt8(type.count)]
    guard bytes.starts(with: length + type) else {
      return "is no public key: its base64 text does not hold a key of type \(words[0])"
    }
    return bytes.count > 4 + type.count + 32
      ? nil : "is no whole public key: its base64 text is cut short"
  }

  /// The bytes of a base64 text (RFC 4648, 4), or nil.
  private static func decoded(_ text: String) -> [UInt8]? {
    guard text.utf8.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    var value: UInt32 = 0
    var count = 0
    let digits = text.utf8.prefix { $0 != UInt8(ascii: "=") }
    guard text.utf8.count - digits.count <= 2,
      text.utf8.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") })
    else { return nil }
    for digit in digits {
      guard let six = sextet(digit) else { return nil }
      value = value << 6 | UInt32(six)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(count)))
      }
    }
    return bytes
  }

  private static func sextet(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x41...0x5a: digit - 0x41
    case 0x61...0x7a: digit - 0x61 + 26
    case 0x30...0x39: digit - 0x30 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
