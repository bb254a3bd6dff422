import SugarModel

/// Texts that nobody can guess, from the system's own source of random numbers. (getrandom(2))
enum RandomText {
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")

  /// `count` lower-case letters and digits, each equally likely.
  static func word(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
  }

  /// `count` bytes as hex digits.
  static func hex(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return Hex.text((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  /// A machine id: 128 random bits marked as a version 4 UUID, as systemd makes it. (machine-id(5),
  /// sd_id128_randomize(3))
  static func machineID() -> String {
    var digits = Array(hex(16))
    digits[12] = "4"
    digits[16] = ["8", "9", "a", "b"].randomElement() ?? "8"
    return String(digits)
  }
}
