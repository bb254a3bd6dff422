import CLibArchive
public import SugarModel

/// A packed file that libarchive reads from start to end: gzip, zstd, bzip2, lz4, or a zip with one
/// image in it.
public struct ArchiveReader: ~Copyable {
  private let handle: OpaquePointer

  private init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { archive_read_free(handle) }

  /// Opens `path` and goes to the only regular file in it.
  public static func open(_ path: String) throws(ArchiveError) -> ArchiveReader {
    guard let handle = archive_read_new() else {
      throw ArchiveError(operation: "open", subject: path, reason: "there is not enough memory")
    }
    let reader = ArchiveReader(owning: handle)
    try reader.check(archive_read_support_filter_all(handle), "open", path)
    try reader.check(archive_read_support_format_zip(handle), "open", path)
    try reader.check(archive_read_support_format_raw(handle), "open", path)
    try reader.check(archive_read_open_filename(handle, path, 1 << 18), "open", path)
    var entry: OpaquePointer?
    try reader.check(archive_read_next_header(handle, &entry), "open", path)
    return reader
  }

  /// Hands the content to `body`, a piece at a time. Gaps of a sparse entry come as they are: with
  /// a later place.
  public func read(
    _ path: String, into body: (ByteCount, UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(ArchiveError) -> ByteCount {
    var end = ByteCount.zero
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
