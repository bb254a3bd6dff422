import CExt2fs
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

extension Ext4Volume {
  static var root: ext2_ino_t { ext2_ino_t(EXT2_ROOT_INO) }
  /// As many links as Linux follows in one path. (path_resolution(7))
  private static var linkLimit: Int { 40 }

  /// What stands at `path`, or nil. A symbolic link at the end of the path is not followed.
  public borrowing func entry(at path: String) throws(Ext4Error) -> Ext4Entry? {
    guard let inode = try find(path, followLast: false) else { return nil }
    return try entry(of: inode, path)
  }

  /// What `path` leads to when links are followed to the end, or nil.
  public borrowing func target(of path: String) throws(Ext4Error) -> Ext4Entry? {
    guard let inode = try find(path, followLast: true) else { return nil }
    return try entry(of: inode, path)
  }

  /// The names in the directory at `path`, sorted, without `.` and `..`.
  public borrowing func list(_ path: String) throws(Ext4Error) -> [String] {
    guard let inode = try find(path, followLast: true) else { throw Self.missing(path) }
    var names: [String] = []
    try withUnsafeMutablePointer(to: &names) { (result) throws(Ext4Error) in
      try check(
        ext2fs_dir_iterate(fs, inode, 0, nil, collectName, result), "list", path)
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
  }

  static func missing(_ path: String) -> Ext4Error {
    Ext4Error(operation: "find", subject: path, reason: "there is no such file or directory")
  }

  /// The parts of an absolute path. Empty parts and `.` say nothing; `..` is refused in what we are
  /// asked for.
  static func parts(_ path: String) throws(Ext4Error) -> [String] {
    guard path.utf8.first == UInt8(ascii: "/") else {
      throw Ext4Error(operation: "find", subject: path, reason: "the path must start with '/'")
    }
    guard !path.utf8.contains(0) else {
      throw Ext4Error(operation: "find", subject: path, reason: "the path may not contain a NUL")
    }
    let parts = names(path)
    guard !parts.contains("..") else {
      throw Ext4Error(operation: "find", subject: path, reason: "the path may not contain '..'")
    }
    return parts
  }

  /// What stands between the slashes. They are looked for as scalars: a combining sign after a slash
  /// makes one character with it.
  private static func names(_ path: String) -> [String] {
    path.unicodeScalars.split(separator: "/").map(String.init).filter { $0 != "." }
  }

  /// The inode that `path` names, or nil. Links are followed inside the volume; one that climbs
  /// above its root is refused.
  borrowing func find(_ path: String, followLast: Bool) throws(Ext4Error) -> ext2_ino_t? {
    var todo = try Array(Self.parts(path).reversed())
    var trail = [Self.root]
    var links = 0
    while let part = todo.popLast() {
      if part == ".." {
        guard trail.count > 1 else {
          throw Ext4Error(
            operation: "find", subject: path,
            reason: "a symbolic link in it leaves the root of the image")
        }
        trail.removeLast()
        continue
      }
      guard let directory = trail.last, let inode = try child(part, of: directory, path) else {
        return nil
      }
      let attributes = try readInode(inode, path)
      guard attributes.isLink, followLast || !todo.isEmpty else {
        trail.append(inode)
        continue
      }
      links += 1
      guard links <= Self.linkLimit else {
        throw Ext4Error(operation: "find", subject: path, reason: "too many symbolic links")
      }
      let target = try linkTarget(inode, attributes, path)
      if target.utf8.first == UInt8(ascii: "/") { trail = [Self.root] }
      todo += Self.names(target).reversed()
    }
    return trail.last
  }

  /// The inode called `name` in a directory, or nil.
  borrowing func child(
    _ name: String, of directory: ext2_ino_t, _ path: String
  ) throws(Ext4Error) -> ext2_ino_t? {
    var inode: ext2_ino_t = 0
    let code = ext2fs_lookup(fs, directory, name, Int32(name.utf8.count), nil, &inode)
    if code == EXT2_ET_FILE_NOT_FOUND || code == EXT2_ET_NO_DIRECTORY { return nil }
    try check(code, "find", path)
    return inode
  }

  borrowing func readInode(_ inode: ext2_ino_t, _ path: String) throws(Ext4Error) -> ext2_inode {
    var result = ext2_inode()
    try check(ext2fs_read_inode(fs, inode, &result), "read the inode of", path)
    return result
  }

  /// Where a symbolic link points. Up to 59 bytes stand in the inode itself.
  /// (Documentation/filesystems/ext4/ifork.rst)
  borrowing func linkTarget(
    _ number: ext2_ino_t, _ inode: ext2_inode, _ path: String
  ) throws(Ext4Error) -> String {
    var inode = inode
    if ext2fs_is_fast_symlink(&inode) != 0 {
      return withUnsafeBytes(of: inode.i_block) { Self.text($0) }
    }
    return String(decoding: try readInode(number, limit: 4096, path), as: UTF8.self)
  }

  borrowing func entry(of number: ext2_ino_t, _ path: String) throws(Ext4Error) -> Ext4Entry {
    let inode = try readInode(number, path)
    let kind: Ext4Entry.Kind
    switch inode.i_mode & UInt16(LINUX_S_IFMT) {
    case UInt16(LINUX_S_IFREG): kind = .file
    case UInt16(LINUX_S_IFDIR): kind = .directory
    case UInt16(LINUX_S_IFLNK): kind = .symlink(target: try linkTarget(number, inode, path))
    default: kind = .special
    }
    return Ext4Entry(
      kind: kind, mode: inode.i_mode & 0o7777,
      owner: UInt32(inode.i_uid) | UInt32(inode.osd2.linux2.l_i_uid_high) << 16,
      group: UInt32(inode.i_gid) | UInt32(inode.osd2.linux2.l_i_gid_high) << 16,
      size: ByteCount(UInt64(inode.i_size) | UInt64(inode.i_size_high) << 32),
      modified: Int64(Int32(bitPattern: inode.i_mtime)), inode: number)
  }
}

extension ext2_inode {
  var isLink: Bool { i_mode & UInt16(LINUX_S_IFMT) == UInt16(LINUX_S_IFLNK) }
  var isDirectory: Bool { i_mode & UInt16(LINUX_S_IFMT) == UInt16(LINUX_S_IFDIR) }

  /// What a directory notes of the inode beside its name.
  var fileType: Int32 {
    switch Int32(i_mode) & LINUX_S_IFMT {
    case LINUX_S_IFREG: EXT2_FT_REG_FILE
    case LINUX_S_IFDIR: EXT2_FT_DIR
    case LINUX_S_IFLNK: EXT2_FT_SYMLINK
    case LINUX_S_IFCHR: EXT2_FT_CHRDEV
    case LINUX_S_IFBLK: EXT2_FT_BLKDEV
    case LINUX_S_IFIFO: EXT2_FT_FIFO
    case LINUX_S_IFSOCK: EXT2_FT_SOCK
    default: EXT2_FT_UNKNOWN
    }
  }
}

/// Called by libext2fs for every name in a directory.
private func collectName(
  _ entry: UnsafeMutablePointer<ext2_dir_entry>?, _ offset: Int32, _ blockSize: Int32,
  _ buffer: UnsafeMutablePointer<CChar>?, _ result: UnsafeMutableRawPointer?
) -> Int32 {
  guard let entry, let names = result?.assumingMemoryBound(to: [String].self) else { return 0 }
  // The upper byte of the length holds the file type. (ext2fs_dirent_name_len)
  let length = Int(entry.pointee.name_len & 0xff)
  let start = UnsafeRawPointer(entry) + 8
  names.pointee.append(
    String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self))
  return 0
}
