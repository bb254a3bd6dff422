/// What is different between two bootloader images.
public struct EEPROMDifference: Hashable, Sendable {
  /// One line of a configuration, and in which of the two it stands.
  public enum Line: Hashable, Sendable {
    case both(String)
    case first(String)
    case second(String)

    /// As `diff -u` marks it.
    public var text: String {
      switch self {
      case .both(let line): " \(line)"
      case .first(let line): "-\(line)"
      case .second(let line): "+\(line)"
      }
    }
  }

  /// `chip`, `layout`, `bootloader`: what the images are, in the words of the first and the second.
  public var facts: [Fact]
  /// Of the configurations; nothing when they are the same.
  public var configuration: [Line]
  /// Bytes that differ outside the configuration's region. nil when the images have other sizes.
  public var otherBytes: Int?

  public struct Fact: Hashable, Sendable, Encodable {
    public var name: String
    public var first: String
    public var second: String
  }

  public var isEmpty: Bool { facts.isEmpty && configuration.isEmpty && otherBytes == 0 }

  public init(_ first: EEPROMImage, _ second: EEPROMImage) {
    func version(_ image: EEPROMImage) -> String {
      let release = image.release
      let stamp = release.buildTimestamp.map { ", built at \($0)" } ?? ""
      return "\(release.date ?? "no date"), version \(release.version ?? "unknown")\(stamp)"
    }
    facts = [
      Fact(name: "chip", first: first.chip.rawValue, second: second.chip.rawValue),
      Fact(name: "layout", first: first.layout.rawValue, second: second.layout.rawValue),
      Fact(name: "bootloader", first: version(first), second: version(second)),
    ].filter { $0.first != $0.second }
    configuration = Self.lines(first.configuration, second.configuration)
    otherBytes = Self.otherBytes(first, second)
  }

  private static func otherBytes(_ first: EEPROMImage, _ second: EEPROMImage) -> Int? {
    guard first.bytes.count == second.bytes.count else { return nil }
    let rooms = [first.room, second.room]
    var count = 0
    first.bytes.withUnsafeBufferPointer { one in
      second.bytes.withUnsafeBufferPointer { other in
        for index in one.indices where one[index] != other[index] {
          if !rooms.contains(where: { $0.contains(index) }) { count += 1 }
        }
      }
    }
    return count
  }

  private static func lines(_ first: [UInt8], _ second: [UInt8]) -> [Line] {
    guard first != second else { return [] }
    let (old, new) = (split(first), split(second))
    var result: [Line] = old.map { .both($0) }
    let changes = new.difference(from: old)
    for case .remove(let offset, let line, _) in changes.removals { result[offset] = .first(line) }
    for case .insert(let offset, let line, _) in changes.insertions {
      var (place, seen) = (0, 0)
      while place < result.count {
        if case .first = result[place] {
          place += 1
          continue
        }
        if seen == offset { break }
        seen += 1
        place += 1
      }
      result.insert(.second(line), at: place)
    }
    return result
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
