import Crypto
import Dispatch
import SugarHost
import SugarModel
import Synchronization

/// The digests of an image's pieces of 64 KiB, and of the whole image as the digest of these
/// digests.
///
/// The image's digest can be known for a node without reading the image: only the pieces in which a
/// block changed are hashed again, the others are the base's. `verify` computes it from every byte.
struct ChunkDigests: Sendable {
  static let chunkSize: UInt64 = 65536
  private static let width = 32

  /// One after the other, 32 bytes each.
  private(set) var bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count / Self.width }

  /// SHA-256 over all digests, 64 hex digits.
  var root: String { Checksum.sha256(bytes) }

  /// Reads the whole image on several cores. Pieces inside the holes of a sparse file are not read:
  /// they are zeros.
  init(of storage: any Storage, holes: [Range<UInt64>] = [], workers: Int) throws(StorageError) {
    let size = storage.size.bytes
    let total = Int((size + Self.chunkSize - 1) / Self.chunkSize)
    let zero = Array(SHA256.hash(data: [UInt8](repeating: 0, count: Int(Self.chunkSize))))
    let result = Mutex([UInt8](repeating: 0, count: total * Self.width))
    let failure = Mutex<StorageError?>(nil)
    let next = Mutex(0)
    let batch = 64
    DispatchQueue.concurrentPerform(iterations: max(1, workers)) { _ in
      let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Int(Self.chunkSize), alignment: 4096)
      defer { buffer.deallocate() }
      while true {
        let first = next.withLock { value in
          defer { value += batch }
          return value
        }
        guard first < total, failure.withLock({ $0 == nil }) else { return }
        var digests: [UInt8] = []
        do throws(StorageError) {
          for chunk in first..<min(first + batch, total) {
            let range = Self.range(chunk, size)
            let isHole = range.count == Int(Self.chunkSize) && Self.contains(holes, range)
            digests += isHole ? zero : try Self.digest(storage, range, buffer)
          }
        } catch {
          failure.withLock { $0 = $0 ?? error }
          return
        }
        result.withLock {
          $0.replaceSubrange(first * Self.width..<first * Self.width + digests.count, with: digests)
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    bytes = result.withLock { $0 }
  }

  /// Hashes again the pieces that hold one of `blocks` (of 4 KiB).
  mutating func update(_ storage: any Storage, changedBlocks blocks: [UInt64]) throws(StorageError)
  {
    let perChunk = Self.chunkSize / UInt64(OverlayStorage.blockSize)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(Self.chunkSize), alignment: 4096)
    defer { buffer.deallocate() }
    var last: UInt64?
    for block in blocks where block / perChunk != last {
      let chunk = block / perChunk
      last = chunk
      let digest = try Self.digest(storage, Self.range(Int(chunk), storage.size.bytes), buffer)
      bytes.replaceSubrange(Int(chunk) * Self.width..<(Int(chunk) + 1) * Self.width, with: digest)
    }
  }

  /// The numbers of the pieces in which two images differ.
  func differences(from other: ChunkDigests) -> [Int] {
    (0..<max(count, other.count)).filter { chunk in
      let range = chunk * Self.width..<(chunk + 1) * Self.width
      guard range.upperBound <= bytes.count, range.upperBound <= other.bytes.count else {
        return true
      }
      return bytes[range] != other.bytes[range]
    }
  }

  /// Whether two images have the same bytes in all pieces that `range` touches.
  func isSame(as other: ChunkDigests, in range: Range<UInt64>) -> Bool {
    guard !range.isEmpty else { return true }
    let first = Int(range.lowerBound / Self.chunkSize) * Self.width
    let end = Int((range.upperBound - 1) / Self.chunkSize + 1) * Self.width
    guard end <= bytes.count, end <= other.bytes.count else { return false }
    return bytes[first..<end] == other.bytes[first..<end]
  }

  /// Whether these are the bytes of that piece.
  func isDigest(ofChunk chunk: Int, _ content: UnsafeRawBufferPointer) -> Bool {
    var hash = SHA256()
    hash.update(bufferPointer: content)
    return bytes[chunk * Self.width..<(chunk + 1) * Self.width].elementsEqual(hash.finalize())
  }

  static func range(_ chunk: Int, _ size: UInt64) -> Range<UInt64> {
    let start = UInt64(chunk) * chunkSize
    return start..<min(start + chunkSize, size)
  }

  private static func contains(_ holes: [Range<UInt64>], _ range: Range<UInt64>) -> Bool {
    var low = 0
    var high = holes.count
    while low < high {
      let middle = (low + high) / 2
      if holes[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < holes.count && holes[low].lowerBound <= range.lowerBound
      && holes[low].upperBound >= range.upperBound
  }

  private static func digest(
    _ storage: any Storage, _ range: Range<UInt64>, _ buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) -> [UInt8] {
    let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<range.count])
    try storage.read(at: ByteCount(range.lowerBound), into: piece)
    var hash = SHA256()
    hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
    return Array(hash.finalize())
  }
}
