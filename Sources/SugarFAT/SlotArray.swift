/// The contents of a directory: slots of 32 bytes, wherever they are kept.
/// (Microsoft FAT32 File System Specification 1.03, "FAT Directory Structure")
///
///      offset 0      11   12     13       14      18     20      22       26      28     32
///             ┌──────┬────┬──────┬────────┬───────┬──────┬───────┬────────┬───────┬──────┐
///             │ name │attr│ case │created │created│access│cluster│modified│cluster│ size │
///             │  8+3 │    │flags │+ 10 ms │ time, │ date │ high  │ time,  │  low  │      │
///             │      │    │      │        │ date  │      │       │ date   │       │      │
///             └──────┴────┴──────┴────────┴───────┴──────┴───────┴────────┴───────┴──────┘
///      first byte of the name: 00 here the directory ends, E5 a deleted slot, 05 means E5
struct SlotArray: Sendable {
  static let slotBytes = 32
  /// No directory has more slots. (specification: 2 MiB)
  static let most = 65_536

  private(set) var bytes: [UInt8]
  /// FAT32 keeps the upper half of a cluster's number in the slot, where others have something
  /// else.
  let isWide: Bool

  init(_ bytes: [UInt8], isWide: Bool) {
    self.bytes = bytes
    self.isWide = isWide
  }

  var count: Int { bytes.count / Self.slotBytes }

  /// The first slot that was never used; everything behind it is free.
  var end: Int {
    var slot = 0
    while slot < count, bytes[slot * Self.slotBytes] != 0 { slot += 1 }
    return slot
  }

  /// All entries in their order: files, directories, `.` and `..`, and the volume's label.
  func records() throws(FATFault) -> [DirectoryRecord] {
    var result: [DirectoryRecord] = []
    var long = LongNameCollector()
    for slot in 0..<end {
      let place = slot * Self.slotBytes
      if bytes[place] == 0xE5 {
        long = LongNameCollector()
      } else if FATAttributes(rawValue: bytes[place + 11]).isLongName {
        try long.add(slot: slot, of: bytes)
      } else {
        result.append(try record(at: slot, long))
        long = LongNameCollector()
      }
    }
    return result
  }

  private func record(at slot: Int, _ long: LongNameCollector) throws(FATFault) -> DirectoryRecord {
    let place = slot * Self.slotBytes
    let shortName = Array(bytes[place..<(place + 11)])
    let name = long.name(for: shortName)
    let high = isWide ? UInt32(try bytes.number16(at: place + 20)) << 16 : 0
    return DirectoryRecord(
      firstSlot: name == nil ? slot : long.firstSlot, slot: slot,
      name: name ?? ShortName.shown(shortName, caseFlags: bytes[place + 12]),
      shortName: shortName, attributes: FATAttributes(rawValue: bytes[place + 11]),
      firstCluster: high | UInt32(try bytes.number16(at: place + 26)),
      size: try bytes.number32(at: place + 28),
      modified: FATTime(
        date: try bytes.number16(at: place + 24), time: try bytes.number16(at: place + 22)))
  }

  /// Puts slots in the first gap that is wide enough, or at the end, which may grow by whole
  /// clusters. Gives the bytes that changed.
  mutating func insert(_ slots: [UInt8], growingBy step: Int?) throws(FATFault) -> Range<Int> {
    let end = self.end
    let place = gap(for: slots.count / Self.slotBytes, end: end) * Self.slotBytes
    let after = place + slots.count
    if after > bytes.count { try grow(to: after, step) }
    bytes.replaceSubrange(place..<after, with: slots)
    // The old end is used up, and behind it may be anything: put a new end there.
    let needsEnd = after > end * Self.slotBytes && after < bytes.count && bytes[after] != 0
    guard needsEnd else { return place..<after }
    for offset in after..<(after + Self.slotBytes) { bytes[offset] = 0 }
    return place..<(after + Self.slotBytes)
  }

  private func gap(for wanted: Int, end: Int) -> Int {
    var free = 0
    for slot in 0..<end {
      free = bytes[slot * Self.slotBytes] == 0xE5 ? free + 1 : 0
      if free == wanted { return slot + 1 - wanted }
    }
    return end - free
  }

  private mutating func grow(to needed: Int, _ step: Int?) throws(FATFault) {
    guard let step else { throw FATFault("the root directory is full, and cannot grow") }
    let wanted = (needed + step - 1) / step * step
    guard wanted <= Self.most * Self.slotBytes else { throw FATFault("its directory is full") }
    bytes += [UInt8](repeating: 0, count: wanted - bytes.count)
  }

  /// Marks the slots of an entry, long name and all, as deleted. Gives the bytes that changed.
  mutating func delete(_ record: DirectoryRecord) -> Range<Int> {
    for slot in record.firstSlot...record.slot { bytes[slot * Self.slotBytes] = 0xE5 }
    return (record.firstSlot * Self.slotBytes)..<((record.slot + 1) * Self.slotBytes)
  }

  /// Gives an entry new content and a new time; its name, case flags and attributes stay.
  mutating func update(
    _ record: DirectoryRecord, cluster: UInt32, size: UInt32, _ time: FATTime
  ) -> Range<Int> {
    let place = record.slot * Self.slotBytes
    let range = place..<(place + Self.slotBytes)
    var slot = Array(bytes[range])
    slot[11] |= FATAttributes.archive.rawValue
    Self.fill(&slot, cluster: cluster, size: size, time, isWide: isWide)
    bytes.replaceSubrange(range, with: slot)
    return range
  }

  static func fill(
    _ slot: inout [UInt8], cluster: UInt32, size: UInt32, _ time: FATTime, isWide: Bool
  ) {
    slot[13] = 0
    slot.put16(time.time, at: 14)
    slot.put16(time.date, at: 16)
    slot.put16(time.date, at: 18)
    if isWide { slot.put16(UInt16(truncatingIfNeeded: cluster >> 16), at: 20) }
    slot.put16(time.time, at: 22)
    slot.put16(time.date, at: 24)
    slot.put16(UInt16(truncatingIfNeeded: cluster), at: 26)
    slot.put32(size, at: 28)
  }
}

/// One entry of a directory, and where it stands.
struct DirectoryRecord: Sendable {
  let firstSlot: Int
  let slot: Int
  let name: FileName
  let shortName: [UInt8]
  let attributes: FATAttributes
  let firstCluster: UInt32
  let size: UInt32
  let modified: FATTime

  var isDirectory: Bool { attributes.contains(.directory) }
  /// `.` or `..`, which only lead back.
  var isDots: Bool { shortName.first == 0x2E }
  /// A file or directory that a person would see.
  var isListed: Bool { !attributes.contains(.label) && !isDots }
}
