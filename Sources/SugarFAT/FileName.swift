/// A long file name: 1 to 255 UTF-16 units that FAT can hold.
struct FileName: Hashable, Sendable {
  let units: [UInt16]

  /// As found on disk, legal or not.
  init(units: [UInt16]) { self.units = units }

  /// A name that is to be put on disk; throws when FAT has no room for it or no place for a sign.
  init(checking text: some StringProtocol) throws(FATFault) {
    units = Array(text.utf16)
    guard !units.isEmpty else { throw FATFault("the name is empty") }
    guard units.count <= 255 else {
      throw FATFault("the name has \(units.count) UTF-16 units, FAT has room for 255")
    }
    for unit in units where unit < 0x20 || Self.forbidden.contains(unit) || unit == 0xFFFF {
      throw FATFault("the name has a sign that FAT forbids: \(Self.show(unit))")
    }
    // Windows and Linux cut these off silently, so that the file would not be found again.
    guard units.last != 0x20, units.last != 0x2E else {
      throw FATFault("the name ends with a space or a dot")
    }
  }

  var text: String { String(decoding: units, as: UTF16.self) }

  /// Names that differ by case only are the same file; this is what they have in common.
  var folded: [UInt16] { units.map(Self.fold) }

  private static let forbidden = Set("\"*/:<>?\\|".utf16)

  private static func show(_ unit: UInt16) -> String {
    unit < 0x20 || unit == 0xFFFF
      ? "number \(unit)" : "'\(String(decoding: [unit], as: UTF16.self))'"
  }

  /// One unit to one unit, as the tables of FAT drivers do; never from outside ASCII into it.
  private static func fold(_ unit: UInt16) -> UInt16 {
    if unit < 0x80 { return unit >= 0x61 && unit <= 0x7A ? unit - 0x20 : unit }
    guard let scalar = Unicode.Scalar(unit) else { return unit }
    let upper = scalar.properties.uppercaseMapping.utf16
    guard upper.count == 1, let result = upper.first, result >= 0x80 else { return unit }
    return result
  }
}

/// Long names on disk: slots before the short entry, the last part of the name first.
/// (Microsoft FAT32 File System Specification 1.03, "FAT Long Directory Entries")
///
///      offset 0         1         11   12  13    14         26  28        32
///             ┌────────┬─────────┬────┬───┬─────┬──────────┬───┬─────────┐
///             │ number │ 5 units │ 0F │ 0 │ sum │ 6 units  │ 0 │ 2 units │
///             └────────┴─────────┴────┴───┴─────┴──────────┴───┴─────────┘
///      number: n … 2, 1; the first to come (n) also has bit 40h. After the name 0000, then FFFF.
enum LongNameSlots {
  static let unitsPerSlot = 13
  private static let offsets = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]

  /// The slots of a name that belongs to a short name.
  static func encode(_ name: FileName, shortName: [UInt8]) -> [UInt8] {
    let count = (name.units.count + unitsPerSlot - 1) / unitsPerSlot
    let sum = checksum(of: shortName)
    var bytes: [UInt8] = []
    for number in stride(from: count, to: 0, by: -1) {
      var slot = [UInt8](repeating: 0, count: 32)
      slot[0] = UInt8(number) | (number == count ? 0x40 : 0)
      slot[11] = 0x0F
      slot[13] = sum
      for (index, offset) in offsets.enumerated() {
        slot.put16(unit((number - 1) * unitsPerSlot + index, of: name), at: offset)
      }
      bytes += slot
    }
    return bytes
  }

  private static func unit(_ index: Int, of name: FileName) -> UInt16 {
    if index < name.units.count { return name.units[index] }
    return index == name.units.count ? 0 : 0xFFFF
  }

  /// The thirteen units of the slot at an offset.
  static func units(of bytes: [UInt8], at place: Int) throws(FATFault) -> [UInt16] {
    var units: [UInt16] = []
    units.reserveCapacity(unitsPerSlot)
    for offset in offsets { units.append(try bytes.number16(at: place + offset)) }
    return units
  }

  /// Ties long slots to their short name: rotate right, add. (specification, "ChkSum")
  static func checksum(of shortName: [UInt8]) -> UInt8 {
    shortName.reduce(0) { sum, byte in (sum >> 1 | sum << 7) &+ byte }
  }
}

/// Gathers the long slots before a short entry, and says whether they belong to it.
struct LongNameCollector {
  private var parts: [[UInt16]] = []
  private var sum: UInt8 = 0
  private var expected: UInt8 = 0
  private(set) var firstSlot = 0

  /// Takes one long slot; a slot out of turn begins anew or ends the gathering.
  mutating func add(slot: Int, of bytes: [UInt8]) throws(FATFault) {
    let place = slot * 32
    let number = try bytes.number8(at: place)
    let check = try bytes.number8(at: place + 13)
    if number & 0x40 != 0 {
      self = LongNameCollector()
      expected = number & 0x3F
      sum = check
      firstSlot = slot
    }
    guard expected > 0, expected <= 20, number & 0x3F == expected, check == sum else {
      self = LongNameCollector()
      return
    }
    parts.append(try LongNameSlots.units(of: bytes, at: place))
    expected -= 1
  }

  /// The name, when all its slots came and it belongs to this short name.
  func name(for shortName: [UInt8]) -> FileName? {
    guard !parts.isEmpty, expected == 0, sum == LongNameSlots.checksum(of: shortName) else {
      return nil
    }
    let units = parts.reversed().joined().prefix { $0 != 0 }
    return units.isEmpty || units.count > 255 ? nil : FileName(units: Array(units))
  }
}
