/// A run of sectors of a disk: where it starts, how many there are, and how large each is.
public struct SectorRange: Hashable, Sendable, Codable {
  public var start: UInt64
  public var count: UInt64
  /// Bytes of one logical sector: 512 or 4096.
  public var sectorSize: UInt64

  public init(start: UInt64, count: UInt64, sectorSize: UInt64) {
    self.start = start
    self.count = count
    self.sectorSize = sectorSize
  }

  /// The first sector after it.
  public var end: UInt64 { start + count }
  public var last: UInt64 { end - 1 }
  public var position: ByteCount { ByteCount(start * sectorSize) }
  public var size: ByteCount { ByteCount(count * sectorSize) }

  public func overlaps(_ other: SectorRange) -> Bool {
    count > 0 && other.count > 0 && start < other.end && other.start < end
  }

  public func contains(_ other: SectorRange) -> Bool { start <= other.start && other.end <= end }
}
