/// An age identity, as `age-keygen` writes it: `AGE-SECRET-KEY-1…`, Bech32 in capital letters.
/// (C2SP, age.md, "X25519 recipient stanza"; BIP 173)
enum AgeKey {
  static let start = "AGE-SECRET-KEY-1"

  /// What is wrong with a file of identities, as the end of a sentence, or nil. The file is never
  /// repeated.
  static func objection(to text: String) -> String? {
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
    guard !lines.isEmpty else { return "holds no age key: a line AGE-SECRET-KEY-1…" }
    for line in lines {
      guard line.hasPrefix(start) else {
        return line.uppercased().contains("PLACEHOLDER")
          ? "holds a placeholder and no age key" : "holds a line that is no age key"
      }
      guard isWhole(String(line)) else {
        return "holds an age key that is damaged: its checksum is wrong"
      }
    }
    return nil
  }

  /// Length and checksum.
  private static func isWhole(_ key: String) -> Bool {
    guard key.utf8.count == 74 else { return false }
    let alphabet = Array("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".utf8)
    let prefix = Array("age-secret-key-".utf8)
    var values = prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
    for byte in key.utf8.dropFirst(start.utf8.count) {
      guard let value = alphabet.firstIndex(of: byte) else { return false }
      values.append(UInt8(value))
    }
    return checksum(values) == 1
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
}
