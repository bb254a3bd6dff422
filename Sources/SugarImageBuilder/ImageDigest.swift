import Crypto
public import SugarModel
import Synchronization

/// The digest of an image (`ChunkDigests`), taken while its bytes pass by, in any order and from
/// several threads. A class, because all of them add to it.
public final class ImageDigest: Sendable {
  private static let width = 32
  private let size: UInt64
  private let digests: Mutex<[UInt8]>
  private let zero = Array(
    SHA256.hash(data: [UInt8](repeating: 0, count: Int(ChunkDigests.chunkSize))))

  public init(size: ByteCount) {
    self.size = size.bytes
    let count = (size.bytes + ChunkDigests.chunkSize - 1) / ChunkDigests.chunkSize
    digests = Mutex([UInt8](repeating: 0, count: Int(count) * Self.width))
  }

  /// Bytes of the image at `place`, which begins a piece of 64 KiB; they end with one or with the
  /// image.
  public func add(_ bytes: UnsafeRawBufferPointer, at place: ByteCount) {
    var result: [UInt8] = []
    var start = 0
    while start < bytes.count {
      let end = min(start + Int(ChunkDigests.chunkSize), bytes.count)
      var hash = SHA256()
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      result += Array(hash.finalize())
      start = end
    }
    put(result, at: place)
  }

  /// The same for a run of zeros.
  public func addZeros(_ range: Range<UInt64>) {
    let whole = range.count / Int(ChunkDigests.chunkSize)
    let rest = range.count % Int(ChunkDigests.chunkSize)
    var result: [UInt8] = []
    for _ in 0..<whole { result += zero }
    if rest > 0 { result += Array(SHA256.hash(data: [UInt8](repeating: 0, count: rest))) }
    put(result, at: ByteCount(range.lowerBound))
  }

  private func put(_ result: [UInt8], at place: ByteCount) {
    let start = Int(place.bytes / ChunkDigests.chunkSize) * Self.width
    digests.withLock { $0.replaceSubrange(start..<start + result.count, with: result) }
  }

  /// The image's digest when every byte has passed.
  public var root: String { ChunkDigests(bytes: digests.withLock { $0 }).root }
}
