import CLzma
public import SugarModel
import Synchronization

/// How a packed image is put together out of the blocks of its packed base and new ones.
///
///     base:   header | block | block | block | block | index | footer
///                        │       ╳       │       │
///     image:  header | block | made … | block | block | made … | index | footer
///
/// A block of the base stands in the new file byte for byte where the image still has its content. The
/// rest is packed anew, in pieces that end where the base's blocks end: small ones, so that whoever
/// looks for one file in the image has less to unpack, and longer ones where all is new, as in a large
/// file. (The .xz File Format, sections 2 to 4)
public struct XZSplice: Sendable {
  enum Piece: Hashable, Sendable {
    /// The base's block of that number.
    case kept(Int)
    /// These bytes of the image, packed anew.
    case made(Range<UInt64>)
  }

  /// A piece that is packed anew, and the longest one, where nothing is as it was.
  static let pieceSize: UInt64 = 1 << 20
  static let runSize: UInt64 = 8 << 20

  let base: XZImage?
  let pieces: [Piece]
  let check: lzma_check

  public var blockCount: Int { pieces.count }
  /// What the bytes of new blocks depend on besides their content.
  public var encoding: String {
    "\(check.rawValue)-\(XZBlockMaker.preset)-\(XZImage.libraryVersion)"
  }
  /// Blocks that are the base's own.
  public var keptCount: Int {
    pieces.reduce(0) { if case .kept = $1 { $0 + 1 } else { $0 } }
  }

  /// - Parameters:
  ///   - size: of the image.
  ///   - base: the packed base; nil packs all of the image anew.
  ///   - isKept: whether the image has the base's bytes in a range.
  public init(size: ByteCount, base: XZImage?, isKept: (Range<UInt64>) -> Bool) {
    let usable = base.flatMap { base in base.commonCheck.map { (base, $0) } }
    self.base = usable?.0
    check = usable?.1 ?? LZMA_CHECK_CRC64
    var pieces: [Piece] = []
    var done: UInt64 = 0
    for (number, block) in (usable?.0.blocks ?? []).enumerated() where block.size > .zero {
      let range = block.target.bytes..<(block.target + block.size).bytes
      guard range.lowerBound < size.bytes else { break }
      if range.upperBound <= size.bytes, isKept(range) {
        pieces.append(.kept(number))
      } else {
        Self.cut(
          range.lowerBound..<min(range.upperBound, size.bytes), isKept: isKept, into: &pieces)
      }
      done = range.upperBound
    }
    if done < size.bytes { Self.cut(done..<size.bytes, isKept: { _ in false }, into: &pieces) }
    self.pieces = pieces
  }

  /// The cuts are at multiples of the piece's size, counted from the image's start; pieces that are
  /// new, one after the other, become one.
  private static func cut(
    _ range: Range<UInt64>, isKept: (Range<UInt64>) -> Bool, into pieces: inout [Piece]
  ) {
    var run = range.lowerBound..<range.lowerBound
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, (start / pieceSize + 1) * pieceSize)
      let isNew = !isKept(start..<end)
      if !run.isEmpty, !isNew || UInt64(run.count) >= runSize {
        pieces.append(.made(run))
        run = start..<start
      }
      if isNew {
        run = run.lowerBound..<end
      } else {
        pieces.append(.made(start..<end))
        run = end..<end
      }
      start = end
    }
    if !run.isEmpty { pieces.append(.made(run)) }
  }
}

extension XZImage {
  /// The one check that all blocks have, when it is one that can be computed; streams with different
  /// ones cannot become one stream.
  var commonCheck: lzma_check? {
    guard let check = blocks.first?.check, lzma_check_is_supported(check) != 0,
      blocks.allSatisfy({ $0.check == check })
    else { return nil }
    return check
  }
}
