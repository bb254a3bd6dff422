public import SugarModel

/// What is different between two bootloader images.
public struct EEPROMDifference: Hashable, Sendable {
  /// `chip`, `layout`, `bootloader`: what the images are, in the words of the first and the second.
  public var facts: [Fact]
  /// Of the configurations; nothing when they are the same.
  public var configuration: [TextDifference.Line]
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
    let lines = TextDifference(first.configuration, second.configuration)
    configuration = lines.isEmpty ? [] : lines.lines
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
}
