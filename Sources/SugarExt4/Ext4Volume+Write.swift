import CExt2fs
public import SugarModel

extension Ext4Volume {
  /// Creates the file, or replaces what stands at `path` when that is a file or a symbolic link.
  ///
  /// The folder must be there. A link at the end of the path is replaced, never written through.
  public borrowing func write(
    _ content: any Storage, to path: String, access: Ext4Access
  ) throws(Ext4Error) {
    let place = try placeToPut(path)
    let inode = try makeInode(in: place.directory, type: LINUX_S_IFREG, access, path)
    try fill(inode, with: content, path)
    try link(inode, place, type: EXT2_FT_REG_FILE, path)
  }

  /// Creates a symbolic link, or replaces a file or link by it.
  public borrowing func link(_ path: String, to target: String) throws(Ext4Error) {
    guard !target.isEmpty, !target.utf8.contains(0) else {
      throw Ext4Error(
        operation: "link", subject: path, reason: "a symbolic link must point somewhere")
    }
    let place = try placeToPut(path)
    var code = ext2fs_symlink(fs, place.directory, 0, place.name, target)
    if code == EXT2_ET_DIR_NO_SPACE {
      try check(ext2fs_expand_dir(fs, place.directory), "grow the folder of", path)
      code = ext2fs_symlink(fs, place.directory, 0, place.name, target)
    }
    try check(code, "link", path)
  }

  /// Makes the directory and those above it that are missing; the latter are root's, mode 0755.
  /// One that is there already gets `access` too, unless that is nil.
  public borrowing func makeDirectory(_ path: String, access: Ext4Access?) throws(Ext4Error) {
    var made = ""
    for part in try Self.parts(path) {
      made += "/" + part
      if let there = try find(made, followLast: true) {
        guard try readInode(there, made).isDirectory else {
          throw Ext4Error(
            operation: "make the directory", subject: made, reason: "something else stands there")
        }
      } else {
        try makeOneDirectory(made)
      }
    }
    if let access { try setAccess(access, of: path) }
  }

  /// Gives what `path` leads to another owner and mode.
  public borrowing func setAccess(_ access: Ext4Access, of path: String) throws(Ext4Error) {
    guard let number = try find(path, followLast: true) else { throw Self.missing(path) }
    var inode = try readInode(number, path)
    let wanted = inode.i_mode & UInt16(LINUX_S_IFMT) | access.mode
    let owner = UInt32(inode.i_uid) | UInt32(inode.osd2.linux2.l_i_uid_high) << 16
    let group = UInt32(inode.i_gid) | UInt32(inode.osd2.linux2.l_i_gid_high) << 16
    if wanted == inode.i_mode, owner == access.owner, group == access.group { return }
    inode.apply(access, type: Int32(inode.i_mode & UInt16(LINUX_S_IFMT)))
    try check(ext2fs_write_inode(fs, number, &inode), "change", path)
  }

  /// The folder and the name in it; what stood there is taken away.
  private borrowing func placeToPut(_ path: String) throws(Ext4Error) -> Place {
    let place = try place(of: path)
    if let old = try child(place.name, of: place.directory, path) {
      guard !(try readInode(old, path)).isDirectory else {
        throw Ext4Error(operation: "write", subject: path, reason: "a directory stands there")
      }
      try unlink(old, place, path)
    }
    return place
  }

  private borrowing func makeOneDirectory(_ path: String) throws(Ext4Error) {
    let place = try place(of: path)
    var code = ext2fs_mkdir(fs, place.directory, 0, place.name)
    if code == EXT2_ET_DIR_NO_SPACE {
      try check(ext2fs_expand_dir(fs, place.directory), "grow the folder of", path)
      code = ext2fs_mkdir(fs, place.directory, 0, place.name)
    }
    try check(code, "make the directory", path)
    try setAccess(Ext4Access(mode: 0o755), of: path)
  }

  /// A new inode without content. Time stamps come from the clock that the volume was opened with.
  private borrowing func makeInode(
    in directory: ext2_ino_t, type: Int32, _ access: Ext4Access, _ path: String
  ) throws(Ext4Error) -> ext2_ino_t {
    var number: ext2_ino_t = 0
    try check(
      ext2fs_new_inode(fs, directory, type | Int32(access.mode), nil, &number), "find an inode for",
      path)
    ext2fs_inode_alloc_stats2(fs, number, 1, 0)
    var inode = ext2_inode()
    inode.apply(access, type: type)
    inode.i_links_count = 1
    let now = UInt32(truncatingIfNeeded: Int(fs.pointee.now))
    (inode.i_atime, inode.i_ctime, inode.i_mtime) = (now, now, now)
    try check(ext2fs_write_new_inode(fs, number, &inode), "write the inode of", path)
    // Their header makes it a file that is mapped by extents; without it, it would be one of ext2.
    var handle: ext2_extent_handle_t?
    try check(ext2fs_extent_open2(fs, number, &inode, &handle), "map", path)
    ext2fs_extent_free(handle)
    try check(ext2fs_write_inode(fs, number, &inode), "write the inode of", path)
    return number
  }

  /// Gives the inode all its blocks at once and writes them in as few runs as they came in: block by
  /// block, libext2fs would write the inode anew for each. (lib/ext2fs/fallocate.c)
  private borrowing func fill(
    _ number: ext2_ino_t, with content: any Storage, _ path: String
  ) throws(Ext4Error) {
    guard content.size > .zero else { return }
    let blocks = content.size.roundedUp(to: ByteCount(blockSize)).bytes / UInt64(blockSize)
    try check(
      ext2fs_fallocate(fs, EXT2_FALLOCATE_FORCE_INIT, number, nil, .max, 0, blocks), "write", path)
    var inode = try readInode(number, path)
    try check(ext2fs_inode_size_set(fs, &inode, Int64(content.size.bytes)), "write", path)
    try check(ext2fs_write_inode(fs, number, &inode), "write", path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var done: UInt64 = 0
    while done < blocks {
      let limit = min(UInt64(buffer.count / blockSize), blocks - done)
      let run = try run(of: number, &inode, from: done, limit: limit, path)
      try copy(content, block: done, count: run.count, to: run.place, through: buffer, path)
      done += run.count
    }
  }

  /// Where a block of a file stands, and how many, at most `limit`, stand behind one another from
  /// there.
  private borrowing func run(
    of number: ext2_ino_t, _ inode: inout ext2_inode, from first: UInt64, limit: UInt64,
    _ path: String
  ) throws(Ext4Error) -> (place: UInt64, count: UInt64) {
    var place: UInt64 = 0
    try check(ext2fs_bmap2(fs, number, &inode, nil, 0, first, nil, &place), "map", path)
    guard place > 0 else {
      throw Ext4Error(operation: "write", subject: path, reason: "it was given no blocks")
    }
    var count: UInt64 = 1
    while count < limit {
      var next: UInt64 = 0
      try check(ext2fs_bmap2(fs, number, &inode, nil, 0, first + count, nil, &next), "map", path)
      guard next == place + count else { break }
      count += 1
    }
    return (place, count)
  }

  /// Writes `count` blocks of the content; the last one is filled up with zeros.
  private borrowing func copy(
    _ content: any Storage, block: UInt64, count: UInt64, to place: UInt64,
    through buffer: UnsafeMutableRawBufferPointer, _ path: String
  ) throws(Ext4Error) {
    let start = block * UInt64(blockSize)
    let held = Int(min(count * UInt64(blockSize), content.size.bytes - start))
    do {
      try content.read(
        at: ByteCount(start), into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<held]))
    } catch {
      throw Ext4Error(
        operation: "write", subject: path, reason: error.description, systemCode: error.code)
    }
    let filled = Int(count) * blockSize
    UnsafeMutableRawBufferPointer(rebasing: buffer[held..<filled])
      .initializeMemory(as: UInt8.self, repeating: 0)
    try check(
      io_channel_write_blk64(fs.pointee.io, place, Int32(count), buffer.baseAddress), "write", path)
  }

  /// Enters the inode under its name; a full directory grows.
  borrowing func link(
    _ inode: ext2_ino_t, _ place: Place, type: Int32, _ path: String
  ) throws(Ext4Error) {
    var code = ext2fs_link(fs, place.directory, place.name, inode, type)
    if code == EXT2_ET_DIR_NO_SPACE {
      try check(ext2fs_expand_dir(fs, place.directory), "grow the folder of", path)
      code = ext2fs_link(fs, place.directory, place.name, inode, type)
    }
    try check(code, "enter", path)
  }
}

extension ext2_inode {
  mutating func apply(_ access: Ext4Access, type: Int32) {
    i_mode = UInt16(type) | access.mode
    i_uid = UInt16(truncatingIfNeeded: access.owner)
    i_gid = UInt16(truncatingIfNeeded: access.group)
    osd2.linux2.l_i_uid_high = UInt16(access.owner >> 16)
    osd2.linux2.l_i_gid_high = UInt16(access.group >> 16)
  }
}
