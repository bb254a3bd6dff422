/// Bytes as text with a prefix that says what they are, and a checksum that finds mistyped letters.
/// age writes its keys so. (BIP 173; C2SP, age.md, without the limit of 90 characters)
public enum Bech32 {
  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

  /// `prefix`, a `1`, the bytes, and the checksum, in lower case.
  public static func text(_ prefix: String, _ bytes: [UInt8]) -> String {
    let values = regrouped(bytes, from: 8, to: 5, padding: true) ?? []
    let sum = checksum(expanded(prefix) + values + [0, 0, 0, 0, 0, 0]) ^ 1
    let check = (0..<6).map { UInt8(truncatingIfNeeded: sum >> UInt32(5 * (5 - $0))) & 31 }
    return prefix + "1"
      + String(decoding: (values + check).map { alphabet[Int($0)] }, as: UTF8.self)
  }

  /// The bytes behind `prefix`, or nil when the text is anything else or damaged. All of it is in
  /// lower case, or all of it in capitals.
  public static func bytes(_ text: String, prefix: String) -> [UInt8]? {
    guard text == text.lowercased() || text == text.uppercased() else { return nil }
    let plain = text.lowercased()
    guard plain.hasPrefix(prefix + "1") else { return nil }
    var values: [UInt8] = []
    for letter in plain.utf8.dropFirst(prefix.utf8.count + 1) {
      guard let value = alphabet.firstIndex(of: letter) else { return nil }
      values.append(UInt8(value))
    }
    guard values.count >= 6, checksum(expanded(prefix) + values) == 1 else { return nil }
    return regrouped(Array(values.dropLast(6)), from: 5, to: 8, padding: false)
  }

  private static func expanded(_ prefix: String) -> [UInt8] {
    prefix.utf8.map { $0 >> 5 } + [0] + prefix.utf8.map { $0 & 31 }
  }

  /// (BIP 173, "Checksum")
  private static func checksum(_ values: [UInt8]) -> UInt32 {
    let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    var sum: UInt32 = 1
    for value in values {
      let top = sum >> 25
      sum = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
      for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 {
        sum ^= generator
      }
    }
    return sum
  }

  /// The same bits in groups of another size. Without padding, what is left over must be zeros, and
  /// fewer than a group.
  private static func regrouped(
    _ values: [UInt8], from: UInt32, to: UInt32, padding: Bool
  ) -> [UInt8]? {
    var (bits, count, result): (UInt32, UInt32, [UInt8]) = (0, 0, [])
    for value in values {
      (bits, count) = (bits << from | UInt32(value), count + from)
      while count >= to {
        count -= to
        result.append(UInt8(truncatingIfNeeded: bits >> count))
        bits &= (1 << count) - 1
      }
    }
    if padding {
      if count > 0 { result.append(UInt8(truncatingIfNeeded: bits << (to - count))) }
      return result
    }
    return count < from && bits == 0 ? result : nil
  }
}
