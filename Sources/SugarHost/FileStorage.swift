import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// The bytes of a file or block device. It is a class because it owns a descriptor that several
/// editors share.
public final class FileStorage: Storage {
  public enum Mode: Hashable, Sendable {
    case read
    case readWrite
    /// Makes the file, or empties it. Only its owner may read it.
    case create
    /// A file that is there, to be made longer.
    case append
    /// A disk for ourselves alone, past the kernel's own copies: places, lengths and buffers are
    /// multiples of its sectors. (open(2), O_EXCL, O_DIRECT)
    case direct
  }

  public let path: String
  let descriptor: Int32
  private let fixedSize: ByteCount?

  /// Opens `path`. With `.create` and `.append` it grows with every write; otherwise it keeps its
  /// size.
  public init(_ path: String, _ mode: Mode) throws(HostError) {
    let flags: Int32 =
      switch mode {
      case .read: O_RDONLY
      case .readWrite, .append: O_RDWR
      case .create: O_RDWR | O_CREAT | O_TRUNC
      case .direct: 0
      }
    descriptor = try retrying("open", path) {
      mode == .direct ? clinux_open_direct(path) : clinux_open(path, flags, 0o600)
    }
    self.path = path
    guard mode != .create, mode != .append else {
      fixedSize = nil
      return
    }
    fixedSize = try Self.measure(descriptor, path)
  }

  /// A file or device that somebody else opened. The descriptor is this storage's from here on.
  public init(adopting descriptor: Int32, path: String) throws(HostError) {
    self.descriptor = descriptor
    self.path = path
    fixedSize = try Self.measure(descriptor, path)
  }

  /// Closes the descriptor when it cannot.
  private static func measure(_ descriptor: Int32, _ path: String) throws(HostError) -> ByteCount {
    let end = lseek(descriptor, 0, SEEK_END)
    let code = errno
    guard end >= 0 else {
      close(descriptor)
      throw .system("measure", path, code)
    }
    return ByteCount(UInt64(end))
  }

  deinit { close(descriptor) }

  public var size: ByteCount { fixedSize ?? ByteCount(UInt64(Int64.max)) }

  public func read(at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer)
    throws(StorageError)
  {
    try checkEdges("read", at: place, count: buffer.count, of: path)
    var done = 0
    while done < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
        off_t(place.bytes) + off_t(done))
      let code = errno
      if got < 0, code == EINTR { continue }
      guard got >= 0 else { throw failure("read", code) }
      guard got > 0 else {
        throw StorageError(
          operation: "read", subject: path,
          reason: "it ends before byte \(place.bytes + UInt64(buffer.count))")
      }
      done += got
    }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    try checkEdges("write", at: place, count: buffer.count, of: path)
    var done = 0
    while done < buffer.count {
      let put = pwrite(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
        off_t(place.bytes) + off_t(done))
      let code = errno
      if put < 0, code == EINTR { continue }
      guard put >= 0 else { throw failure("write", code) }
      done += put
    }
  }

  private func failure(_ operation: String, _ code: Int32) -> StorageError {
    StorageError(operation: operation, subject: path, reason: HostError.words(code), code: code)
  }

  /// Makes the file `size` long; what is added reads as zeros and takes no room. (ftruncate(2))
  public func resize(to size: ByteCount) throws(HostError) {
    try retrying("resize", path) { ftruncate(descriptor, off_t(size.bytes)) }
  }

  /// Comes back when the bytes are on the medium. (fsync(2))
  public func synchronize() throws(HostError) {
    try retrying("write out", path) { fsync(descriptor) }
  }

  /// Comes back when the bytes can be read again after a power cut; other facts about the file may
  /// not be. (fdatasync(2))
  func synchronizeData() throws(HostError) {
    try retrying("write out", path) { fdatasync(descriptor) }
  }

  /// Removes the name, so that the file goes with its last descriptor.
  public func unlink() throws(HostError) {
    try retrying("remove", path) { Glibc.unlink(path) }
  }

  /// The parts of the file that hold data, in order; what lies between reads as zeros. (lseek(2),
  /// SEEK_DATA)
  public func dataRanges() throws(HostError) -> [Range<UInt64>] {
    let end = try retrying("measure", path) { lseek(descriptor, 0, SEEK_END) }
    var ranges: [Range<UInt64>] = []
    var position: Int64 = 0
    while position < end {
      let start = clinux_seek_data(descriptor, Int64(position))
      let code = errno
      if start < 0 {
        if code == ENXIO { break }
        throw .system("find the holes of", path, code)
      }
      let stop = try retrying("find the holes of", path) { clinux_seek_hole(descriptor, start) }
      ranges.append(UInt64(start)..<UInt64(stop))
      position = stop
    }
    return ranges
  }

  /// Makes this file share all blocks of `source`; false where the file system cannot.
  public func clone(_ source: FileStorage) -> Bool {
    clinux_clone(descriptor, source.descriptor) == 0
  }
}

extension FileStorage {
  /// Drops what the kernel holds in memory of the device or file, so that the next read sees the
  /// medium. What has not been written yet stays. (BLKFLSBUF, posix_fadvise(2))
  public func forget() {
    if clinux_forget_buffers(descriptor) != 0 {
      posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
  }

  /// Makes a part of a disk zeros; the kernel promises that they are read afterwards. (BLKZEROOUT)
  public func zeroOut(_ range: Range<UInt64>) throws(HostError) {
    try retrying("clear", path) {
      clinux_zero_out(descriptor, range.lowerBound, UInt64(range.count))
    }
  }

  /// Tells a disk that a part of it holds nothing of use any more; false where it cannot be told.
  /// What is read there afterwards is not known. (BLKDISCARD)
  public func discard(_ range: Range<UInt64>) -> Bool {
    clinux_discard(descriptor, range.lowerBound, UInt64(range.count)) == 0
  }

  /// What `.direct` asks for beside reading and writing, for somebody who opens in our place.
  public static var directFlags: Int32 { clinux_direct_flags() }

  /// For libraries that want a descriptor. It must not be kept.
  public func withDescriptor<Result>(_ body: (Int32) throws -> Result) rethrows -> Result {
    try body(descriptor)
  }
}
