/// A 128-bit id as partition tables and file systems carry it.
public struct GUID: Hashable, Sendable {
  /// Sixteen bytes in the order in which they are written as text.
  public let bytes: [UInt8]

  /// nil unless there are sixteen bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads `0FC63DAF-8483-4772-8E79-3D69D8477DE4`, in either case.
  public init?(_ text: String) {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12],
      let bytes = Hex.bytes(groups.joined())
    else { return nil }
    self.bytes = bytes
  }

  /// The id that follows from `words`: the same words give the same id, for ever. (RFC 9562, UUID
  /// version 8 over SHA-256)
  public init(derivedFrom words: [String]) {
    var digest = Array(SHA256Hash.digest(Array(words.joined(separator: "\u{0}").utf8)).prefix(16))
    digest[6] = digest[6] & 0x0f | 0x80
    digest[8] = digest[8] & 0x3f | 0x80
    bytes = digest
  }

  /// How a GPT stores it: the first three groups little-endian. (UEFI 2.10, appendix A)
  public var onDisk: [UInt8] { Self.swapped(bytes) }

  /// The id whose sixteen bytes stand so in a GPT.
  public init?(onDisk bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = Self.swapped(bytes)
  }

  private static func swapped(_ bytes: [UInt8]) -> [UInt8] {
    [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map { bytes[$0] }
  }

  public var isZero: Bool { bytes.allSatisfy { $0 == 0 } }

  /// Linux file system data. (Discoverable Partitions Specification)
  public static let linuxData = GUID(
    fixed: [
      0x0f, 0xc6, 0x3d, 0xaf, 0x84, 0x83, 0x47, 0x72, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d,
      0xe4,
    ])

  private init(fixed bytes: [UInt8]) { self.bytes = bytes }
}

extension GUID: CustomStringConvertible {
  /// Lower case, as libblkid and udev write it.
  public var description: String { Hex.uuid(bytes) }
}

extension GUID: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = GUID(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no UUID"))
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
