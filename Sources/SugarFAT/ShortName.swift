/// The old name of a file: eight letters, three letters, capitals; every entry has one.
///
///      "config.txt"     → CONFIG  TXT, case flags 18h (both parts small), no long name
///      "Config.txt"     → CONFIG  TXT and a long name
///      "long name.yaml" → LONGNA~1YAM and a long name
struct ShortName: Hashable, Sendable {
  /// Eleven bytes, filled with spaces.
  let bytes: [UInt8]
  /// 08h: the first part is shown in small letters; 10h: the extension is. (as Windows NT does)
  let caseFlags: UInt8
  let needsLongName: Bool

  /// The short name of a new file; `taken` are those of its directory.
  init(for name: FileName, taken: Set<[UInt8]>) throws(FATFault) {
    if let plain = Self.plain(name), !taken.contains(plain.bytes) {
      self = plain
      return
    }
    let (base, suffix) = Self.lossyParts(of: name)
    for number in 1...999_999 {
      let tail = Array("~\(number)".utf8)
      let candidate = Self.join(base.prefix(8 - tail.count) + tail, suffix)
      if taken.contains(candidate) { continue }
      self.init(bytes: candidate, caseFlags: 0, needsLongName: true)
      return
    }
    throw FATFault("its directory has no short name left for '\(name.text)'")
  }

  private init(bytes: [UInt8], caseFlags: UInt8, needsLongName: Bool) {
    self.bytes = bytes
    self.caseFlags = caseFlags
    self.needsLongName = needsLongName
  }

  /// The name itself, where it has the old form but for the case of its letters.
  private static func plain(_ name: FileName) -> ShortName? {
    let parts = name.units.split(separator: 0x2E, omittingEmptySubsequences: false)
    guard parts.count <= 2, let base = parts.first, (1...8).contains(base.count) else {
      return nil
    }
    let suffix = parts.count == 2 ? parts[1] : []
    guard suffix.count <= 3, (base + suffix).allSatisfy(isLegal) else { return nil }
    let isMixed = letterCase(base) == .mixed || letterCase(suffix) == .mixed
    let flags = (letterCase(base) == .small ? 8 : 0) | (letterCase(suffix) == .small ? 16 : 0)
    return ShortName(
      bytes: join(base.map(capital), suffix.map(capital)),
      caseFlags: isMixed ? 0 : UInt8(flags), needsLongName: isMixed)
  }

  private enum LetterCase { case none, small, capital, mixed }

  private static func letterCase(_ part: some Sequence<UInt16>) -> LetterCase {
    let hasSmall = part.contains { (0x61...0x7A).contains($0) }
    let hasCapital = part.contains { (0x41...0x5A).contains($0) }
    if hasSmall { return hasCapital ? .mixed : .small }
    return hasCapital ? .capital : .none
  }

  /// What can be kept of a name: spaces and dots go, signs the old names do not have become `_`.
  private static func lossyParts(of name: FileName) -> (base: [UInt8], suffix: [UInt8]) {
    let units = name.units.drop { $0 == 0x2E }
    let dot = units.lastIndex(of: 0x2E)
    let base = units[..<(dot ?? units.endIndex)]
    let suffix = dot.map { units[($0 + 1)...] } ?? []
    let kept = lossy(base).prefix(8)
    return (kept.isEmpty ? [0x5F] : Array(kept), Array(lossy(suffix).prefix(3)))
  }

  private static func lossy(_ part: ArraySlice<UInt16>) -> [UInt8] {
    part.filter { $0 != 0x20 && $0 != 0x2E }.map { isLegal($0) ? capital($0) : 0x5F }
  }

  private static func join(_ base: some Sequence<UInt8>, _ suffix: some Sequence<UInt8>) -> [UInt8]
  {
    let base = Array(base)
    let suffix = Array(suffix)
    return base + [UInt8](repeating: 0x20, count: 8 - base.count)
      + suffix + [UInt8](repeating: 0x20, count: 3 - suffix.count)
  }

  private static func isLegal(_ unit: UInt16) -> Bool {
    switch unit {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return true
    default: return signs.contains(unit)
    }
  }

  private static let signs = Set("!#$%&'()-@^_`{}~".utf16)

  private static func capital(_ unit: UInt16) -> UInt8 {
    let byte = UInt8(truncatingIfNeeded: unit)
    return (0x61...0x7A).contains(byte) ? byte - 0x20 : byte
  }
}

extension ShortName {
  /// How a short name on disk is shown: `CONFIG.TXT`, in small letters where its flags say so.
  static func shown(_ bytes: [UInt8], caseFlags: UInt8) -> FileName {
    let base = shown(bytes.prefix(8), isSmall: caseFlags & 0x08 != 0)
    let suffix = shown(bytes.dropFirst(8), isSmall: caseFlags & 0x10 != 0)
    return FileName(units: suffix.isEmpty ? base : base + [0x2E] + suffix)
  }

  private static func shown(_ part: ArraySlice<UInt8>, isSmall: Bool) -> [UInt16] {
    let end: Int = part.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? part.startIndex
    return part[..<end].enumerated().map { index, byte in
      // 05h stands for E5h in the first place, where E5h means "deleted".
      let byte = byte == 0x05 && index == 0 && part.startIndex == 0 ? 0xE5 : byte
      let unit = byte >= 0x80 ? codePage437[Int(byte) - 0x80] : UInt16(byte)
      return isSmall ? small(unit) : unit
    }
  }

  /// The small letter, where the code page has one.
  private static func small(_ unit: UInt16) -> UInt16 {
    if unit < 0x80 { return (0x41...0x5A).contains(unit) ? unit + 0x20 : unit }
    let lower = Unicode.Scalar(unit)?.properties.lowercaseMapping.utf16.first ?? unit
    return codePage437.contains(lower) ? lower : unit
  }

  /// The label of a volume; nil when it is blank or the `NO NAME` of a volume without one.
  static func label(_ bytes: [UInt8]) -> String? {
    let text = FileName(units: shown(bytes[...], isSmall: false)).text
    return text.isEmpty || text == "NO NAME" ? nil : text
  }

  /// The upper half of code page 437, the one that Linux takes by default for short names.
  private static let codePage437 = Array(
    ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
      + "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}").utf16)
}
