public import SugarModel
public import SugarPartition

/// A change of the image's partition table on its way to the disk.
public enum RowChange: Hashable, Sendable {
  /// The root partition gets another size; its start stays.
  case resize(number: Int, to: ByteCount)
  /// A partition of the disk that stays where it is.
  case keep(MasterBootRecord.Entry)
}

/// A partition that stays as it is, byte for byte.
public struct KeptPartition: Hashable, Sendable {
  public var label: String
  public var range: Range<UInt64>
  /// Its row in the new table.
  public var entry: MasterBootRecord.Entry

  public init(label: String, range: Range<UInt64>, entry: MasterBootRecord.Entry) {
    self.label = label
    self.range = range
    self.entry = entry
  }
}

/// What the journal of an earlier run tells about a disk.
public struct FlashResume: Hashable, Sendable {
  /// The image that was being written.
  public var image: String
  /// How much of it is on the disk.
  public var done: ByteCount
  /// What was to stay: its table is gone by now, so this is the only record of where it is.
  public var kept: [KeptPartition]

  public init(image: String, done: ByteCount, kept: [KeptPartition]) {
    self.image = image
    self.done = done
    self.kept = kept
  }
}

/// Why this disk and no other.
public enum FlashReason: Hashable, Sendable {
  case bound, named, path, only
}

/// Everything that writing an image to a disk will do. Nothing has been touched yet.
public struct FlashPlan: Hashable, Sendable {
  public var image: FlashImage
  public var disk: Disk
  public var reason: FlashReason
  public var rows: [RowChange]
  public var kept: [KeptPartition]
  /// What will be gone, a line each.
  public var lost: [String]
  /// Made zeros before anything else: both ends of the disk, and of old partitions beyond the image,
  /// so that nothing old can be found again.
  public var clears: [Range<UInt64>]
  /// Where the node itself will make partitions: it refuses a place with old bytes in it, so there are
  /// none when it boots.
  public var rooms: [Range<UInt64>]
  /// Places that are written and read before the content, to see whether the disk is as large as it
  /// says.
  public var probes: [UInt64]
  public var verifies: Bool
  public var ejects: Bool
  public var consent: FlashConsent
  /// How far an earlier run came with these very bytes on this disk; nil starts at the beginning.
  public var resumesAt: ByteCount?

  /// The first MiB is written last: until then the disk has no table and boots nothing.
  public static let head = ByteCount.mib(1)
  /// What is written by the very last write: the table's own block.
  public static let firstBlock = ByteCount.kib(4)

  public var steps: [FlashStep] {
    var steps: [FlashStep] = [.take]
    if let resumesAt {
      steps.append(.resume(at: resumesAt))
    } else {
      steps.append(.clear(clears.reduce(.zero) { $0 + ByteCount($1.count) }))
      steps.append(.probe(probes.count))
    }
    steps.append(.content(data: image.data, of: image.size, verifies: verifies))
    if !rooms.isEmpty {
      steps.append(.room(rooms.reduce(.zero) { $0 + ByteCount($1.count) }))
    }
    steps += kept.map { .keep(label: $0.label) }
    for case .resize(let number, let size) in rows {
      steps.append(.growRow(number: number, to: size))
    }
    steps.append(.finish)
    return ejects ? steps + [.eject] : steps
  }
}

/// One thing that happens while an image is written, in the order of the plan.
public enum FlashStep: Hashable, Sendable {
  case take
  case clear(ByteCount)
  case probe(Int)
  case resume(at: ByteCount)
  case content(data: ByteCount, of: ByteCount, verifies: Bool)
  case room(ByteCount)
  case keep(label: String)
  case growRow(number: Int, to: ByteCount)
  case finish
  case eject

  public var summary: String {
    switch self {
    case .take: "take the disk for ourselves alone, and look again whether it is the same one"
    case .clear(let size):
      "clear its ends, \(size) in all: from here on it boots nothing until the last step"
    case .probe(let count): "write and read \(count) places all over it: is it as large as it says?"
    case .resume(let place):
      "an earlier run was interrupted: compare what it wrote, \(place), and go on there"
    case .content(let data, let size, true):
      "write \(data) of data, make the rest of \(size) zeros, and read every byte back"
    case .content(let data, let size, false):
      "write \(data) of data and make the rest of \(size) zeros; NOT read back"
    case .room(let size):
      "clear the \(size) behind the root that the node divides on first boot, unless they look blank"
    case .keep(let label): "look whether '\(label)' is as it was"
    case .growRow(let number, let size):
      "give partition \(number) \(size) in the table; its file system follows on first boot"
    case .finish: "write the first block, last: now it boots"
    case .eject: "eject it"
    }
  }
}
