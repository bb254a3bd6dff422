import SugarModel

/// Which kind of event a journal entry is about: 128 bits that stay the same through all releases. (systemd.journal-fields(7))
///
/// New ones come from `journalctl --new-id128`.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
  /// 32 hex digits, lower case.
  public let text: String

  /// nil unless `text` is 32 hex digits.
  public init?(_ text: String) {
    guard let bytes = Hex.bytes(text), bytes.count == 16 else { return nil }
    self.text = Hex.text(bytes)
  }

  /// The id with these two halves.
  public init(_ high: UInt64, _ low: UInt64) {
    text = Hex.text(
      [high, low].flatMap { half in
        (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) }
      })
  }

  public var description: String { text }
}
