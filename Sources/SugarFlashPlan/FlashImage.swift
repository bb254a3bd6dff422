public import SugarModel
public import SugarPartition

/// What is to be written: facts about an image, without its bytes.
public struct FlashImage: Hashable, Sendable {
  /// What the root partition is to have on the disk.
  public enum RootSize: Hashable, Sendable {
    case size(ByteCount)
    /// All that the disk has.
    case fill
  }

  /// What a person calls it: `sugarkube1, prod, generation 1`, or the file's name.
  public var title: String
  public var size: ByteCount
  /// What of it is not a hole.
  public var data: ByteCount
  /// Whose it is; nil for an image that is not ours.
  public var node: MediumNode?
  /// nil when it has no MBR.
  public var table: MasterBootRecord?
  /// nil leaves the table as it is: nobody here knows that image's own way of growing.
  public var root: RootSize?
  /// What the node itself will make behind its root on first boot, in order.
  public var behindRoot: [PartitionWish]
  /// The disks that the fleet gives to this node, by identity; empty when any will do.
  public var bound: Set<String>
  /// What tells these bytes from others, for going on after an interruption.
  public var key: String

  public init(
    title: String, size: ByteCount, data: ByteCount, node: MediumNode? = nil,
    table: MasterBootRecord? = nil, root: RootSize? = nil,
    behindRoot: [PartitionWish] = [], bound: Set<String> = [], key: String
  ) {
    self.title = title
    self.size = size
    self.data = data
    self.node = node
    self.table = table
    self.root = root
    self.behindRoot = behindRoot
    self.bound = bound
    self.key = key
  }
}

/// What a person asked for beside the image.
public struct FlashWish: Hashable, Sendable {
  /// The disk as it was named: its identity, a device node, or a name below `/dev/disk`; nil takes
  /// the only one that may be written.
  public var disk: String?
  /// Labels of partitions that stay where they are.
  public var preserve: [String]
  public var allowsLoop: Bool
  /// nil takes `FlashPlanner.largestUnnamed` for a disk that was not named by its identity.
  public var maximum: ByteCount?
  /// The never-write list.
  public var protected: Set<String>
  /// Whether everything is read back.
  public var verifies: Bool
  public var ejects: Bool

  public init(
    disk: String? = nil, preserve: [String] = [], allowsLoop: Bool = false,
    maximum: ByteCount? = nil, protected: Set<String> = [], verifies: Bool = true,
    ejects: Bool = true
  ) {
    self.disk = disk
    self.preserve = preserve
    self.allowsLoop = allowsLoop
    self.maximum = maximum
    self.protected = protected
    self.verifies = verifies
    self.ejects = ejects
  }
}
