/// How a disk of the node is to be divided: what a person asked for, without anything about a
/// machine.
public struct DiskLayout: Hashable, Sendable, Codable {
  public enum Place: Hashable, Sendable, Codable {
    /// A whole disk with a GPT of its own.
    case disk(DiskSelector)
    /// The room behind the root partition of the disk that the node boots from. Partitions are
    /// appended to its table, and nothing else is touched.
    case behindRoot
    /// A disk that the root file system is to move to, with the table of the image.
    case root(DiskSelector)
  }

  /// A DNS label; part of what the ids on the disk are derived from.
  public var name: String
  public var place: Place
  public var partitions: [PartitionWish]
  /// Numbers that must not be in use.
  public var absent: [Int]
  /// Whether a foreign table without a single partition may be replaced.
  public var takesEmptyTable: Bool
  /// Whether the last partition may grow into the room behind it.
  public var grows: Bool
  /// Whether a disk without a serial number of its own will do. It is then known by where it is
  /// plugged in, its size and its content.
  public var acceptsUnnamed: Bool
  /// Whether the node is of no use without it.
  public var isRequired: Bool

  public init(
    name: String, place: Place, partitions: [PartitionWish], absent: [Int] = [],
    takesEmptyTable: Bool = false, grows: Bool = false, acceptsUnnamed: Bool = false,
    isRequired: Bool = true
  ) {
    self.name = name
    self.place = place
    self.partitions = partitions
    self.absent = absent
    self.takesEmptyTable = takesEmptyTable
    self.grows = grows
    self.acceptsUnnamed = acceptsUnnamed
    self.isRequired = isRequired
  }
}

/// A file system that the agent makes.
public enum FileSystemKind: String, Hashable, Sendable, Codable, CaseIterable {
  case ext4

  /// How many bytes its label may have. (ext4(5))
  public var labelLimit: Int {
    switch self {
    case .ext4: 16
    }
  }
}

/// One partition as it is wanted.
public struct PartitionWish: Hashable, Sendable, Codable {
  public enum Size: Hashable, Sendable, Codable {
    case fixed(ByteCount)
    /// All that is left.
    case rest
  }

  /// As Linux numbers it; 0 takes the next free number.
  public var number: Int
  /// The label of the file system, and the name in a GPT.
  public var label: String
  public var kind: FileSystemKind
  public var size: Size
  /// Where it has to start; nil is right behind the one before, on a MiB.
  public var start: ByteCount?
  public var mount: String?
  /// The type GUID it must have.
  public var type: GUID
  /// Stays as it is, wherever it is: only what others need is compared.
  public var isKept: Bool

  public init(
    number: Int = 0, label: String, kind: FileSystemKind = .ext4, size: Size,
    start: ByteCount? = nil, mount: String? = nil, type: GUID = .linuxData, isKept: Bool = false
  ) {
    self.number = number
    self.label = label
    self.kind = kind
    self.size = size
    self.start = start
    self.mount = mount
    self.type = type
    self.isKept = isKept
  }
}
