import Crypto
import SugarArchive
import SugarHost
import SugarModel
import Synchronization

/// Blocks that were packed for one node's image and are the same in every other's, because they hold
/// what the base holds. They are kept in the cache, in one file for each base.
///
///     0   place in the image (u64)   8   bytes of the image (u64)   16  size for the index (u64)
///     24  length of the block (u64)  32  SHA-256 of these 32 bytes and the block   64  the block
///     … and again, to the end of the file; all numbers little endian
///
/// What is not whole, or was changed, is made again. A class, because several threads use its file.
final class PieceStore: BlockMemory {
  private struct State: ~Copyable {
    /// Where each block's entry starts, by the range that it holds.
    var known: [Range<UInt64>: UInt64] = [:]
    var end: UInt64 = 0
    /// The file with what is new, once there is something.
    var partial: FileStorage?
    var partialEnd: UInt64 = 0
    /// Held while there is such a file.
    var lock: FileLock?
    /// Set when new blocks cannot be kept: a full disk, or another run that keeps some, is no reason
    /// not to export.
    var isClosed = false
  }
  private static let headSize = 64

  private let item: CacheItem
  private let file: FileStorage?
  /// Whether the image has the base's content in a range; nothing else is kept, so no secret is.
  private let isBase: @Sendable (Range<UInt64>) -> Bool
  private let state: Mutex<State>

  init(
    _ cache: CacheFolder, base: String, encoding: String,
    isBase: @escaping @Sendable (Range<UInt64>) -> Bool
  ) throws(BuildError) {
    try cache.make("pieces")
    item = try cache.use(.pieces, "\(base)-\(encoding)")
    self.isBase = isBase
    file = try? FileStorage(item.path, .read)
    state = Mutex(Self.read(file))
  }

  /// Goes from entry to entry; one that reaches over the end is the last.
  private static func read(_ file: FileStorage?) -> State {
    var state = State()
    guard let file else { return state }
    while let head = try? file.bytes(at: ByteCount(state.end), count: headSize) {
      let (start, count, length) = (number(head, 0), number(head, 8), number(head, 24))
      guard count > 0, count <= 1 << 32, start < 1 << 52, length <= 1 << 32,
        state.end + UInt64(headSize) + length <= file.size.bytes
      else { break }
      state.known[start..<(start + count)] = state.end
      state.end += UInt64(headSize) + length
    }
    return state
  }

  func block(of range: Range<UInt64>) -> MadeBlock? {
    guard isBase(range), let file, let place = state.withLock({ $0.known[range] }),
      let head = try? file.bytes(at: ByteCount(place), count: Self.headSize),
      Self.number(head, 24) <= 1 << 32,
      let bytes = try? file.bytes(
        at: ByteCount(place + UInt64(Self.headSize)), count: Int(Self.number(head, 24))),
      Self.digest(head[0..<32], bytes) == Array(head[32...])
    else { return nil }
    return MadeBlock(bytes: bytes, unpaddedSize: Self.number(head, 16))
  }

  func keep(_ block: MadeBlock, of range: Range<UInt64>) {
    guard isBase(range) else { return }
    var head: [UInt8] = []
    for value in [
      range.lowerBound, UInt64(range.count), block.unpaddedSize, UInt64(block.bytes.count),
    ] {
      for byte in 0..<8 { head.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
    }
    let entry = head + Self.digest(head[...], block.bytes) + block.bytes
    state.withLock { state in
      guard !state.isClosed else { return }
      do {
        if state.partial == nil { try begin(&state) }
        try state.partial?.write(entry, at: ByteCount(state.partialEnd))
        state.partialEnd += UInt64(entry.count)
      } catch {
        state.isClosed = true
      }
    }
  }

  /// The new file begins with all that the old one has.
  private func begin(_ state: inout State) throws {
    state.lock = try FileLock.take(
      item.makingLock ?? item.useLock, busy: "another run keeps blocks")
    let partial = try FileStorage(item.partial, .create)
    if let file { try SparseCopy.copy(file, 0..<state.end, to: partial, at: .zero) }
    try partial.resize(to: ByteCount(state.end))
    (state.partial, state.partialEnd) = (partial, state.end)
  }

  /// Gives the file with the new blocks its name, or removes it when it is not whole.
  func finish(keeping isWhole: Bool) {
    state.withLock { state in
      guard let partial = state.partial else { return }
      defer {
        state.partial = nil
        state.lock = nil
      }
      let isKept =
        isWhole && !state.isClosed
        && (try? partial.synchronize()) != nil
        && (try? Files.rename(item.partial, to: item.path)) != nil
      if !isKept { try? Files.remove(item.partial) }
    }
  }

  private static func number(_ bytes: [UInt8], _ place: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }

  private static func digest(_ head: ArraySlice<UInt8>, _ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: head)
    hash.update(data: bytes)
    return Array(hash.finalize())
  }
}
