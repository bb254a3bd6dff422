import Foundation
import SugarFlashPlan
import SugarFlasher
import SugarImageBuilder
import SugarModel
import SugarPartition
import SugarTestSupport
import Synchronization

/// A small image, a disk that is full of old bytes, and everything between them.
final class FlashBench {
  static let (mib, diskSize) = (1 << 20, 24 << 20)
  /// Not a multiple of anything but sectors.
  static let imageSize = (9 << 20) + 512 * 3

  let folder: TemporaryDirectory
  let image: [UInt8]
  let disk: FaultyDisk
  var source: ImageSource
  var wish = FlashWish(disk: "A1B2C3D4")
  /// What the node will make behind its root.
  var behindRoot: [PartitionWish] = []
  /// The rows of the disk's own table, when it has one.
  var table = TableFinding.none
  var volumes: [Int: VolumeContent] = [:]
  private let notes = Notes()
  /// What the last run was to do.
  private var last: FlashPlan?
  var told: [BuildEvent] { notes.events.withLock { $0 } }

  /// What happened, and a clock that is 3 s later each time it is looked at. A class, because several
  /// threads share it.
  private final class Notes: Sendable {
    let time = Mutex(0.0)
    let events = Mutex<[BuildEvent]>([])
  }

  /// - Parameter seconds: by which the clock moves each time it is looked at.
  init(_ fault: FaultyDisk.Fault = .none, digest: Bool = true) throws {
    folder = try TemporaryDirectory.inMemory()
    image = try Self.made.get()
    disk = FaultyDisk(Self.old, fault)
    source = ImageSource(
      title: "sugarkube1, dev, generation 1", storage: ByteStorage(image), data: Self.data,
      digest: digest ? Self.digest(image) : nil, key: "image one")
  }

  /// Two runs of data with holes around them; the table is in the first.
  static let data: [Range<UInt64>] = [
    0..<(3 << 20) + 4096, (5 << 20) + 8192..<(5 << 20) + 70_000,
    (8 << 20)..<UInt64(imageSize) - 1000,
  ]

  private static let made = Result { try makeImage() }

  /// What earlier owners left: bytes without an order.
  private static let old: [UInt8] = {
    var generator = SeededGenerator(seed: 7)
    let words = (0..<diskSize / 8).map { _ in generator.next() }
    return words.withUnsafeBytes { [UInt8]($0) }
  }()

  private static func makeImage() throws -> [UInt8] {
    var generator = SeededGenerator(seed: 3)
    var bytes = [UInt8](repeating: 0, count: imageSize)
    for range in data {
      let words = (0...range.count / 8).map { _ in generator.next() }
      let noise = words.withUnsafeBytes { [UInt8]($0.prefix(range.count)) }
      bytes.replaceSubrange(Int(range.lowerBound)..<Int(range.upperBound), with: noise)
    }
    let sector = WorkingBytes(
      [UInt8](repeating: 1, count: 440) + [UInt8](repeating: 0, count: 70) + [0x55, 0xaa])
    for entry in [
      MasterBootRecord.Entry(number: 1, type: 0x0c, start: .mib(2), size: .mib(2)),
      .init(number: 2, type: 0x83, start: .mib(4), size: .mib(5)),
    ] { try MasterBootRecord.add(entry, to: sector) }
    bytes.replaceSubrange(0..<512, with: sector.content)
    return bytes
  }

  static func digest(_ image: [UInt8]) -> String {
    let digest = ImageDigest(size: ByteCount(image.count))
    image.withUnsafeBytes { digest.add($0, at: .zero) }
    return digest.root
  }

  var facts: Disk {
    Disk(
      path: "/dev/sdz", size: disk.size, sectorSize: 512, model: "Card", transport: .usb,
      identifier: .known(.serial("A1B2C3D4")), isRemovable: true,
      content: .known(
        DiskContent(
          table: table, whole: VolumeContent(), partitions: volumes, fingerprint: "f",
          middle: "m")))
  }

  var journal: FlashJournal { FlashJournal(folder: folder.path("flash"), disk: facts) }

  func plan() throws -> FlashPlan {
    var image = FlashImage(source)
    image.root = .size(.mib(7))
    image.behindRoot = behindRoot
    image.node = MediumNode(node: "sugarkube1", tier: "dev", generation: 1)
    return try FlashPlanner.plan(
      image, wish, DiskCensus(disks: [facts], isSettled: true), journal: { _ in journal.resume })
  }

  /// Looks at the disk as it is now, plans, and writes.
  @discardableResult
  func run() throws -> FlashOutcome {
    if disk.content[0..<512].allSatisfy({ $0 == 0 }) { table = .none }
    let plan = try plan()
    last = plan
    return try Flasher(
      plan: plan, source: source, device: disk, journal: journal, nonce: 11,
      now: { [notes] in
        notes.time.withLock { value in
          value += 3
          return value
        }
      }, progress: { [notes] event in notes.events.withLock { $0.append(event) } }
    ).run()
  }

  /// The image as this disk is to have it: the root grown in the table, and what was kept beside it.
  var expected: [UInt8] {
    get throws {
      let sector = WorkingBytes(Array(image[0..<512]))
      for row in try (last ?? plan()).rows {
        switch row {
        case .resize(let number, let size):
          try MasterBootRecord.resize(partition: number, to: size, of: sector)
        case .keep(let entry): try MasterBootRecord.add(entry, to: sector)
        }
      }
      return sector.content + image[512...]
    }
  }

  /// What an interrupted run must leave: no boot signature, no table.
  var bootsNothing: Bool { disk.content[0..<4096].allSatisfy { $0 == 0 } }

  var holdsTheImage: Bool {
    get throws { same(disk.content[0..<Self.imageSize], try expected[...]) }
  }

  /// A data partition of 6 MiB at 14 MiB.
  func addData() {
    table = .mbr(
      PartitionTable(
        kind: .mbr(7), usable: SectorRange(start: 1, count: 49_000, sectorSize: 512),
        partitions: [
          Partition(
            number: 1, range: SectorRange(start: 4096, count: 4096, sectorSize: 512), type: "0c"),
          Partition(
            number: 3, range: SectorRange(start: 14 << 11, count: 6 << 11, sectorSize: 512),
            type: "83"),
        ]))
    volumes[3] = VolumeContent(
      signatures: [Signature(type: "ext4", usage: "filesystem", label: "data")])
    wish.preserve = ["data"]
  }

  var data: ArraySlice<UInt8> { disk.content[(14 << 20)..<(20 << 20)] }
}

/// Whether all bytes are the same; element by element that takes long in a debug build.
func same(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
  a.withUnsafeBytes { a in
    b.withUnsafeBytes { b in
      guard a.count == b.count, let start = a.baseAddress, let other = b.baseAddress else {
        return a.count == b.count
      }
      return memcmp(start, other, a.count) == 0
    }
  }
}
