public import SugarModel

/// A person's word that the content of one disk may be lost. It holds for this disk, for what is on
/// it now, and once.
public struct Consent: Hashable, Sendable {
  /// The line itself.
  public let text: String

  public init(disk: DiskIdentifier, content: DiskContent, nonce: String) {
    let digest = SHA256Hash.hex([disk.seed, content.fingerprint, nonce].joined(separator: "\u{0}"))
    text = "wipe \(disk.text) \(digest.prefix(24))"
  }

  /// Whether one of the lines is this consent. How many blanks stand between its words does not count.
  public func isGiven(in lines: [String]) -> Bool {
    lines.contains { Self.words($0) == Self.words(text) }
  }

  /// Serial numbers may hold several blanks in a row, which people do not copy.
  private static func words(_ line: String) -> [Substring] {
    line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
  }
}
