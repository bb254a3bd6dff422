/// What comes out of a serial port, as lines without what steers a terminal.
public struct ConsoleText: Hashable, Sendable {
  /// A line without an end is given out all the same when it is as long as this.
  static let limit = 4096

  private enum Place: Hashable { case text, escape, sequence, title, titleEscape, charset }
  private var place = Place.text
  private var line: [UInt8] = []

  public init() {}

  /// The line that has not ended yet: a prompt.
  public var rest: String { String(decoding: line, as: UTF8.self) }

  /// Takes the next bytes and gives the lines that ended in them. (ECMA-48, 5.4; xterm's OSC)
  public mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      switch place {
      case .text: takeText(byte, &lines)
      case .escape:
        switch byte {
        case UInt8(ascii: "["): place = .sequence
        case UInt8(ascii: "]"): place = .title
        case UInt8(ascii: "("), UInt8(ascii: ")"): place = .charset
        default: place = .text
        }
      case .sequence: if (0x40...0x7e).contains(byte) { place = .text }
      case .charset: place = .text
      case .title:
        if byte == 0x07 { place = .text }
        if byte == 0x1b { place = .titleEscape }
      case .titleEscape: place = .text
      }
    }
    return lines
  }

  private mutating func takeText(_ byte: UInt8, _ lines: inout [String]) {
    switch byte {
    case 0x1b: place = .escape
    case 0x0a: end(&lines)
    case 0x09, 0x20...0x7e, 0x80...0xff:
      line.append(byte)
      if line.count >= Self.limit { end(&lines) }
    default: break
    }
  }

  private mutating func end(_ lines: inout [String]) {
    lines.append(rest)
    line = []
  }
}
