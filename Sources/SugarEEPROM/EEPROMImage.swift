/// A Raspberry Pi bootloader image, as `pieeprom-….bin` or read from the EEPROM.
///
/// ```
/// sections, each at a multiple of 8, numbers big endian:
///   magic (u32)  length (u32)  content             next = align8(offset + 8 + length)
///   a file:      magic  length  name[12]  0000  content        length = content + 16
/// after the last one: 0xff; the last 4 KiB are the bootloader's own
/// ```
/// Since 2026 an image for BCM2712 has two halves (A/B): what never changes in the first 64 KiB, then two
/// partitions of 988 KiB, of which an image fills the first.
/// (raspberrypi/rpi-eeprom, rpi-eeprom-config)
public struct EEPROMImage: Hashable, Sendable {
  public enum Layout: String, Hashable, Sendable, Codable {
    case single
    case halves = "A/B"
  }

  public let chip: EEPROMChip
  public let layout: Layout
  public let sections: [EEPROMSection]
  /// The section of `bootconf.txt`.
  public let configurationSection: EEPROMSection
  public private(set) var bytes: [UInt8]

  static let configurationName = "bootconf.txt"
  /// The bootloader's own last page.
  private static let reserved = 4096
  private static let firstHalf = (64 << 10)..<((64 + 988) << 10)

  /// Reads an image. Throws when it is none, is damaged, or has a layout that is not known.
  public init(_ bytes: [UInt8]) throws(EEPROMError) {
    func refuse(_ reason: String) -> EEPROMError { EEPROMError("read", "the image", reason) }
    guard let chip = EEPROMChip(imageSize: bytes.count) else {
      throw refuse(
        "it has \(bytes.count) bytes; one for BCM2711 has 524288, one for BCM2712 has 2097152")
    }
    let limit = bytes.count - Self.reserved
    var (sections, place): ([EEPROMSection], Int) = ([], 0)
    while let section = try EEPROMSection(bytes, at: place, limit: limit) {
      sections.append(section)
      place = section.end
    }
    guard sections.first?.kind == .bootcode else {
      throw refuse("it does not begin with a bootloader")
    }
    guard bytes.isErased(from: min(place, bytes.count)) else {
      throw refuse(
        "there is something behind its last section, at 0x\(String(place, radix: 16)) or later")
    }
    let found = sections.filter { $0.kind == .file(Self.configurationName) }
    guard let first = found.first else { throw refuse("it has no bootconf.txt") }
    guard found.count == 1 else {
      throw refuse(
        "it has \(found.count) files bootconf.txt, at "
          + found.map { "0x\(String($0.offset, radix: 16))" }.joined(separator: " and "))
    }
    let halves = sections.contains { $0.kind == .file("bootsys") }
    layout = halves ? .halves : .single
    try Self.check(sections, first, chip, layout, refuse)
    guard layout == .single || Self.firstHalf.contains(first.offset) else {
      throw refuse("its bootconf.txt is not in the first half")
    }
    configurationSection = first
    self.chip = chip
    self.sections = sections
    self.bytes = bytes
  }

  /// What the two chips' images and the two layouts have in common with no other.
  private static func check(
    _ sections: [EEPROMSection], _ configuration: EEPROMSection, _ chip: EEPROMChip,
    _ layout: Layout, _ refuse: (String) -> EEPROMError
  ) throws(EEPROMError) {
    switch (chip, layout) {
    case (.bcm2711, .halves): throw refuse("it is as small as one for BCM2711 and has two halves")
    case (.bcm2711, .single): break
    case (.bcm2712, _):
      // Their bootconf.txt stands in a page of its own; one for BCM2711 that was made larger does not.
      guard configuration.offset % 4096 == 0 else {
        throw refuse("its bootconf.txt is not where an image for BCM2712 has it")
      }
    }
    guard layout == .halves else { return }
    for section in sections
    where section.offset < firstHalf.upperBound && section.end > firstHalf.upperBound {
      throw refuse(
        "the section at 0x\(String(section.offset, radix: 16)) lies across the border of the halves"
      )
    }
  }

  /// The bytes of `bootconf.txt`.
  public var configuration: [UInt8] { Array(bytes[configurationSection.content]) }

  /// The content of a file, if there is one of that name.
  public func file(_ name: String) -> [UInt8]? {
    sections.first { $0.kind == .file(name) }.map { Array(bytes[$0.content]) }
  }

  /// Why the image must not be changed: it is signed for somebody. nil when it may be.
  public var objection: String? {
    for (name, what) in [("pubkey.bin", "a customer's key"), ("bootconf.sig", "a signature")] {
      guard let content = file(name) else { continue }
      if content.contains(where: { $0 != 0 && $0 != 0xff }) {
        return "it carries \(what) (\(name)), and a changed configuration would not boot"
      }
    }
    return nil
  }

  /// What may be rewritten for a new configuration: up to the next section that is no padding.
  var room: Range<Int> {
    let behind = sections.first {
      $0.offset > configurationSection.offset && $0.kind != .padding
    }
    let end = layout == .halves ? Self.firstHalf.upperBound : bytes.count - Self.reserved
    return configurationSection.offset..<min(behind?.offset ?? end, end)
  }

  /// The same image with another `bootconf.txt`.
  public func replacing(_ configuration: BootConfiguration) throws(EEPROMError) -> EEPROMImage {
    var result = self
    try result.replace(configuration)
    return result
  }

  /// Takes another `bootconf.txt`. Only the configuration's own region changes, and the result is what
  /// Raspberry Pi's `rpi-eeprom-config --config` makes, byte for byte. After an error the image is of
  /// no use.
  public mutating func replace(_ configuration: BootConfiguration) throws(EEPROMError) {
    if let objection { throw EEPROMError("change", "the image", objection) }
    let content = configuration.bytes
    let start = configurationSection.offset
    guard start + EEPROMSection.fileHeaderSize + content.count <= room.upperBound else {
      throw EEPROMError(
        "write", Self.configurationName, "the image has no room for \(content.count) bytes")
    }
    let room = self.room
    bytes.setBigEndian(UInt32(content.count + 16), at: start + 4)
    var place = start + EEPROMSection.fileHeaderSize
    bytes.replaceSubrange(place..<(place + content.count), with: content)
    place += content.count
    let aligned = min((place + 7) & ~7, room.upperBound)
    for index in place..<room.upperBound { bytes[index] = 0xff }
    let isLast = sections.last?.offset == start
    if !isLast, room.upperBound - aligned >= EEPROMSection.headerSize {
      bytes.setBigEndian(EEPROMSection.paddingMagic, at: aligned)
      bytes.setBigEndian(UInt32(room.upperBound - aligned - 8), at: aligned + 4)
    }
    self = try EEPROMImage(bytes)
  }
}

extension [UInt8] {
  /// Whether all bytes from a place on are as flash memory has them when it is erased: 0xff. Looks at
  /// eight at once, because there are a million of them.
  fileprivate func isErased(from start: Int) -> Bool {
    withUnsafeBytes { bytes in
      let words = (bytes.count - start) / 8
      for word in 0..<words
      where bytes.loadUnaligned(fromByteOffset: start + word * 8, as: UInt64.self) != .max {
        return false
      }
      return bytes[(start + words * 8)...].allSatisfy { $0 == 0xff }
    }
  }
}
