import CLibArchive
import CLzma
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// A packed file that libarchive reads from start to end: gzip, zstd, bzip2, lz4, or a zip with one
/// image in it.
public struct ArchiveReader: ~Copyable {
  private let handle: OpaquePointer
  /// What a gzip file says of its content: libarchive reads past it.
  private var trailer: GzipTrailer?

  /// The last eight bytes of a gzip file. (RFC 1952, section 2.3)
  private struct GzipTrailer: Equatable {
    var checksum: UInt32
    /// Of the content, modulo 2³².
    var size: UInt32
  }

  private init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { archive_read_free(handle) }

  /// Opens `path` and goes to the only regular file in it.
  public static func open(_ path: String) throws(ArchiveError) -> ArchiveReader {
    guard let handle = archive_read_new() else {
      throw ArchiveError(operation: "open", subject: path, reason: "there is not enough memory")
    }
    var reader = ArchiveReader(owning: handle)
    try reader.check(archive_read_support_filter_all(handle), "open", path)
    try reader.check(archive_read_support_format_zip(handle), "open", path)
    try reader.check(archive_read_support_format_raw(handle), "open", path)
    try reader.check(archive_read_open_filename(handle, path, 1 << 18), "open", path)
    try reader.goToFile(path)
    // What no filter knows would be handed out as it is, still packed.
    guard archive_format(handle) != ARCHIVE_FORMAT_RAW || archive_filter_count(handle) > 1 else {
      throw ArchiveError(
        operation: "open", subject: path, reason: "it is damaged or cut short at its start")
    }
    if archive_filter_code(handle, 0) == ARCHIVE_FILTER_GZIP {
      reader.trailer = try gzipTrailer(path)
    }
    return reader
  }

  /// Goes to the first regular file; folders before it hold nothing themselves.
  private func goToFile(_ path: String) throws(ArchiveError) {
    var entry: OpaquePointer?
    repeat {
      let code = archive_read_next_header(handle, &entry)
      guard code != ARCHIVE_EOF else {
        throw ArchiveError(operation: "open", subject: path, reason: "it holds no file")
      }
      try check(code, "open", path)
    } while archive_entry_filetype(entry) == S_IFDIR
  }

  private static func gzipTrailer(_ path: String) throws(ArchiveError) -> GzipTrailer {
    var bytes = [UInt8](repeating: 0, count: 8)
    guard let file = fopen(path, "rbe") else {
      let code = errno
      throw ArchiveError(
        operation: "open", subject: path, reason: String(cString: strerror(code)), code: code)
    }
    defer { fclose(file) }
    guard fseek(file, -8, SEEK_END) == 0, fread(&bytes, 1, 8, file) == 8 else {
      throw ArchiveError(operation: "open", subject: path, reason: "it is cut short")
    }
    let word = { (start: Int) in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
    return GzipTrailer(checksum: word(0), size: word(4))
  }

  /// Hands the content to `body`, a piece at a time. Gaps of a sparse entry come as they are: with
  /// a later place.
  public func read(
    _ path: String, into body: (ByteCount, UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(ArchiveError) -> ByteCount {
    var end = ByteCount.zero
    var checksum: UInt32 = 0
    while true {
      var start: UnsafeRawPointer?
      var count = 0
      var place: Int64 = 0
      let code = archive_read_data_block(handle, &start, &count, &place)
      if code == ARCHIVE_EOF { break }
      try check(code, "unpack", path)
      guard place >= 0 else {
        throw ArchiveError(operation: "unpack", subject: path, reason: "it is damaged")
      }
      do {
        try body(ByteCount(UInt64(place)), UnsafeRawBufferPointer(start: start, count: count))
      } catch {
        throw ArchiveError(
          operation: "unpack", subject: path, reason: error.description, code: error.code)
      }
      end = ByteCount(UInt64(place)) + ByteCount(count)
      if trailer != nil {
        checksum = lzma_crc32(start?.assumingMemoryBound(to: UInt8.self), count, checksum)
      }
    }
    let found = GzipTrailer(checksum: checksum, size: UInt32(truncatingIfNeeded: end.bytes))
    if let trailer, trailer != found {
      throw ArchiveError(
        operation: "unpack", subject: path,
        reason: "its checksum does not fit: it is damaged, or has several parts")
    }
    var entry: OpaquePointer?
    if archive_read_next_header(handle, &entry) == ARCHIVE_OK {
      throw ArchiveError(operation: "unpack", subject: path, reason: "it holds more than one file")
    }
    return end
  }

  /// Warnings count as errors: a base that libarchive doubts is no base.
  private func check(_ code: Int32, _ operation: String, _ path: String) throws(ArchiveError) {
    guard code != ARCHIVE_OK else { return }
    let words =
      archive_error_string(handle).map { String(cString: $0) } ?? "libarchive gave result \(code)"
    throw ArchiveError(operation: operation, subject: path, reason: words, code: code)
  }
}
