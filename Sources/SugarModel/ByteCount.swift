/// A number of bytes, or a place counted in bytes from the start of a storage. Never negative.
public struct ByteCount: Hashable, Sendable, Comparable, Codable {
  public var bytes: UInt64

  public init(_ bytes: UInt64) { self.bytes = bytes }
  public init(_ bytes: Int) { self.bytes = UInt64(bytes) }

  public static func kib(_ count: UInt64) -> ByteCount { ByteCount(count << 10) }
  public static func mib(_ count: UInt64) -> ByteCount { ByteCount(count << 20) }
  public static func gib(_ count: UInt64) -> ByteCount { ByteCount(count << 30) }
  public static let zero = ByteCount(UInt64(0))

  public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
  public static func + (a: ByteCount, b: ByteCount) -> ByteCount { ByteCount(a.bytes + b.bytes) }
  public static func += (a: inout ByteCount, b: ByteCount) { a.bytes += b.bytes }

  /// What is left of `a` after `b`; zero when `b` is the larger.
  public static func - (a: ByteCount, b: ByteCount) -> ByteCount {
    a.bytes > b.bytes ? ByteCount(a.bytes - b.bytes) : .zero
  }

  /// The smallest multiple of `step` that is not below this count.
  public func roundedUp(to step: ByteCount) -> ByteCount {
    precondition(step.bytes > 0)
    let rest = bytes % step.bytes
    return rest == 0 ? self : ByteCount(bytes + (step.bytes - rest))
  }

  public init(from decoder: any Decoder) throws {
    bytes = try decoder.singleValueContainer().decode(UInt64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(bytes)
  }
}

extension ByteCount: CustomStringConvertible {
  /// In the largest binary unit that keeps one digit before the point: `512 B`, `1.5 KiB`, `80
  /// GiB`.
  public var description: String {
    var value = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] {
      if value < 1000 || unit == "PiB" {
        let tenths = (value * 10).rounded()
        let whole = tenths.truncatingRemainder(dividingBy: 10) == 0 || unit == "B" || tenths >= 1000
        return whole ? "\(Int((tenths / 10).rounded())) \(unit)" : "\(tenths / 10) \(unit)"
      }
      value /= 1024
    }
    return "\(bytes) B"
  }
}
