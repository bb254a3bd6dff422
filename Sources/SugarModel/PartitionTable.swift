/// One row of a partition table.
public struct Partition: Hashable, Sendable, Codable {
  /// As Linux numbers it: 1 is the first row.
  public var number: Int
  public var range: SectorRange
  /// A type GUID, or two hex digits of an MBR.
  public var type: String
  /// The GPT's own name, at most 36 UTF-16 units; empty in an MBR.
  public var name: String
  /// The unique id of a GPT's row; nil in an MBR.
  public var id: GUID?

  public init(number: Int, range: SectorRange, type: String, name: String = "", id: GUID? = nil) {
    self.number = number
    self.range = range
    self.type = type
    self.name = name
    self.id = id
  }
}

/// How the space of a disk is divided.
public struct PartitionTable: Hashable, Sendable, Codable {
  public enum Kind: Hashable, Sendable, Codable {
    case gpt(GUID)
    /// The 32-bit disk id.
    case mbr(UInt32)
  }

  public var kind: Kind
  /// The sectors that partitions may use.
  public var usable: SectorRange
  /// By number.
  public var partitions: [Partition]

  public init(kind: Kind, usable: SectorRange, partitions: [Partition]) {
    self.kind = kind
    self.usable = usable
    self.partitions = partitions
  }

  public func partition(_ number: Int) -> Partition? { partitions.first { $0.number == number } }

  /// The first two partitions that overlap, if any do.
  public var overlap: (Partition, Partition)? {
    let ordered = partitions.sorted { $0.range.start < $1.range.start }
    for (a, b) in zip(ordered, ordered.dropFirst()) where a.range.overlaps(b.range) {
      return (a, b)
    }
    return nil
  }
}
