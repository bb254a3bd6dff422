/// The checksums in front of which a fuzzer would stand forever: put right, so that it gets behind them.
enum Checksums {
  /// CRC-32 as in `.xz` files and GPTs. (The .xz File Format, section 6; UEFI 2.10, section 5.3.2)
  static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var value: UInt32 = 0xffff_ffff
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
    }
    return ~value
  }

  static func put(_ value: UInt32, at place: Int, in bytes: inout [UInt8]) {
    for index in 0..<4 {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
    }
  }

  static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
  }

  /// The same bytes as an `.xz` stream whose checksums fit: of header, index, footer and the first
  /// block's header. nil when there is no room for them.
  static func mendingXZ(_ input: [UInt8]) -> [UInt8]? {
    // Header 12, index at least 8, footer 12.
    guard input.count >= 32, input.count % 4 == 0 else { return nil }
    var bytes = input
    bytes.replaceSubrange(0..<6, with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])
    put(crc32(bytes[6..<8]), at: 8, in: &bytes)
    let footer = bytes.count - 12
    bytes.replaceSubrange((footer + 8)..<(footer + 10), with: bytes[6..<8])
    bytes.replaceSubrange((footer + 10)..<(footer + 12), with: [0x59, 0x5a])
    put(crc32(bytes[(footer + 4)..<(footer + 10)]), at: footer, in: &bytes)
    let length = (Int(word(bytes, footer + 4)) + 1) * 4
    if length >= 8, length <= footer - 12 {
      bytes[footer - length] = 0
      put(crc32(bytes[(footer - length)..<(footer - 4)]), at: footer - 4, in: &bytes)
    }
    let header = (Int(bytes[12]) + 1) * 4
    if bytes[12] != 0, 12 + header <= footer {
      put(crc32(bytes[12..<(12 + header - 4)]), at: 12 + header - 4, in: &bytes)
    }
    return bytes
  }

  /// The same bytes with a GPT header in each of these sectors whose checksums fit.
  static func mendingGPT(_ input: [UInt8], sectors: [Int]) -> [UInt8] {
    var bytes = input
    for sector in sectors where (sector + 1) * 512 <= bytes.count && sector > 0 {
      let start = sector * 512
      bytes.replaceSubrange(start..<(start + 8), with: "EFI PART".utf8)
      let rows = Int(word(bytes, start + 72)) * 512
      let (count, width) = (Int(word(bytes, start + 80)), Int(word(bytes, start + 84)))
      let length = count <= 1024 && width <= 1024 ? count * width : bytes.count
      if rows + length <= bytes.count {
        put(crc32(bytes[rows..<(rows + length)]), at: start + 88, in: &bytes)
      }
      let size = Int(word(bytes, start + 12))
      guard (92...512).contains(size) else { continue }
      put(0, at: start + 16, in: &bytes)
      put(crc32(bytes[start..<(start + size)]), at: start + 16, in: &bytes)
    }
    return bytes
  }
}
