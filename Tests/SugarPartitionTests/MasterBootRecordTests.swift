import Foundation
import SugarModel
import SugarTestSupport
import Testing

@testable import SugarPartition

/// Partition tables against sfdisk.
@Suite struct MasterBootRecordTests {
  private static let raspberryPiOS = """
    label: dos
    label-id: 0x1a2b3c4d
    unit: sectors

    start=16384, size=8192, type=c
    start=24576, size=16384, type=83

    """

  /// An image of 32 MiB with the table that sfdisk makes of `script`.
  private struct TestDisk {
    let folder: TemporaryDirectory
    let path: String

    init(_ script: String) throws {
      folder = try TemporaryDirectory()
      path = folder.path("disk.img")
      let file = folder.path("script")
      try script.write(toFile: file, atomically: true, encoding: .utf8)
      try Tool("truncate").check(["-s", "32M", path])
      try Tool("sh").check(["-c", "sfdisk -q \(path) < \(file)"])
    }

    func read() throws -> MasterBootRecord {
      try MasterBootRecord(OpenFileStorage(path), name: "disk.img")
    }

    /// What sfdisk reads, in our words.
    func bySfdisk() throws -> (id: String, entries: [MasterBootRecord.Entry]) {
      let json = try Tool("sfdisk").check(["--json", path]).output
      let table = try #require(
        (try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])?["partitiontable"]
          as? [String: Any])
      let rows = try #require(table["partitions"] as? [[String: Any]])
      let entries = try rows.map { row in
        let name = try #require(row["node"] as? String)
        return MasterBootRecord.Entry(
          number: try #require(name.last?.wholeNumberValue),
          type: try #require(UInt8(row["type"] as? String ?? "", radix: 16)),
          start: ByteCount(try #require(row["start"] as? Int) * 512),
          size: ByteCount(try #require(row["size"] as? Int) * 512))
      }
      return (try #require(table["id"] as? String), entries)
    }

    func expectAgreement(at location: Testing.SourceLocation = #_sourceLocation) throws {
      let (ours, theirs) = (try read(), try bySfdisk())
      #expect("0x" + ours.diskIDText == theirs.id, sourceLocation: location)
      #expect(ours.entries == theirs.entries, sourceLocation: location)
    }
  }

  @Test(arguments: [
    raspberryPiOS,
    // Not in order on the disk, and numbers left out.
    "label: dos\nlabel-id: 0x00000001\n\n4 : start=2048, size=2048, type=83\n"
      + "2 : start=60000, size=1, type=b\n",
    // Up to the last sector.
    "label: dos\nlabel-id: 0xffffffff\n\nstart=1, size=65535, type=7\n",
    // Side by side.
    "label: dos\nlabel-id: 0xcafe0000\n\nstart=100, size=100, type=1\nstart=200, size=100, type=6\n"
      + "start=300, size=1, type=e\nstart=301, size=1, type=82\n",
  ])
  func readsWhatSfdiskReads(_ script: String) throws {
    try TestDisk(script).expectAgreement()
  }

  @Test(arguments: [UInt32(0), 1, 0x0123_4567, 0xdead_beef, .max])
  func diskIDChangesFourBytes(_ id: UInt32) throws {
    let disk = try TestDisk(Self.raspberryPiOS)
    var expected = try Data(contentsOf: URL(fileURLWithPath: disk.path))
    try MasterBootRecord.setDiskID(id, of: OpenFileStorage(disk.path))
    for index in 0..<4 {
      expected[440 + index] = UInt8(truncatingIfNeeded: id >> UInt32(8 * index))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: disk.path)) == expected)
    #expect(try disk.read().diskID == id)
    try disk.expectAgreement()
  }

  @Test func resizeChangesFourBytes() throws {
    let disk = try TestDisk(Self.raspberryPiOS)
    var expected = try Data(contentsOf: URL(fileURLWithPath: disk.path))
    let size = ByteCount(40960 * 512)  // to the last sector
    try MasterBootRecord.resize(partition: 2, to: size, of: OpenFileStorage(disk.path))
    for (index, byte) in [0x00, 0xa0, 0x00, 0x00].enumerated() {
      expected[446 + 16 + 12 + index] = UInt8(byte)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: disk.path)) == expected)
    #expect(try disk.read().entries[1].end == .mib(32))
    try disk.expectAgreement()
  }

  @Test func largestSize() throws {
    let storage = MemoryStorage(size: 512)
    try MasterBootRecord.resize(partition: 4, to: MasterBootRecord.limit, of: storage)
    #expect(storage.content[506...509].elementsEqual([0xff, 0xff, 0xff, 0xff]))
  }

  @Test(arguments: [
    (2, ByteCount(513)), (2, ByteCount(MasterBootRecord.limit.bytes + 512)),
    (2, ByteCount(UInt64.max)), (2, .zero), (0, ByteCount(512)), (5, ByteCount(512)),
    (-1, ByteCount(512)), (Int.max, ByteCount(512)),
  ])
  func resizeIsRefused(_ number: Int, _ size: ByteCount) throws {
    let storage = MemoryStorage(size: 4096)
    #expect(throws: PartitionError.self) {
      try MasterBootRecord.resize(partition: number, to: size, of: storage)
    }
    #expect(storage.writes == 0)
  }

  @Test func storageThatFails() throws {
    let storage = MemoryStorage(size: 4096)
    storage.failWrites(after: 0)
    storage.failReads(after: 0)
    let writing = #expect(throws: PartitionError.self) {
      try MasterBootRecord.setDiskID(1, of: storage)
    }
    #expect(writing?.description == "cannot write the disk id of 'image': told to fail")
    #expect(throws: PartitionError.self) { try MasterBootRecord(storage, name: "image") }
  }

  @Test(arguments: [
    ("label: gpt\n\nstart=2048, size=2048\n", "it is a GPT, and only MBR images are supported"),
    (
      "label: dos\n\nstart=2048, size=2048, type=83\nstart=8192, size=8192, type=5\n",
      "it has an extended partition"
    ),
    (
      "label: dos\n\nstart=2048, size=2048, type=83\nstart=8192, size=8192, type=f\n",
      "it has an extended partition"
    ),
    ("label: dos\n\n", "it has no partition"),
  ])
  func otherTables(_ script: String, _ reason: String) throws {
    let disk = try TestDisk(script)
    let error = #expect(throws: PartitionError.self) { try disk.read() }
    #expect(error?.description == "cannot read the partition table of 'disk.img': \(reason)")
  }

  struct Broken: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reason: String
    var change: @Sendable (inout [UInt8]) -> Void
  }

  static let broken: [Broken] = [
    Broken(testDescription: "overlap", reason: "partitions 1 and 2 overlap") {
      $0[446 + 16 + 8] = 0xff
      $0[446 + 16 + 9] = 0x5f
    },
    Broken(
      testDescription: "beyond the end",
      reason:
        "partition 2 reaches to 121634816, the image ends at 33554432: is it cut short?"
    ) { $0[446 + 16 + 14] = 3 },
    Broken(testDescription: "starts at the table", reason: "partition 1 reaches to") {
      for index in 454..<458 { $0[index] = 0 }
    },
    Broken(testDescription: "empty", reason: "partition 1 reaches to") {
      for index in 458..<462 { $0[index] = 0 }
    },
    Broken(testDescription: "largest numbers", reason: "partition 1 reaches to") {
      for index in 454..<462 { $0[index] = 0xff }
    },
    Broken(testDescription: "no signature", reason: "it has no boot signature") { $0[510] = 0 },
    Broken(testDescription: "half a signature", reason: "it has no boot signature") { $0[511] = 0 },
    Broken(testDescription: "less than a sector", reason: "it is smaller than one sector") {
      $0.removeLast($0.count - 511)
    },
    Broken(testDescription: "nothing", reason: "it is smaller than one sector") { $0 = [] },
    Broken(testDescription: "cut short", reason: "partition 1 reaches to") {
      $0.removeLast($0.count - 512)
    },
    Broken(testDescription: "Linux's extended partition", reason: "it has an extended partition") {
      $0[446 + 4] = 0x85
    },
  ]

  @Test(arguments: broken) func brokenTables(_ row: Broken) throws {
    let disk = try TestDisk(Self.raspberryPiOS)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: disk.path)))
    row.change(&bytes)
    let storage = MemoryStorage(bytes)
    let error = #expect(throws: PartitionError.self) {
      try MasterBootRecord(storage, name: "image")
    }
    #expect(error?.reason.hasPrefix(row.reason) == true, "\(String(describing: error))")
  }

  /// Whatever stands in the sector, it is read or refused.
  @Test func noise() throws {
    for seed in 0..<2000 {
      var random = SeededGenerator(seed: UInt64(seed))
      var sector = (0..<512).map { _ in UInt8.random(in: 0...255, using: &random) }
      sector[510] = 0x55
      sector[511] = 0xaa
      for number in 0..<4 where Bool.random(using: &random) { sector[450 + 16 * number] = 0 }
      guard let table = try? MasterBootRecord(MemoryStorage(sector), name: "noise") else {
        continue
      }
      Issue.record("a partition in 512 bytes: \(table)")
    }
  }

  /// A row that was free; sfdisk reads the new one, and every other byte is as it was.
  @Test func addedRow() throws {
    let disk = try TestDisk(Self.raspberryPiOS)
    let before = try Data(contentsOf: URL(fileURLWithPath: disk.path))
    let entry = MasterBootRecord.Entry(number: 4, type: 0x83, start: .mib(24), size: .mib(6))
    try MasterBootRecord.add(entry, to: OpenFileStorage(disk.path))
    #expect(try disk.bySfdisk().entries.last == entry)
    #expect(try Tool("sfdisk").run(["--verify", disk.path]).status == 0)
    let after = try Data(contentsOf: URL(fileURLWithPath: disk.path))
    #expect(after[0..<494] == before[0..<494] && after[510...] == before[510...])
    let refused: [MasterBootRecord.Entry] = [
      .init(number: 2, type: 0x83, start: .mib(24), size: .mib(1)),
      .init(number: 5, type: 0x83, start: .mib(24), size: .mib(1)),
      .init(number: 3, type: 0, start: .mib(24), size: .mib(1)),
      .init(number: 3, type: 0x83, start: ByteCount(100), size: .mib(1)),
      .init(number: 3, type: 0x83, start: .mib(24), size: .zero),
      .init(number: 3, type: 0x83, start: MasterBootRecord.limit, size: .mib(1)),
    ]
    for entry in refused {
      #expect(throws: PartitionError.self) {
        try MasterBootRecord.add(entry, to: OpenFileStorage(disk.path))
      }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: disk.path)) == after)
  }
}
