public import SugarModel

/// What a survey saw in a base image. Planners know of the base only what stands here.
public struct BaseImageFacts: Hashable, Sendable {
  public var identity: BaseIdentity
  /// Size of the whole image as it was published, unpacked.
  public var size: ByteCount
  /// The MBR disk id, 8 hex digits.
  public var diskID: String
  public var boot: PartitionFacts
  public var root: PartitionFacts
  public var bootFreeSpace: ByteCount
  public var rootFreeSpace: ByteCount
  public var freeInodes: UInt64
  /// Seconds since 1970 at which the root file system was last written: the date of everything a
  /// build adds.
  public var date: Int64
  /// Texts of the files that a plan edits, by path; `/etc/passwd`, `/etc/fstab` …
  public var rootTexts: [String: String]
  /// Likewise on the boot partition: `cmdline.txt`, `config.txt`.
  public var bootTexts: [String: String]
  /// What was looked for in the root file system and is there, of any kind.
  public var rootPaths: Set<String>
  public var bootPaths: Set<String>
  /// Units that run only on a first boot (`ConditionFirstBoot=yes`): a machine id that is there
  /// turns them off.
  public var firstBootUnits: [String]
  /// Folders in `/usr/lib/modules`.
  public var kernels: [String]

  public struct PartitionFacts: Hashable, Sendable {
    public var start: ByteCount
    public var size: ByteCount

    public init(start: ByteCount, size: ByteCount) {
      self.start = start
      self.size = size
    }
  }

  public init(
    identity: BaseIdentity, size: ByteCount, diskID: String, boot: PartitionFacts,
    root: PartitionFacts,
    bootFreeSpace: ByteCount, rootFreeSpace: ByteCount, freeInodes: UInt64, date: Int64,
    rootTexts: [String: String], bootTexts: [String: String], rootPaths: Set<String>,
    bootPaths: Set<String>, firstBootUnits: [String], kernels: [String]
  ) {
    self.identity = identity
    self.size = size
    self.diskID = diskID
    self.boot = boot
    self.root = root
    self.bootFreeSpace = bootFreeSpace
    self.rootFreeSpace = rootFreeSpace
    self.freeInodes = freeInodes
    self.date = date
    self.rootTexts = rootTexts
    self.bootTexts = bootTexts
    self.rootPaths = rootPaths
    self.bootPaths = bootPaths
    self.firstBootUnits = firstBootUnits
    self.kernels = kernels
  }
}

extension BaseImageFacts {
  /// Files of the root file system whose text a survey must bring.
  public static let textsOfRoot = [
    "/etc/os-release", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid",
    "/etc/subgid",
    "/etc/fstab",
  ]
  /// Paths of which a survey must say whether they are there.
  public static let pathsOfRoot =
    [
      "/etc/rpi-issue", "/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg",
      "/etc/cloud/cloud.cfg.d/99-fake_cloud.cfg", "/usr/lib/raspberrypi-sys-mods/firstboot",
      "/usr/bin/cloud-init", "/usr/sbin/netplan",
      "/usr/lib/systemd/system/ssh.service", "/etc/sudoers.d/010_pi-nopasswd",
      "/usr/lib/systemd/system/rpi-resize.service", "/usr/bin/sudo", "/usr/sbin/NetworkManager",
      "/usr/sbin/iptables", "/usr/sbin/nft", "/usr/sbin/wpa_supplicant", "/usr/sbin/chronyd",
    ] + Flavours.all.flatMap(\.firstBootServices).flatMap { [$0.path, $0.enabled] }
    + Flavours.all.flatMap(\.knownBy)
  public static let pathsOfBoot = seedFiles
  /// What cloud-init reads on the boot partition.
  static let seedFiles = ["user-data", "meta-data", "network-config"]
}
