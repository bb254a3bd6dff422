public import SugarModel

/// Why a partition table could not be read or edited.
public struct PartitionError: Error, Hashable, Sendable, CustomStringConvertible {
  public var operation: String
  public var subject: String
  public var reason: String
  public var code: Int32?

  init(_ operation: String, _ subject: String, _ reason: String, code: Int32? = nil) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.code = code
  }

  public var description: String { "cannot \(operation) '\(subject)': \(reason)" }
}

/// The partition table in the first sector of an image, as Raspberry Pi OS has it.
///
///     440 disk id (u32)   446 four entries of 16 bytes   510 55 AA
///     entry: 0 flag  1–3 first CHS  4 type  5–7 last CHS  8 first sector (u32)  12 sectors (u32)      little endian
///
/// Sectors are of 512 bytes. Extended partitions (types 05, 0F, 85) are refused: no Raspberry Pi
/// image has them.
public struct MasterBootRecord: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    /// 1 to 4.
    public var number: Int
    public var type: UInt8
    public var start: ByteCount
    public var size: ByteCount

    public var end: ByteCount { start + size }

    public init(number: Int, type: UInt8, start: ByteCount, size: ByteCount) {
      self.number = number
      self.type = type
      self.start = start
      self.size = size
    }
  }

  static let sectorSize: UInt64 = 512
  /// Sectors are counted in 32 bits, so no partition reaches over 2 TiB.
  public static let limit = ByteCount(UInt64(UInt32.max) * sectorSize)

  public var diskID: UInt32
  /// The partitions that are there, by number.
  public var entries: [Entry]

  /// Reads the table of `storage`; throws when there is none, or when it cannot be right.
  public init(_ storage: any Storage, name: String) throws(PartitionError) {
    guard storage.size.bytes >= Self.sectorSize else {
      throw PartitionError("read the partition table of", name, "it is smaller than one sector")
    }
    let sector = try Self.attempt("read the partition table of", name) { () throws(StorageError) in
      try storage.bytes(at: .zero, count: Int(Self.sectorSize))
    }
    guard sector[510] == 0x55, sector[511] == 0xaa else {
      throw PartitionError(
        "read the partition table of", name, "it has no boot signature: it is no disk image")
    }
    diskID = Self.word(sector, 440)
    entries = []
    for number in 1...4 {
      let place = 446 + 16 * (number - 1)
      let type = sector[place + 4]
      guard type != 0 else { continue }
      guard ![0x05, 0x0f, 0x85, 0xee].contains(type) else {
        throw PartitionError(
          "read the partition table of", name,
          type == 0xee
            ? "it is a GPT, and only MBR images are supported" : "it has an extended partition")
      }
      entries.append(
        Entry(
          number: number, type: type,
          start: ByteCount(UInt64(Self.word(sector, place + 8)) * Self.sectorSize),
          size: ByteCount(UInt64(Self.word(sector, place + 12)) * Self.sectorSize)))
    }
    try check(storage.size, name)
  }

  private func check(_ size: ByteCount, _ name: String) throws(PartitionError) {
    guard !entries.isEmpty else {
      throw PartitionError("read the partition table of", name, "it has no partition")
    }
    for entry in entries {
      guard entry.start > .zero, entry.size > .zero, entry.end <= size else {
        throw PartitionError(
          "read the partition table of", name,
          "partition \(entry.number) reaches to \(entry.end.bytes), the image ends at \(size.bytes): is it cut short?"
        )
      }
    }
    let ordered = entries.sorted { $0.start < $1.start }
    for (a, b) in zip(ordered, ordered.dropFirst()) where a.end > b.start {
      throw PartitionError(
        "read the partition table of", name, "partitions \(a.number) and \(b.number) overlap")
    }
  }

  /// The id as it stands in `PARTUUID=…`: 8 lower-case hex digits.
  public var diskIDText: String {
    let hex = String(diskID, radix: 16)
    return String(repeating: "0", count: 8 - hex.count) + hex
  }

  /// Gives the disk another id: the four bytes at 440, and no others.
  public static func setDiskID(_ id: UInt32, of storage: any Storage) throws(PartitionError) {
    try attempt("write the disk id of", "image") { () throws(StorageError) in
      try storage.write(bytes(of: id), at: ByteCount(440))
    }
  }

  /// Gives one partition another size: its count of sectors, and no other byte.
  /// The CHS fields of a partition beyond 8 GiB hold their largest value already and mean nothing.
  public static func resize(
    partition number: Int, to size: ByteCount, of storage: any Storage
  ) throws(PartitionError) {
    guard (1...4).contains(number) else {
      throw PartitionError(
        "resize partition \(number) of", "image", "the table has partitions 1 to 4")
    }
    guard size > .zero, size.bytes % sectorSize == 0, size <= limit else {
      throw PartitionError(
        "resize partition \(number) of", "image", "\(size) does not fit a 32-bit count of sectors")
    }
    try attempt("resize partition \(number) of", "image") { () throws(StorageError) in
      try storage.write(
        bytes(of: UInt32(size.bytes / sectorSize)), at: ByteCount(446 + 16 * (number - 1) + 12))
    }
  }

  /// Puts a partition into a row that is free. Its CHS fields say "beyond 8 GiB", as LBA-only tools
  /// leave them.
  public static func add(_ entry: Entry, to storage: any Storage) throws(PartitionError) {
    guard (1...4).contains(entry.number), entry.type != 0,
      entry.start.bytes % sectorSize == 0, entry.size.bytes % sectorSize == 0,
      entry.size > .zero, entry.end <= limit
    else {
      throw PartitionError(
        "add partition \(entry.number) to", "image", "it does not fit the table's 32-bit numbers")
    }
    try attempt("add partition \(entry.number) to", "image") { () throws(StorageError) in
      let place = ByteCount(446 + 16 * (entry.number - 1))
      guard try storage.bytes(at: place, count: 16)[4] == 0 else {
        throw StorageError(operation: "write", subject: "image", reason: "the row is in use")
      }
      let chs: [UInt8] = [0xfe, 0xff, 0xff]
      var row: [UInt8] = [0] + chs
      row.append(entry.type)
      row += chs
      row += bytes(of: UInt32(entry.start.bytes / sectorSize))
      row += bytes(of: UInt32(entry.size.bytes / sectorSize))
      try storage.write(row, at: place)
    }
  }

  private static func word(_ sector: [UInt8], _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(sector[place + $1]) << UInt32(8 * $1) }
  }

  private static func bytes(of word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
  }

  private static func attempt<Result>(
    _ operation: String, _ subject: String, _ body: () throws(StorageError) -> Result
  ) throws(PartitionError) -> Result {
    do {
      return try body()
    } catch {
      throw PartitionError(operation, subject, error.reason, code: error.code)
    }
  }
}
