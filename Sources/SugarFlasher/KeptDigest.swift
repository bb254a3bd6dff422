import Crypto
import SugarModel

/// The digest of a part of a disk that is to stay: of every byte up to 32 GiB, of 4096 samples of 64
/// KiB of what is larger.
enum KeptDigest {
  static let whole = ByteCount.gib(32)
  private static let (samples, piece): (UInt64, Int) = (4096, 1 << 16)

  static func take(_ range: Range<UInt64>, on device: any FlashDevice) throws(StorageError)
    -> String
  {
    var hash = SHA256()
    let buffer = AlignedBuffer(1 << 20)
    let isWhole = range.count <= whole.bytes
    let size = isWhole ? buffer.bytes.count : Self.piece
    let step = isWhole ? UInt64(size) : UInt64(range.count) / samples / 4096 * 4096
    var place = range.lowerBound
    while place < range.upperBound {
      let count = Int(min(UInt64(size), range.upperBound - place))
      let piece = buffer.prefix(count)
      try device.read(at: ByteCount(place), into: piece)
      hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
      place += step
    }
    return Hex.text(hash.finalize())
  }
}
