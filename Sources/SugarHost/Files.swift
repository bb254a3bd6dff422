import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// What the file system says of a path.
public struct FileStatus: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case file, directory, symlink, device, other }
  public var kind: Kind
  public var size: ByteCount
  /// What it takes of the disk: less than its size when it has holes. (stat(2), st_blocks)
  public var allocated: ByteCount
  public var mode: UInt32
  /// Seconds since 1970 at which its content was last changed.
  public var modified: Int64
  /// Which file it is, and in which state: changes whenever the file does.
  public var fingerprint: String

  fileprivate init(_ info: stat) {
    kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .symlink
      case S_IFBLK: .device
      default: .other
      }
    let time = info.st_mtim
    size = ByteCount(UInt64(info.st_size))
    allocated = ByteCount(UInt64(info.st_blocks) * 512)
    mode = info.st_mode & 0o7777
    modified = Int64(time.tv_sec)
    fingerprint = "\(info.st_dev):\(info.st_ino):\(info.st_size):\(time.tv_sec).\(time.tv_nsec)"
  }
}

/// Files and folders of this machine.
public enum Files {
  /// nil when nothing stands there. A symbolic link is not followed unless asked. (lstat(2))
  public static func status(_ path: String, followLinks: Bool = false) throws(HostError)
    -> FileStatus?
  {
    var info = stat()
    let result = followLinks ? stat(path, &info) : lstat(path, &info)
    let code = errno
    guard result == 0 else {
      if code == ENOENT || code == ENOTDIR { return nil }
      throw .system("look at", path, code)
    }
    return FileStatus(info)
  }

  public static func exists(_ path: String) throws(HostError) -> Bool {
    try status(path, followLinks: true) != nil
  }

  /// The whole file; throws when it is longer than `limit`.
  public static func read(_ path: String, limit: ByteCount = .mib(16)) throws(HostError) -> [UInt8]
  {
    let descriptor = try retrying("open", path) { clinux_open(path, O_RDONLY, 0) }
    defer { close(descriptor) }
    var info = stat()
    let isSized = fstat(descriptor, &info) == 0 && info.st_size > 0
    let expected = isSized ? min(Int(info.st_size), Int(limit.bytes)) : 0
    var failure: HostError?
    var result = [UInt8](unsafeUninitializedCapacity: expected) { (buffer, count) in
      do throws(HostError) {
        while count < expected {
          let rest = UnsafeMutableBufferPointer(rebasing: buffer[count..<expected])
          let got = try retrying("read", path) {
            Glibc.read(descriptor, rest.baseAddress, rest.count)
          }
          if got == 0 { break }
          count += got
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    // What is larger than it said, as the files of /proc are.
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let got = try retrying("read", path) {
        Glibc.read(descriptor, piece.baseAddress, piece.count)
      }
      if got == 0 { return result }
      result.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[0..<got]))
      guard result.count <= limit.bytes else {
        throw HostError(operation: "read", subject: path, reason: "it is larger than \(limit)")
      }
    }
  }

  /// The names in a folder, sorted, without `.` and `..`.
  public static func list(_ path: String) throws(HostError) -> [String] {
    guard let folder = opendir(path) else { throw .system("list", path, errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Where a symbolic link points. (readlink(2))
  public static func linkTarget(_ path: String) throws(HostError) -> String {
    var buffer = [CChar](repeating: 0, count: 4097)
    let count = try retrying("read the link", path) { readlink(path, &buffer, 4096) }
    return String(decoding: buffer[0..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Makes a symbolic link. (symlink(2))
  public static func makeLink(_ path: String, to target: String) throws(HostError) {
    try retrying("link", path) { symlink(target, path) }
  }

  /// Makes a folder and those above it that are missing, all with `mode`. One that is there stays
  /// as it is.
  public static func makeDirectory(_ path: String, mode: UInt32 = 0o777) throws(HostError) {
    if let there = try status(path, followLinks: true) {
      guard there.kind == .directory else {
        throw HostError(
          operation: "make the folder", subject: path, reason: "something else stands there")
      }
      return
    }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeDirectory(String(path[..<slash]), mode: mode)
    }
    if mkdir(path, mode) != 0 {
      let code = errno
      if code != EEXIST { throw .system("make the folder", path, code) }
    }
  }

  /// Writes a file so that at any moment the old or the new content is there: beside it, flushed,
  /// renamed. (rename(2)) Without a mode it gets the one that its file system gives: FAT has none.
  public static func write(_ content: [UInt8], to path: String, mode: UInt32?) throws(HostError) {
    let partial = partialName(path)
    let file = try FileStorage(partial, .create)
    do {
      try file.write(content, at: .zero)
    } catch {
      try? remove(partial)
      throw HostError(operation: "write", subject: path, reason: error.reason, code: error.code)
    }
    if let mode { try file.setMode(mode) }
    try file.synchronize()
    try retrying("rename", partial) { Glibc.rename(partial, path) }
    // FAT keeps size and place of a file beside its name, and a new name has none until the file is
    // written out once more. (Linux, fs/fat/namei_vfat.c, vfat_rename)
    try file.synchronize()
    try synchronizeFolder(of: path)
  }

  /// Where a file is written before it gets its own name: beside it, hidden. A later run finds and
  /// replaces it.
  public static func partialName(_ path: String) -> String {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return path[..<slash] + ".\(path[slash...]).partial"
  }

  /// Gives a file its final name and makes that last through a power cut.
  public static func rename(_ path: String, to final: String) throws(HostError) {
    try retrying("rename", path) { Glibc.rename(path, final) }
    try synchronizeFolder(of: final)
  }

  /// The folder that a path is in.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  static func synchronizeFolder(of path: String) throws(HostError) {
    let folder = folder(of: path)
    let descriptor = try retrying("open", folder) { clinux_open(folder, O_RDONLY | O_DIRECTORY, 0) }
    defer { close(descriptor) }
    try retrying("write out", folder) { fsync(descriptor) }
  }

  /// Removes a file. One that is not there is no error.
  public static func remove(_ path: String) throws(HostError) {
    if Glibc.unlink(path) != 0 {
      let code = errno
      if code != ENOENT { throw .system("remove", path, code) }
    }
  }

  /// Removes a folder with all that is in it. Links are removed, not followed.
  public static func removeTree(_ path: String) throws(HostError) {
    guard let there = try status(path) else { return }
    guard there.kind == .directory else { return try remove(path) }
    for name in try list(path) { try removeTree(path + "/" + name) }
    try retrying("remove", path) { rmdir(path) }
  }

  /// What a file, or a folder with all that is in it, takes of the disk. Links are not followed; what
  /// goes while it is looked at does not count.
  public static func allocated(_ path: String) throws(HostError) -> ByteCount {
    guard let there = try status(path) else { return .zero }
    guard there.kind == .directory else { return there.allocated }
    var sum = there.allocated
    do throws(HostError) {
      for name in try list(path) { sum += try allocated(path + "/" + name) }
    } catch {
      if error.code != ENOENT { throw error }
    }
    return sum
  }

  public static func setMode(_ mode: UInt32, of path: String) throws(HostError) {
    try retrying("change the mode of", path) { chmod(path, mode) }
  }
}

extension FileStorage {
  /// What the system says of the file that is open, wherever its name leads by now. (fstat(2))
  public func status() throws(HostError) -> FileStatus {
    var info = stat()
    try retrying("look at", path) { fstat(descriptor, &info) }
    return FileStatus(info)
  }

  public func setMode(_ mode: UInt32) throws(HostError) {
    try retrying("change the mode of", path) { fchmod(descriptor, mode) }
  }
}
