import CExt2fs
import SugarModel

extension Ext4Volume {
  /// A directory and a name in it, which need not be there.
  struct Place {
    var directory: ext2_ino_t
    var name: String
  }

  /// Where `path` stands or would stand. Links in the folders above are followed inside the volume.
  borrowing func place(of path: String) throws(Ext4Error) -> Place {
    let parts = try Self.parts(path)
    guard let name = parts.last else {
      throw Ext4Error(operation: "change", subject: path, reason: "it is the root of the volume")
    }
    guard name.utf8.count <= 255 else {
      throw Ext4Error(
        operation: "change", subject: path, reason: "its name has more than 255 bytes")
    }
    let folder = "/" + parts.dropLast().joined(separator: "/")
    guard let directory = try find(folder, followLast: true) else { throw Self.missing(folder) }
    guard try readInode(directory, folder).isDirectory else {
      throw Ext4Error(operation: "change", subject: path, reason: "'\(folder)' is not a directory")
    }
    return Place(directory: directory, name: name)
  }

  /// Takes a file, a symbolic link or an empty directory away. False when nothing was there.
  @discardableResult
  public borrowing func remove(_ path: String) throws(Ext4Error) -> Bool {
    guard
      try find("/" + Self.parts(path).dropLast().joined(separator: "/"), followLast: true) != nil
    else { return false }
    let place = try place(of: path)
    guard let inode = try child(place.name, of: place.directory, path) else { return false }
    guard try readInode(inode, path).isDirectory else {
      try unlink(inode, place, path)
      return true
    }
    guard try list(path).isEmpty else {
      throw Ext4Error(operation: "remove", subject: path, reason: "the directory is not empty")
    }
    try removeDirectory(inode, place, path)
    return true
  }

  /// Gives a file or directory another name in the same folder.
  public borrowing func rename(_ path: String, to name: String) throws(Ext4Error) {
    let old = try place(of: path)
    guard let inode = try child(old.name, of: old.directory, path) else { throw Self.missing(path) }
    guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= 255,
      !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
    else {
      throw Ext4Error(operation: "rename", subject: path, reason: "'\(name)' is no file name")
    }
    let new = Place(directory: old.directory, name: name)
    guard try child(name, of: old.directory, path) == nil else {
      throw Ext4Error(operation: "rename", subject: path, reason: "'\(name)' is there already")
    }
    try link(inode, new, type: readInode(inode, path).fileType, path)
    try check(ext2fs_unlink(fs, old.directory, old.name, inode, 0), "rename", path)
  }

  /// Takes one name of a file away, and the file itself when it was the last.
  borrowing func unlink(_ number: ext2_ino_t, _ place: Place, _ path: String) throws(Ext4Error) {
    try check(ext2fs_unlink(fs, place.directory, place.name, number, 0), "remove", path)
    var inode = try readInode(number, path)
    inode.i_links_count -= min(1, inode.i_links_count)
    try release(number, &inode, isDirectory: false, path)
  }

  private borrowing func removeDirectory(
    _ number: ext2_ino_t, _ place: Place, _ path: String
  ) throws(Ext4Error) {
    try check(ext2fs_unlink(fs, place.directory, place.name, number, 0), "remove", path)
    var parent = try readInode(place.directory, path)
    parent.i_links_count -= parent.i_links_count > 1 ? 1 : 0
    try check(ext2fs_write_inode(fs, place.directory, &parent), "remove", path)
    var inode = try readInode(number, path)
    inode.i_links_count = 0
    try release(number, &inode, isDirectory: true, path)
  }

  /// Writes the inode back and frees what it holds when no name is left. (debugfs,
  /// kill_file_by_inode)
  private borrowing func release(
    _ number: ext2_ino_t, _ inode: inout ext2_inode, isDirectory: Bool, _ path: String
  ) throws(Ext4Error) {
    if inode.i_links_count == 0 { inode.i_dtime = UInt32(truncatingIfNeeded: Int(fs.pointee.now)) }
    try check(ext2fs_write_inode(fs, number, &inode), "remove", path)
    guard inode.i_links_count == 0 else { return }
    if inode.i_file_acl != 0 {
      let large = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 16)
      defer { large.deallocate() }
      let whole = large.assumingMemoryBound(to: ext2_inode_large.self)
      let size = max(128, Int(fs.pointee.super.pointee.s_inode_size))
      try check(
        ext2fs_read_inode_full(
          fs, number, large.assumingMemoryBound(to: ext2_inode.self), Int32(min(size, 1024))),
        "remove", path)
      try check(ext2fs_free_ext_attr(fs, number, whole), "remove the attributes of", path)
    }
    var held = try readInode(number, path)
    if ext2fs_inode_has_valid_blocks2(fs, &held) != 0 {
      try check(ext2fs_punch(fs, number, &held, nil, 0, UInt64.max), "free the blocks of", path)
    }
    ext2fs_inode_alloc_stats2(fs, number, -1, isDirectory ? 1 : 0)
  }
}
