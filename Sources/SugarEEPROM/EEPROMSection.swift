/// One section of a bootloader image.
public struct EEPROMSection: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case bootcode
    case padding
    /// A file that may be replaced, by its name.
    case file(String)
    /// Compressed parts of the bootloader, by their magic number.
    case other(UInt32)
  }

  public var kind: Kind
  /// Where its header begins, in bytes from the start of the image.
  public var offset: Int
  /// Bytes after its header of 8 bytes; of a file with its name.
  public var length: Int

  static let headerSize = 8
  /// Magic, length, name, four zero bytes.
  static let fileHeaderSize = 24

  /// Behind its last byte, in whole groups of 8.
  public var end: Int { (offset + Self.headerSize + length + 7) & ~7 }

  /// Where a file's bytes are.
  public var content: Range<Int> { (offset + Self.fileHeaderSize)..<(offset + 8 + length) }
}

extension EEPROMSection {
  static let paddingMagic: UInt32 = 0x55aa_feef
  private static let fileMagic: UInt32 = 0x55aa_f11f
  private static let bootcodeMagic: UInt32 = 0x55aa_f00f

  /// Reads the header at `offset`. nil when the sections end there.
  init?(_ bytes: [UInt8], at offset: Int, limit: Int) throws(EEPROMError) {
    func refuse(_ reason: String) -> EEPROMError {
      EEPROMError("read", "the section at 0x\(String(offset, radix: 16))", reason)
    }
    guard offset + Self.headerSize <= limit else { return nil }
    let magic = bytes.bigEndian(at: offset)
    guard magic != 0, magic != .max else { return nil }
    guard magic & 0xffff_f00f == Self.bootcodeMagic else {
      throw refuse("it begins with 0x\(String(magic, radix: 16)), which is no section's number")
    }
    let length = Int(bytes.bigEndian(at: offset + 4))
    guard length <= limit - offset - Self.headerSize else {
      throw refuse("its length, \(length), points outside the image")
    }
    self.offset = offset
    self.length = length
    switch magic {
    case Self.bootcodeMagic: kind = .bootcode
    case Self.paddingMagic: kind = .padding
    case Self.fileMagic:
      guard length >= 16 else { throw refuse("it is a file and too short for its name") }
      let name = bytes[(offset + 8)..<(offset + 20)].prefix { $0 != 0 }
      guard name.allSatisfy({ (0x21...0x7e).contains($0) }), !name.isEmpty else {
        throw refuse("it is a file without a proper name")
      }
      kind = .file(String(decoding: name, as: UTF8.self))
    default: kind = .other(magic)
    }
  }
}

extension [UInt8] {
  func bigEndian(at offset: Int) -> UInt32 {
    self[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func setBigEndian(_ value: UInt32, at offset: Int) {
    for index in 0..<4 {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index))
    }
  }
}
