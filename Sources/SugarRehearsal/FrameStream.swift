/// Ethernet frames as QEMU sends them over a stream socket: each behind its length, four bytes, the
/// highest first. (QEMU's documentation, `-netdev stream`)
public struct FrameStream: Hashable, Sendable {
  /// The longest that QEMU sends. (net.h, NET_BUFSIZE)
  static let limit = 4096 + 65536

  private var bytes: [UInt8] = []
  /// The stream cannot be read any more: a length that no frame has.
  public private(set) var isBroken = false

  public init() {}

  /// Takes the next bytes and gives the frames that are whole.
  public mutating func take(_ new: some Sequence<UInt8>) -> [[UInt8]] {
    guard !isBroken else { return [] }
    bytes += new
    var frames: [[UInt8]] = []
    var start = 0
    while bytes.count - start >= 4 {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= Self.limit else {
        isBroken = true
        bytes = []
        return frames
      }
      guard bytes.count - start >= 4 + length else { break }
      frames.append(Array(bytes[start + 4..<start + 4 + length]))
      start += 4 + length
    }
    bytes.removeFirst(start)
    return frames
  }

  /// A frame as it goes over the socket.
  public static func packed(_ frame: [UInt8]) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: frame.count >> $0) } + frame
  }
}
