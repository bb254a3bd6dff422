import SugarModel

/// One header of a GPT with the rows it vouches for. (UEFI 2.10, section 5.3)
///
///     0 "EFI PART"   8 revision   12 header size   16 CRC-32 of the header   24 own sector   32 the other header's
///     40 first usable   48 last usable   56 disk GUID   72 first sector of the rows   80 rows   84 bytes of a row   88 CRC-32 of the rows
///     row: 0 type GUID   16 own GUID   32 first sector   40 last sector   48 attributes   56 name, 36 UTF-16 units       little endian
struct GPTHeader: Hashable {
  /// What stands where a header is looked for.
  enum State: Hashable {
    /// The place holds zeros only.
    case absent
    /// Other bytes, without the letters `EFI PART`.
    case other
    /// The letters are there, and something in it is wrong.
    case damaged(String)
    case valid(GPTHeader)

    var header: GPTHeader? {
      if case .valid(let header) = self { header } else { nil }
    }

    var isDamaged: Bool {
      if case .damaged = self { true } else { false }
    }
  }

  var otherHeader: UInt64
  var table: PartitionTable

  static func read(
    _ bytes: TableBytes, at sector: UInt64
  ) throws(PartitionError) -> State {
    let header = try bytes.sectors(sector, 1)
    guard header.prefix(8).elementsEqual("EFI PART".utf8) else {
      return header.allSatisfy { $0 == 0 } ? .absent : .other
    }
    let length = Int(header.number(12, 4))
    guard length >= 92, length <= header.count else {
      return .damaged("its header says that it is \(length) bytes long")
    }
    var covered = Array(header.prefix(length))
    covered.replaceSubrange(16..<20, with: [0, 0, 0, 0])
    guard UInt64(CRC32.of(covered)) == header.number(16, 4) else {
      return .damaged("the checksum of its header is wrong")
    }
    guard header.number(24, 8) == sector else {
      return .damaged("its header belongs to sector \(header.number(24, 8))")
    }
    return try readRows(bytes, header)
  }

  private static func readRows(
    _ bytes: TableBytes, _ header: [UInt8]
  ) throws(PartitionError) -> State {
    let (count, length) = (Int(header.number(80, 4)), Int(header.number(84, 4)))
    guard count > 0, count <= 1024, length >= 128, length <= 1024, length % 8 == 0 else {
      return .damaged("it has \(count) rows of \(length) bytes")
    }
    let first = header.number(72, 8)
    let sectors = (UInt64(count * length) + bytes.sectorSize - 1) / bytes.sectorSize
    guard first < bytes.sectorCount, sectors <= bytes.sectorCount - first else {
      return .damaged("its rows lie beyond the end of the disk")
    }
    let rows = Array(try bytes.sectors(first, sectors).prefix(count * length))
    guard UInt64(CRC32.of(rows)) == header.number(88, 4) else {
      return .damaged("the checksum of its rows is wrong")
    }
    let (lowest, highest) = (header.number(40, 8), header.number(48, 8))
    guard lowest <= highest, highest < bytes.sectorCount,
      let disk = GUID(onDisk: Array(header[56..<72]))
    else {
      return .damaged("its partitions would lie beyond the end of the disk")
    }
    let usable = SectorRange(
      start: lowest, count: highest - lowest + 1, sectorSize: bytes.sectorSize)
    let found = partitions(rows, length, bytes.sectorSize)
    guard found.allSatisfy({ $0.range.end <= bytes.sectorCount }) else {
      return .damaged("a partition lies beyond the end of the disk")
    }
    let table = PartitionTable(kind: .gpt(disk), usable: usable, partitions: found)
    if let (a, b) = table.overlap {
      return .damaged("partitions \(a.number) and \(b.number) overlap")
    }
    return .valid(GPTHeader(otherHeader: header.number(32, 8), table: table))
  }

  /// The rows that are in use. A row whose end lies before its start is taken for one sector.
  static func partitions(_ rows: [UInt8], _ length: Int, _ sectorSize: UInt64) -> [Partition] {
    var result: [Partition] = []
    for (index, place) in stride(from: 0, to: rows.count - 127, by: length).enumerated() {
      let row = Array(rows[place..<(place + 128)])
      guard let type = GUID(onDisk: Array(row[0..<16])), !type.isZero,
        let own = GUID(onDisk: Array(row[16..<32]))
      else { continue }
      let (first, last) = (row.number(32, 8), row.number(40, 8))
      let count = last >= first && last < .max ? last - first + 1 : 1
      let range = SectorRange(
        start: min(first, .max >> 16), count: min(count, .max >> 16), sectorSize: sectorSize)
      let units = (0..<36).map { UInt16(row.number(56 + 2 * $0, 2)) }.prefix { $0 != 0 }
      result.append(
        Partition(
          number: index + 1, range: range, type: type.description,
          name: String(decoding: units, as: UTF16.self), id: own))
    }
    return result
  }
}

/// A disk's sectors, read for its tables.
struct TableBytes {
  var storage: any Storage
  var sectorSize: UInt64
  var name: String

  var sectorCount: UInt64 { storage.size.bytes / sectorSize }

  func sectors(_ first: UInt64, _ count: UInt64) throws(PartitionError) -> [UInt8] {
    do {
      return try storage.bytes(
        at: ByteCount(first * sectorSize), count: Int(count * sectorSize))
    } catch {
      throw PartitionError("read the partition table of", name, error.reason, code: error.code)
    }
  }
}

extension [UInt8] {
  /// The little-endian number of `length` bytes at `place`.
  func number(_ place: Int, _ length: Int) -> UInt64 {
    (0..<length).reduce(0) { $0 | UInt64(self[place + $1]) << UInt64(8 * $1) }
  }
}

/// The checksum of GPT headers. (UEFI 2.10, section 5.3.2; the polynomial of IEEE 802.3)
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}
