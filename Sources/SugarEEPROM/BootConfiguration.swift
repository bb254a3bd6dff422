public import SugarModel

/// The text of `bootconf.txt`: settings `KEY=VALUE`, comments, and sections that say when what follows
/// holds. What is not changed stays as it is, byte for byte.
/// (raspberrypi.com, "Raspberry Pi bootloader configuration")
public struct BootConfiguration: Hashable, Sendable {
  /// The most that the bootloader reads, in bytes.
  public static let limit = 4096 - 20

  public private(set) var text: String

  public var bytes: [UInt8] { Array(text.utf8) }

  /// Takes a text as it is. Throws when the bootloader could not read it as it is meant.
  public init(_ bytes: [UInt8]) throws(EEPROMError) {
    func refuse(_ reason: String) -> EEPROMError { EEPROMError("read", "bootconf.txt", reason) }
    guard bytes.count <= Self.limit else {
      throw refuse("it has \(bytes.count) bytes, and the bootloader reads \(Self.limit)")
    }
    guard !bytes.contains(0) else { throw refuse("it holds a NUL, so it is no text") }
    guard !bytes.contains(0x0d) else {
      throw refuse("its lines end with CR and LF; write it with LF alone")
    }
    guard let text = String(validating: bytes, as: UTF8.self),
      bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0a || $0 == 0x09 })
    else { throw refuse("it is no text") }
    self.text = text
  }

  /// One setting where it stands.
  public struct Setting: Hashable, Sendable {
    public var key: String
    public var value: String
    /// The section it stands in, `gpio4=0`; nil where it always holds.
    public var condition: String?
    /// From 0.
    var line: Int
  }

  /// Every setting, in the order of the text. A later one of the same key wins.
  public var settings: [Setting] {
    var (condition, result): (String?, [Setting]) = (nil, [])
    for (number, line) in lines.enumerated() {
      if let section = Self.section(line) {
        condition = section == "all" ? nil : section
      } else if let (key, value) = Self.setting(line) {
        result.append(Setting(key: key, value: value, condition: condition, line: number))
      }
    }
    return result
  }

  /// What a key is set to wherever no condition is; nil when it is not set there.
  public func value(of key: String) -> String? {
    settings.last { $0.key == key && $0.condition == nil }?.value
  }

  /// Sets a key where no condition is: the last such line gets the new value; without one a line is
  /// added behind the first part that always holds. Conditions keep what they set.
  public mutating func set(_ key: String, to value: String) throws(EEPROMError) {
    let isName = key.utf8.allSatisfy {
      (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
    }
    guard isName, !key.isEmpty else {
      throw EEPROMError("set", "'\(key)'", "a key has the letters A-Z, digits and '_'")
    }
    guard value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw EEPROMError("set", key, "its value must be one line of printable ASCII")
    }
    var lines = lines
    let line = "\(key)=\(value)"
    if let there = settings.last(where: { $0.key == key && $0.condition == nil }) {
      guard there.value != value else { return }
      lines[there.line] = line
    } else {
      insert(line, into: &lines)
    }
    self = try BootConfiguration(Array(lines.joined(separator: "\n").utf8))
  }

  private func insert(_ line: String, into lines: inout [String]) {
    var (end, isUnconditional): (Int?, Bool) = (nil, true)
    for (number, line) in lines.enumerated() {
      if let section = Self.section(line) {
        if end != nil, section != "all" { break }
        isUnconditional = section == "all"
        if isUnconditional { end = number + 1 }
      } else if isUnconditional, !line.isEmpty {
        end = number + 1
      }
    }
    if let end {
      lines.insert(line, at: end)
      if end == lines.count - 1 { lines.append("") }
    } else {
      lines.insert(contentsOf: ["[all]", line], at: 0)
    }
  }

  private var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// `[all]` → `all`
  private static func section(_ line: String) -> String? {
    let words = trimmed(line)
    guard words.hasPrefix("["), let end = words.firstIndex(of: "]") else { return nil }
    return String(words[words.index(after: words.startIndex)..<end])
  }

  private static func setting(_ line: String) -> (String, String)? {
    let words = trimmed(line)
    guard !words.hasPrefix("#"), let sign = words.firstIndex(of: "=") else { return nil }
    let key = trimmed(String(words[..<sign]))
    return key.isEmpty ? nil : (key, trimmed(String(words[words.index(after: sign)...])))
  }

  private static func trimmed(_ line: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let last = line.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(line[...last].drop(while: isBlank))
  }
}

extension BootConfiguration {
  static let bootOrderKey = "BOOT_ORDER"

  /// Sets `BOOT_ORDER`.
  public mutating func setBootOrder(_ order: BootOrder) throws(EEPROMError) {
    try set(Self.bootOrderKey, to: order.hex)
  }

  /// The boot order where no condition is; nil when it is not set there. Throws when the value is none.
  public func bootOrder() throws(EEPROMError) -> BootOrder? {
    guard let value = value(of: Self.bootOrderKey) else { return nil }
    return try Self.bootOrder(value)
  }

  /// Reads the value of a `BOOT_ORDER`: `0xf416`.
  public static func bootOrder(_ value: String) throws(EEPROMError) -> BootOrder {
    func refuse(_ reason: String) -> EEPROMError {
      EEPROMError("read", "BOOT_ORDER '\(value)'", reason)
    }
    guard value.lowercased().hasPrefix("0x"), value.utf8.count > 2 else {
      throw refuse("it must be a hexadecimal number such as 0xf416")
    }
    let digits = value.dropFirst(2)
    guard digits.allSatisfy(\.isHexDigit), digits.allSatisfy(\.isASCII) else {
      throw refuse("it must be a hexadecimal number such as 0xf416")
    }
    guard digits.utf8.count <= 8, let number = UInt32(digits, radix: 16) else {
      throw refuse("it has \(digits.utf8.count) digits, and the bootloader reads 8")
    }
    let (order, unknown) = BootOrder.read(number)
    if let unknown {
      throw refuse("0x\(String(unknown, radix: 16)) stands for nothing that can be started from")
    }
    return order
  }
}
