import SugarModel

/// A number that is used once.
enum Nonce {
  /// Eight random bytes, 16 hex digits. (getrandom(2), by way of the standard library)
  static func make() -> String {
    let number = UInt64.random(in: .min ... .max)
    return Hex.text((0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) })
  }
}
