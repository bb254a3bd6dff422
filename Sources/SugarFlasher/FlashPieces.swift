/// A run of bytes of the image that is written in one go.
struct FlashPiece: Hashable, Sendable {
  var range: Range<UInt64>
  /// False when the image has a hole there.
  var isData: Bool
}

/// Cuts an image into the pieces in which it is written.
enum FlashPieces {
  /// The grain of holes, and of the image's digest.
  static let grain: UInt64 = 65536
  static let (dataSize, zeroSize): (UInt64, UInt64) = (2 << 20, 16 << 20)

  /// - Parameters:
  ///   - data: the parts that are no holes, in order.
  ///   - start: where the first piece begins; a multiple of the grain.
  static func pieces(data: [Range<UInt64>], size: UInt64, from start: UInt64) -> [FlashPiece] {
    var pieces: [FlashPiece] = []
    var place = start
    for run in runs(data, size) where run.upperBound > place {
      add(place..<max(place, run.lowerBound), isData: false, to: &pieces)
      add(max(place, run.lowerBound)..<run.upperBound, isData: true, to: &pieces)
      place = run.upperBound
    }
    add(place..<max(place, size), isData: false, to: &pieces)
    return pieces
  }

  /// The data, rounded out to whole grains and joined where they touch.
  private static func runs(_ data: [Range<UInt64>], _ size: UInt64) -> [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    for range in data where !range.isEmpty && range.lowerBound < size {
      let lower = range.lowerBound / grain * grain
      let upper = min(size, (range.upperBound + grain - 1) / grain * grain)
      if let last = runs.last, lower <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, upper)
      } else {
        runs.append(lower..<upper)
      }
    }
    return runs
  }

  private static func add(
    _ range: Range<UInt64>, isData: Bool, to pieces: inout [FlashPiece]
  ) {
    let step = isData ? dataSize : zeroSize
    var place = range.lowerBound
    while place < range.upperBound {
      // Cut on multiples of the step, so that pieces lie as the flash's own blocks do.
      let end = min(range.upperBound, (place / step + 1) * step)
      pieces.append(FlashPiece(range: place..<end, isData: isData))
      place = end
    }
  }
}
