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
    let spare = Mutex<[ZstdBench]>([])
    try InOrder.run(
      count, workers: workers,
      make: { (number) throws(ArchiveError) -> [UInt8] in
        let start = UInt64(number) * frameSize
        let bench: ZstdBench
        if let idle = spare.withLock({ $0.popLast() }) {
          bench = idle
        } else {
          bench = try ZstdBench(name)
        }
        defer { spare.withLock { $0.append(bench) } }
        return try bench.frame(start..<min(start + frameSize, size), of: image)
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

  /// The release of libzstd that does the work.
  public static var libraryVersion: String { String(cString: ZSTD_versionString()) }
}

/// What is needed to make a frame, used again for the next one: to ask for so much memory so often, on
/// several threads, leaves the process with many times as much.
///
/// A class that may go from thread to thread, which the compiler cannot see (`@unchecked`): `spare` lends it to one thread
/// at a time, and its lock orders what one thread did before what the next one does.
private final class ZstdBench: @unchecked Sendable {
  private let name: String
  private let context: OpaquePointer
  private let content: UnsafeMutableRawBufferPointer
  private let packed: UnsafeMutableRawBufferPointer

  init(_ name: String) throws(ArchiveError) {
    guard let context = ZSTD_createCCtx() else {
      throw ArchiveError(operation: "pack", subject: name, reason: "there is not enough memory")
    }
    self.name = name
    self.context = context
    content = .allocate(byteCount: Int(ZstdWriter.frameSize), alignment: 4096)
    packed = .allocate(byteCount: ZSTD_compressBound(content.count), alignment: 4096)
    try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZstdWriter.level))
    try check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
  }

  deinit {
    ZSTD_freeCCtx(context)
    content.deallocate()
    packed.deallocate()
  }

  func frame(_ range: Range<UInt64>, of image: any Storage) throws(ArchiveError) -> [UInt8] {
    do throws(StorageError) {
      try image.read(
        at: ByteCount(range.lowerBound),
        into: UnsafeMutableRawBufferPointer(rebasing: content[0..<range.count]))
    } catch {
      throw ArchiveError(storage: error)
    }
    let size = ZSTD_compress2(
      context, packed.baseAddress, packed.count, content.baseAddress, range.count)
    try check(size)
    return [UInt8](packed[0..<size])
  }

  private func check(_ result: Int) throws(ArchiveError) {
    guard ZSTD_isError(result) != 0 else { return }
    throw ArchiveError(
      operation: "pack", subject: name, reason: String(cString: ZSTD_getErrorName(result)))
  }
}
