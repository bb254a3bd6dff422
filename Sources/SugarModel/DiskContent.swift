/// Something that a program left to be recognised by: a file system, a RAID member, swap.
public struct Signature: Hashable, Sendable, Codable {
  /// libblkid's word: `ext4`, `LVM2_member`, `zfs_member`, `crypto_LUKS`, `swap`.
  public var type: String
  /// libblkid's USAGE: `filesystem`, `raid`, `crypto`, `other`.
  public var usage: String
  public var label: String?
  public var uuid: String?

  public init(type: String, usage: String, label: String? = nil, uuid: String? = nil) {
    self.type = type
    self.usage = usage
    self.label = label
    self.uuid = uuid
  }
}

extension Signature: CustomStringConvertible {
  /// As a person says it: `ext4 file system 'backup'`, `LVM physical volume`.
  public var description: String {
    let name: String =
      switch type {
      case "LVM2_member": "LVM physical volume"
      case "linux_raid_member": "member of a Linux RAID"
      case "zfs_member": "member of a ZFS pool"
      case "crypto_LUKS": "LUKS encrypted volume"
      case "ceph_bluestore": "Ceph storage device"
      case "swap": "swap area"
      case "ntfs": "NTFS file system"
      default: usage == "filesystem" ? "\(type) file system" : type
      }
    return label.map { "\(name) '\($0)'" } ?? name
  }
}

/// Whether the places that were looked at hold zeros only.
public enum ZeroSample: Hashable, Sendable, Codable {
  case zero
  /// Where the first other byte was seen.
  case data(at: ByteCount)
}

/// Whose medium it is, as the boot partition that sugarimage made says.
public struct MediumNode: Hashable, Sendable, Codable {
  public var node: String
  public var tier: String?
  /// Counts this node's media; nil when the medium does not say.
  public var generation: Int?

  public init(node: String, tier: String? = nil, generation: Int? = nil) {
    self.node = node
    self.tier = tier
    self.generation = generation
  }
}

extension MediumNode: CustomStringConvertible {
  /// `sugarkube3, prod, generation 4`
  public var description: String {
    ([node] + [tier, generation.map { "generation \($0)" }].compactMap { $0 })
      .joined(separator: ", ")
  }
}

/// What is in one region: a whole disk without a table, or a partition.
public struct VolumeContent: Hashable, Sendable, Codable {
  public var signatures: [Signature]
  /// Several signatures contradict each other. (blkid(8), result 8)
  public var isAmbivalent: Bool
  public var sample: ZeroSample
  /// The size of the file system inside, where its kind tells.
  public var fileSystemSize: ByteCount?
  /// Whether the file system was ever mounted, where its kind tells.
  public var wasMounted: Bool
  /// Whether growing the file system left something to be done, where its kind tells: it asks to be
  /// checked at every mount, or the copy of its superblock asks for a journal to be replayed.
  public var isGrowthUnsettled: Bool
  /// What a person would call it: `the system of sugarkube3`, `a k3s server of another
  /// cluster`.
  public var description: String?
  /// Set when it is the boot partition of a node's medium.
  public var node: MediumNode?

  public init(
    signatures: [Signature] = [], isAmbivalent: Bool = false, sample: ZeroSample = .zero,
    fileSystemSize: ByteCount? = nil, wasMounted: Bool = false,
    isGrowthUnsettled: Bool = false, description: String? = nil, node: MediumNode? = nil
  ) {
    self.signatures = signatures
    self.isAmbivalent = isAmbivalent
    self.sample = sample
    self.fileSystemSize = fileSystemSize
    self.wasMounted = wasMounted
    self.isGrowthUnsettled = isGrowthUnsettled
    self.description = description
    self.node = node
  }

  /// Nothing is recognised, and every place that was looked at holds zeros.
  public var isBlank: Bool { signatures.isEmpty && !isAmbivalent && sample == .zero }
}

/// The state of a partition table, both ends of the disk read by ourselves.
public enum TableFinding: Hashable, Sendable, Codable {
  case none
  case mbr(PartitionTable)
  case gpt(PartitionTable, GPTHealth)
  /// A protective MBR or the letters `EFI PART` are there and no header that can be trusted.
  case damaged(String)
  /// No header, but rows of a GPT where the backup would have them: the ids that they carry.
  case strayRows([GUID])
}

/// Which parts of a GPT are as they should be.
public enum GPTHealth: String, Hashable, Sendable, Codable {
  case sound
  /// The primary header or its rows are wrong; the backup is right.
  case primaryDamaged
  /// The first two sectors are empty; only the backup is there, and libblkid calls the disk blank.
  case primaryMissing
  case backupDamaged
  /// The backup is right, but not at the end of the disk: the disk grew, or was copied to a larger
  /// one.
  case backupNotAtEnd
  /// Both headers are right and the protective MBR is not: other systems take the disk for blank.
  case protectionMissing
}

/// What is on a disk.
public struct DiskContent: Hashable, Sendable, Codable {
  public var table: TableFinding
  /// What is found when the disk is taken as one volume.
  public var whole: VolumeContent
  /// What is in each partition, by number.
  public var partitions: [Int: VolumeContent]
  /// SHA-256 over the ends of the disk and of its partitions and over samples between: changes when
  /// the content does. 64 hex digits.
  public var fingerprint: String
  /// The same without the first and the last MiB, which hold the tables: what writing a table leaves
  /// as it is.
  public var middle: String

  public init(
    table: TableFinding, whole: VolumeContent, partitions: [Int: VolumeContent] = [:],
    fingerprint: String, middle: String
  ) {
    self.table = table
    self.whole = whole
    self.partitions = partitions
    self.fingerprint = fingerprint
    self.middle = middle
  }

  public var isBlank: Bool { table == .none && whole.isBlank }

  /// Whose medium it is; nil when it is nobody's that we know.
  public var node: MediumNode? {
    partitions.keys.sorted().lazy.compactMap { partitions[$0]?.node }.first
  }
}
