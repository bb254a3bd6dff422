/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, Comparable, Codable {
  public var value: UInt32

  public init(_ value: UInt32) { self.value = value }

  /// Four decimal numbers with dots, each without leading zeros; nil when it is anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let byte = UInt8(part), String(byte) == part else { return nil }
      value = value << 8 | UInt32(byte)
    }
    self.value = value
  }

  public static func < (a: IPv4Address, b: IPv4Address) -> Bool { a.value < b.value }

  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let address = IPv4Address(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is no IPv4 address"))
    }
    self = address
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension IPv4Address: CustomStringConvertible {
  public var description: String {
    [24, 16, 8, 0].map { String(value >> UInt32($0) & 0xff) }.joined(separator: ".")
  }
}

/// A range of IPv4 addresses with a common prefix: `192.168.1.0/24`.
public struct IPv4Network: Hashable, Sendable {
  /// The lowest address of the range.
  public var base: IPv4Address
  /// How many leading bits are common, 0 to 32.
  public var prefix: Int

  /// The network that `address` lies in.
  public init(containing address: IPv4Address, prefix: Int) {
    precondition((0...32).contains(prefix))
    self.base = IPv4Address(address.value & Self.mask(prefix))
    self.prefix = prefix
  }

  /// `192.168.1.0/24`; nil when malformed or when host bits are set.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv4Address(String(parts[0])), let prefix = Int(parts[1]),
      (0...32).contains(prefix), String(prefix) == parts[1]
    else { return nil }
    self.init(containing: address, prefix: prefix)
    guard base == address else { return nil }
  }

  private static func mask(_ prefix: Int) -> UInt32 {
    prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)
  }

  public var last: IPv4Address { IPv4Address(base.value | ~Self.mask(prefix)) }

  public func contains(_ address: IPv4Address) -> Bool {
    address.value & Self.mask(prefix) == base.value
  }

  public func overlaps(_ other: IPv4Network) -> Bool {
    contains(other.base) || other.contains(base)
  }

  /// The address `offset` places above the lowest one. k3s puts its DNS service at offset 10 of the
  /// service network.
  public func address(at offset: UInt32) -> IPv4Address { IPv4Address(base.value &+ offset) }
}

extension IPv4Network: CustomStringConvertible {
  public var description: String { "\(base)/\(prefix)" }
}
