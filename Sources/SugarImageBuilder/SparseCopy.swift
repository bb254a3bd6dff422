import SugarHost
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

extension FileStorage {
  /// Writes what is not zero; pages of zeros are left as holes of the new file.
  func writeSparse(at place: ByteCount, from bytes: UnsafeRawBufferPointer) throws(StorageError) {
    let page = 4096
    var start = 0
    while start < bytes.count {
      var end = start
      // Runs of pages with data are written in one call.
      while end < bytes.count {
        let next = min(end + page, bytes.count)
        if SparseCopy.isZero(UnsafeRawBufferPointer(rebasing: bytes[end..<next])) { break }
        end = next
      }
      if end > start {
        try write(
          at: place + ByteCount(start), from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      start = end > start ? end : min(end + page, bytes.count)
    }
  }

  /// The parts of the file that read as zeros because nothing was ever written there.
  func holes() throws(HostError) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    var last: UInt64 = 0
    for range in try dataRanges() {
      if range.lowerBound > last { result.append(last..<range.lowerBound) }
      last = range.upperBound
    }
    if last < size.bytes { result.append(last..<size.bytes) }
    return result
  }
}

/// Copies files without their holes.
enum SparseCopy {
  /// Compares the buffer with itself moved by one byte: equal and the first byte zero means all are
  /// zero.
  static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
    return bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
  }

  /// Copies what `source` holds; `target` must have its size already.
  static func copy(
    _ source: FileStorage, to target: FileStorage, progress: (Int) -> Void = { _ in }
  ) throws {
    try copy(source, 0..<source.size.bytes, to: target, at: .zero, progress: progress)
  }

  /// Copies what `source` holds in `range`, so that the range begins at `place` of `target`.
  static func copy(
    _ source: FileStorage, _ range: Range<UInt64>, to target: FileStorage, at place: ByteCount,
    progress: (Int) -> Void = { _ in }
  ) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    for data in try source.dataRanges() {
      var from = max(data.lowerBound, range.lowerBound)
      let end = min(data.upperBound, range.upperBound)
      while from < end {
        let count = Int(min(UInt64(buffer.count), end - from))
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count])
        try source.read(at: ByteCount(from), into: piece)
        try target.writeSparse(
          at: place + ByteCount(from - range.lowerBound), from: UnsafeRawBufferPointer(piece))
        progress(count)
        from += UInt64(count)
      }
    }
  }
}
