/// What is different between two texts, line by line, as `diff -u` writes it. (diff(1))
///
/// Lines are bytes: what is no UTF-8 is told apart, too, and so is whether the last line has its end.
public struct TextDifference: Hashable, Sendable {
  /// One line, and in which of the texts it stands.
  public struct Line: Hashable, Sendable {
    public enum Side: String, Hashable, Sendable {
      case both = " "
      case first = "-"
      case second = "+"
    }
    public var side: Side
    public var content: String
    /// False of a last line that ends with the text and not with a newline.
    public var isEnded: Bool

    /// As `diff -u` marks it.
    public var text: String { side.rawValue + content }
  }

  /// Changed lines that stand close to each other, with what stands around them.
  public struct Hunk: Hashable, Sendable {
    /// The numbers of the lines that it covers, from 0.
    public var first: Range<Int>
    public var second: Range<Int>
    public var lines: [Line]

    /// `@@ -12,7 +12,8 @@`
    public var heading: String { "@@ -\(Self.words(first)) +\(Self.words(second)) @@" }

    /// A count of one is left out; of nothing, the line before it is named.
    private static func words(_ range: Range<Int>) -> String {
      switch range.count {
      case 0: "\(range.lowerBound),0"
      case 1: "\(range.lowerBound + 1)"
      case let count: "\(range.lowerBound + 1),\(count)"
      }
    }

    /// What `diff -u` writes below a line that has no end.
    public static let noEnd = "\\ No newline at end of file"

    /// Heading and lines.
    public var text: [String] {
      [heading] + lines.flatMap { $0.isEnded ? [$0.text] : [$0.text, Self.noEnd] }
    }
  }

  /// Every line of both texts, in order; of a change, what goes stands before what comes. Whoever
  /// shows them may put other words in a line's place.
  public var lines: [Line]

  public var isEmpty: Bool { lines.allSatisfy { $0.side == .both } }

  public init(_ first: [UInt8], _ second: [UInt8]) {
    self.init(Self.split(first), Self.split(second))
  }

  public init(_ first: String, _ second: String) {
    self.init(Array(first.utf8), Array(second.utf8))
  }

  private init(_ first: [ArraySlice<UInt8>], _ second: [ArraySlice<UInt8>]) {
    var start = 0
    while start < min(first.count, second.count), first[start] == second[start] { start += 1 }
    var end = 0
    while end < min(first.count, second.count) - start,
      first[first.count - 1 - end] == second[second.count - 1 - end]
    { end += 1 }
    let old = Array(first[start..<(first.count - end)])
    let new = Array(second[start..<(second.count - end)])
    lines =
      first[..<start].map { Line($0, .both) } + Self.middle(old, new)
      + first[(first.count - end)...].map { Line($0, .both) }
  }

  /// More lines than this are not compared one by one: what that costs grows with the square.
  private static let limit = 4000

  private static func middle(
    _ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]
  ) -> [Line] {
    guard old.count + new.count <= limit else {
      return old.map { Line($0, .first) } + new.map { Line($0, .second) }
    }
    var gone: Set<Int> = []
    var come: Set<Int> = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): gone.insert(offset)
      case .insert(let offset, _, _): come.insert(offset)
      }
    }
    var lines: [Line] = []
    var (place, other) = (0, 0)
    while place < old.count || other < new.count {
      if gone.contains(place) {
        lines.append(Line(old[place], .first))
        place += 1
      } else if come.contains(other) {
        lines.append(Line(new[other], .second))
        other += 1
      } else {
        lines.append(Line(old[place], .both))
        (place, other) = (place + 1, other + 1)
      }
    }
    return lines
  }

  /// The lines with their ends. The last one may have none.
  private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.endIndex
      lines.append(bytes[start..<end])
      start = end
    }
    return lines
  }

  /// The changes with up to `context` lines around each.
  public func hunks(context: Int = 3) -> [Hunk] {
    var spans: [Range<Int>] = []
    for (index, line) in lines.enumerated() where line.side != .both {
      let span = max(0, index - context)..<min(lines.count, index + context + 1)
      if let last = spans.last, span.lowerBound <= last.upperBound {
        spans[spans.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
      } else {
        spans.append(span)
      }
    }
    var hunks: [Hunk] = []
    var (index, first, second) = (0, 0, 0)
    for span in spans {
      while index < span.lowerBound {
        // What lies between two spans stands in both texts.
        (index, first, second) = (index + 1, first + 1, second + 1)
      }
      let part = Array(lines[span])
      let (old, new) = (part.count { $0.side != .second }, part.count { $0.side != .first })
      hunks.append(Hunk(first: first..<(first + old), second: second..<(second + new), lines: part))
      (index, first, second) = (span.upperBound, first + old, second + new)
    }
    return hunks
  }
}

extension TextDifference.Line {
  fileprivate init(_ bytes: ArraySlice<UInt8>, _ side: Side) {
    self.side = side
    isEnded = bytes.last == 10
    content = String(decoding: isEnded ? bytes.dropLast() : bytes, as: UTF8.self)
  }
}
