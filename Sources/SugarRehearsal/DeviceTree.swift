/// A flattened device tree, as a machine's firmware hands it to the kernel. (Devicetree
/// Specification 0.4, section 5)
struct DeviceTree: Hashable, Sendable {
  private static let magic: UInt32 = 0xd00d_feed
  private static let beginNode: UInt32 = 1
  private static let property: UInt32 = 3
  private static let headerSize = 40

  private let header: [UInt32]
  /// Memory that the kernel must not use; ends with sixteen zeros.
  private let reserved: [UInt8]
  private var structure: [UInt8]
  private var strings: [UInt8]

  /// nil when `bytes` are no tree of version 17.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headerSize else { return nil }
    header = (0..<10).map { Self.word(bytes, at: 4 * $0) }
    guard header[0] == Self.magic, header[5] == 17, Int(header[1]) <= bytes.count,
      let structure = Self.part(bytes, header[2], header[9]),
      let strings = Self.part(bytes, header[3], header[8]),
      structure.count >= 8, Self.word(structure, at: 0) == Self.beginNode,
      Self.word(structure, at: 4) == 0
    else { return nil }
    var end = Int(header[4])
    repeat { end += 16 } while end <= bytes.count && !bytes[end - 16..<end].allSatisfy { $0 == 0 }
    guard end <= bytes.count else { return nil }
    reserved = Array(bytes[Int(header[4])..<end])
    self.structure = structure
    self.strings = strings
  }

  /// Gives the root a property of text. One of the same name must not be there.
  mutating func add(_ name: String, _ text: String) {
    let value = Array(text.utf8) + [0]
    var words = Self.bytes(Self.property) + Self.bytes(UInt32(value.count))
    words += Self.bytes(UInt32(strings.count)) + value
    words += [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    // The root begins with its mark and an empty name, four bytes each; properties come first.
    structure.insert(contentsOf: words, at: 8)
    strings += Array(name.utf8) + [0]
  }

  var bytes: [UInt8] {
    let structurePlace = Self.headerSize + reserved.count
    let stringsPlace = structurePlace + structure.count
    var words = header
    words[1] = UInt32(stringsPlace + strings.count)
    words[2] = UInt32(structurePlace)
    words[3] = UInt32(stringsPlace)
    words[4] = UInt32(Self.headerSize)
    words[8] = UInt32(strings.count)
    words[9] = UInt32(structure.count)
    return words.flatMap(Self.bytes) + reserved + structure + strings
  }

  private static func part(_ bytes: [UInt8], _ place: UInt32, _ count: UInt32) -> [UInt8]? {
    let end = Int(place) + Int(count)
    guard end <= bytes.count else { return nil }
    return Array(bytes[Int(place)..<end])
  }

  private static func word(_ bytes: [UInt8], at place: Int) -> UInt32 {
    bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func bytes(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
  }
}
