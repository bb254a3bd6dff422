/// The processor that a bootloader image is for.
public enum EEPROMChip: String, CaseIterable, Hashable, Sendable, Codable {
  /// Raspberry Pi 4, 400, Compute Module 4.
  case bcm2711 = "BCM2711"
  /// Raspberry Pi 5, 500, Compute Module 5.
  case bcm2712 = "BCM2712"

  /// How large its EEPROM is, and with it every image, in bytes.
  public var imageSize: Int {
    switch self {
    case .bcm2711: 512 << 10
    case .bcm2712: 2 << 20
    }
  }

  /// What its images and signatures call it.
  public var number: String { String(rawValue.dropFirst(3)) }

  public init?(imageSize: Int) {
    guard let chip = Self.allCases.first(where: { $0.imageSize == imageSize }) else { return nil }
    self = chip
  }

  /// The chip that a `recovery.bin` is for, by words that only one of the two holds: its own
  /// number in one for a Raspberry Pi 4, the power supply of a Raspberry Pi 5. nil when that
  /// cannot be told.
  public init?(recovery bytes: [UInt8]) {
    let is2711 = bytes.contains(word: "_2711")
    let is2712 = bytes.contains(word: "psu_current_profile")
    guard is2711 != is2712 else { return nil }
    self = is2711 ? .bcm2711 : .bcm2712
  }
}

extension [UInt8] {
  /// Where a word that lies in `range` begins. Looks at one byte in so many as the word is long, because
  /// an image has millions. (Horspool, "Practical fast searching in strings")
  func place(of word: String, in range: Range<Int>) -> Int? {
    let wanted = Array(word.utf8)
    guard let last = wanted.indices.last else { return nil }
    var steps = [Int](repeating: wanted.count, count: 256)
    for place in 0..<last { steps[Int(wanted[place])] = last - place }
    return withUnsafeBufferPointer { bytes in
      var place = range.lowerBound
      while place + last < range.upperBound {
        let end = bytes[place + last]
        if end == wanted[last], wanted.indices.allSatisfy({ bytes[place + $0] == wanted[$0] }) {
          return place
        }
        place += steps[Int(end)]
      }
      return nil
    }
  }

  func contains(word: String) -> Bool { place(of: word, in: indices) != nil }
}
