import CZstd
public import SugarModel
import Synchronization

/// Packs an image as `.zst`: frames of one piece each, made on all cores, the same bytes for any number
/// of them. Each frame says its size and has a checksum. (RFC 8878, section 3.1.1)
public enum ZstdWriter {
  /// Bytes of the image in each frame.
  static let frameSize: UInt64 = 8 << 20
  /// What `zstd` takes when it is told nothing.
  static let level: Int32 = 3

  /// - Parameters:
  ///   - image: what is packed; asked for by several threads at once.
  ///   - name: the new file, for messages.
  ///   - progress: told how many more bytes of the image are done, each time.
  public static func write(
    _ image: any Storage, to output: any Storage, name: String, workers: Int,
    progress: @Sendable (ByteCount) -> Void
  ) throws(ArchiveError) {
    let size = image.size.bytes
    let place = Mutex(ByteCount.zero)
    // An empty file has one frame, too.
    let count = max(1, Int((size + frameSize - 1) / frameSize))
    try InOrder.run(
      count, workers: workers,
      make: { (number) throws(ArchiveError) -> [UInt8] in
        let start = UInt64(number) * frameSize
        return try frame(start..<min(start + frameSize, size), of: image, name)
      },
      take: { (number, bytes) throws(ArchiveError) in
        let start = place.withLock { place in
          defer { place += ByteCount(bytes.count) }
          return place
        }
        do throws(StorageError) {
          try output.write(bytes, at: start)
        } catch {
          throw ArchiveError(storage: error)
        }
        progress(ByteCount(min(frameSize, size - UInt64(number) * frameSize)))
      })
  }

  private static func frame(
    _ range: Range<UInt64>, of image: any Storage, _ name: String
  ) throws(ArchiveError) -> [UInt8] {
    guard let context = ZSTD_createCCtx() else {
      throw ArchiveError(operation: "pack", subject: name, reason: "there is not enough memory")
    }
    defer { ZSTD_freeCCtx(context) }
    try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level), name)
    try check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1), name)
    return try image.withContent(of: range) { (content) throws(ArchiveError) in
      let room = ZSTD_compressBound(content.count)
      var result = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        result = ZSTD_compress2(
          context, buffer.baseAddress, room, content.baseAddress, content.count)
        count = ZSTD_isError(result) == 0 ? result : 0
      }
      try check(result, name)
      return bytes
    }
  }

  private static func check(_ result: Int, _ name: String) throws(ArchiveError) {
    guard ZSTD_isError(result) != 0 else { return }
    throw ArchiveError(
      operation: "pack", subject: name, reason: String(cString: ZSTD_getErrorName(result)))
  }

  /// The release of libzstd that does the work.
  public static var libraryVersion: String { String(cString: ZSTD_versionString()) }
}
