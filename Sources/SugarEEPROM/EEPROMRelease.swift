/// What a bootloader image says about itself, in words that stand in it.
public struct EEPROMRelease: Hashable, Sendable, Codable {
  /// `086b83e3`, the first digits of its source's commit.
  public var version: String?
  /// `2026/05/26`.
  public var date: String?
  /// Seconds since 1970; what the board compares with `rpi-min-boot-ver` and updates.
  public var buildTimestamp: UInt32?
}

extension EEPROMImage {
  public var release: EEPROMRelease {
    EEPROMRelease(
      version: words(after: "\0VERSION:") ?? words(after: "\nVERSION:"),
      date: words(after: "DATE: "),
      buildTimestamp: words(after: "BUILD_TIMESTAMP=").flatMap { UInt32($0) })
  }

  /// The printable characters behind the first such mark that has any, in a section that is more than
  /// padding.
  private func words(after mark: String) -> String? {
    for section in sections where section.kind != .padding {
      var place = section.offset
      while let found = bytes.place(of: mark, in: place..<section.end) {
        place = found + mark.utf8.count
        let word = bytes[place..<min(place + 64, bytes.count)].prefix { (0x21...0x7e).contains($0) }
        if !word.isEmpty { return String(decoding: word, as: UTF8.self) }
      }
    }
    return nil
  }
}
