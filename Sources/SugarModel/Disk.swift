/// Something that was looked for, and whether it could be found out. "Could not find out" is never
/// taken for "no".
public enum Finding<Value: Hashable & Sendable>: Hashable, Sendable {
  case known(Value)
  /// Why it could not be found out.
  case unknown(String)

  public var value: Value? {
    if case .known(let value) = self { value } else { nil }
  }
}

extension Finding: Codable where Value: Codable {}

/// How a disk is attached.
public enum DiskTransport: String, Hashable, Sendable, Codable, CaseIterable {
  case nvme, sd, usb, sata, scsi, virtio, loop, other
}

/// What makes a disk this disk and no other.
public enum DiskIdentifier: Hashable, Sendable, Codable {
  /// The serial number that the device reports.
  case serial(String)
  /// Its world-wide id, where it reports no serial number.
  case wwid(String)
  /// A device without either, or with one that another disk has too: where it is plugged in, its
  /// size, and a digest of what is on it.
  case place(path: String, size: ByteCount, fingerprint: String)

  /// What a person sees and types.
  public var text: String {
    switch self {
    case .serial(let text), .wwid(let text): text
    case .place(let path, let size, let fingerprint):
      "\(path)/\(size.bytes)/\(fingerprint.prefix(16))"
    }
  }

  /// What stays the same when the content changes: ids of tables and file systems are derived from
  /// it.
  public var seed: String {
    switch self {
    case .serial(let text): "serial:\(text)"
    case .wwid(let text): "wwid:\(text)"
    case .place(let path, let size, _): "place:\(path):\(size.bytes)"
    }
  }

  /// Whether the device itself says who it is.
  public var isReported: Bool {
    if case .place = self { false } else { true }
  }
}

/// Something that uses a disk now.
public enum DiskUse: Hashable, Sendable, Codable {
  /// Mounted at a folder, from the whole disk (0) or from a partition.
  case mount(String, partition: Int)
  case swap(partition: Int)
  /// Another device stands on it: `dm-0`, `md127`.
  case holder(String, partition: Int)
  /// A member of a file system of several disks that is mounted: btrfs, ZFS.
  case member(String, partition: Int)
  /// Somebody has it open for himself alone. (open(2), O_EXCL)
  case exclusive

  public var partition: Int? {
    switch self {
    case .mount(_, let number), .swap(let number), .holder(_, let number), .member(_, let number):
      number
    case .exclusive: nil
    }
  }
}

extension DiskUse: CustomStringConvertible {
  public var description: String {
    switch self {
    case .mount(let folder, let number): "\(Self.part(number)) is mounted at \(folder)"
    case .swap(let number): "\(Self.part(number)) is in use as swap"
    case .holder(let name, let number): "\(Self.part(number)) is held by \(name)"
    case .member(let what, let number): "\(Self.part(number)) belongs to a mounted \(what)"
    case .exclusive: "another program has it open for itself alone"
    }
  }

  private static func part(_ number: Int) -> String {
    number == 0 ? "the whole disk" : "partition \(number)"
  }
}

/// A partition as the running kernel sees it, which need not be what the table says.
public struct KernelPartition: Hashable, Sendable, Codable {
  public var number: Int
  /// `/dev/nvme0n1p1`
  public var path: String
  public var range: SectorRange

  public init(number: Int, path: String, range: SectorRange) {
    self.number = number
    self.path = path
    self.range = range
  }
}

/// A disk of this machine: facts, gathered once, without judgement.
public struct Disk: Hashable, Sendable, Codable {
  /// `/dev/nvme0n1`. It may name another disk after the next boot.
  public var path: String
  /// Names that last: what lies in `/dev/disk/by-id` and `by-path` and leads here.
  public var stableNames: [String]
  public var size: ByteCount
  /// Bytes of one logical sector. (queue/logical_block_size)
  public var sectorSize: UInt64
  public var model: String?
  public var transport: DiskTransport
  public var identifier: Finding<DiskIdentifier>
  public var isRemovable: Bool
  public var isReadOnly: Bool
  /// Whether `/`, `/boot` or what they stand on is here.
  public var carriesSystem: Finding<Bool>
  public var uses: Finding<[DiskUse]>
  public var partitions: [KernelPartition]
  public var content: Finding<DiskContent>

  public init(
    path: String, stableNames: [String] = [], size: ByteCount, sectorSize: UInt64,
    model: String? = nil, transport: DiskTransport, identifier: Finding<DiskIdentifier>,
    isRemovable: Bool = false, isReadOnly: Bool = false,
    carriesSystem: Finding<Bool> = .known(false), uses: Finding<[DiskUse]> = .known([]),
    partitions: [KernelPartition] = [], content: Finding<DiskContent>
  ) {
    self.path = path
    self.stableNames = stableNames
    self.size = size
    self.sectorSize = sectorSize
    self.model = model
    self.transport = transport
    self.identifier = identifier
    self.isRemovable = isRemovable
    self.isReadOnly = isReadOnly
    self.carriesSystem = carriesSystem
    self.uses = uses
    self.partitions = partitions
    self.content = content
  }

  /// `/dev/nvme0n1, 1 TB Samsung SSD, serial S5GXNF0R`: how it is called in sentences.
  public var title: String {
    let known = identifier.value.flatMap { $0.isReported ? "serial \($0.text)" : nil }
    let words = [model, known].compactMap { $0 }
    return "\(path) (\(([size.description] + words).joined(separator: ", ")))"
  }

  /// The device node of a partition: `p` stands between when the disk's name ends in a digit.
  public func partitionPath(_ number: Int) -> String {
    path + (path.last?.isNumber == true ? "p" : "") + String(number)
  }
}

/// All disks of this machine at one moment.
public struct DiskCensus: Hashable, Sendable, Codable {
  public var disks: [Disk]
  /// Whether every device that the kernel announced has been dealt with. (udevadm-settle(8))
  public var isSettled: Bool

  public init(disks: [Disk], isSettled: Bool) {
    self.disks = disks
    self.isSettled = isSettled
  }
}
