import SugarModel

/// The file `pieeprom.sig` beside an update: by it the bootloader proves that the update is whole, and
/// sees whether it is newer. (raspberrypi/rpi-eeprom, rpi-eeprom-digest)
public struct UpdateSignature: Hashable, Sendable {
  /// SHA-256 of the update, 64 hex digits.
  public var digest: String
  /// Seconds since 1970. A self-update that is not later than the last one is skipped.
  public var timestamp: UInt32

  public init(digest: String, timestamp: UInt32) {
    self.digest = digest
    self.timestamp = timestamp
  }

  /// Of an update with these bytes.
  public init(of update: [UInt8], timestamp: UInt32) {
    self.init(digest: Hex.text(SHA256Hash.digest(update)), timestamp: timestamp)
  }

  public var text: String { "\(digest)\nts: \(timestamp)\n" }
}
