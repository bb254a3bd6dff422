import CExt2fs
public import SugarModel

extension Ext4Volume {
  /// The content of the file that `path` leads to; throws when it is longer than `limit`.
  public borrowing func read(_ path: String, limit: ByteCount = .mib(16)) throws(Ext4Error)
    -> [UInt8]
  {
    guard let inode = try find(path, followLast: true) else { throw Self.missing(path) }
    let entry = try entry(of: inode, path)
    guard entry.isFile else {
      throw Ext4Error(operation: "read", subject: path, reason: "it is not a regular file")
    }
    guard entry.size <= limit else {
      throw Ext4Error(
        operation: "read", subject: path, reason: "it has \(entry.size), more than \(limit)")
    }
    return try readInode(inode, limit: Int(limit.bytes), path)
  }

  /// Hands the content of a file to `body`, a piece at a time, in order.
  public borrowing func read(
    _ path: String, pieces body: (UnsafeRawBufferPointer) -> Void
  ) throws(Ext4Error) {
    guard let inode = try find(path, followLast: true) else { throw Self.missing(path) }
    try readPieces(inode, path, body)
  }

  /// The first bytes of a file, as many as it has of `count`.
  public borrowing func start(of path: String, count: Int) throws(Ext4Error) -> [UInt8] {
    guard let inode = try find(path, followLast: true) else { throw Self.missing(path) }
    var file: ext2_file_t?
    try check(ext2fs_file_open(fs, inode, 0, &file), "read", path)
    defer { ext2fs_file_close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    var got: UInt32 = 0
    try check(ext2fs_file_read(file, &bytes, UInt32(count), &got), "read", path)
    return Array(bytes.prefix(Int(got)))
  }

  borrowing func readInode(
    _ inode: ext2_ino_t, limit: Int, _ path: String
  ) throws(Ext4Error) -> [UInt8] {
    // Asked for first: a damaged inode may claim to have more than can ever be read.
    let attributes = try readInode(inode, path)
    guard UInt64(attributes.i_size) | UInt64(attributes.i_size_high) << 32 <= limit else {
      throw Ext4Error(operation: "read", subject: path, reason: "it has more than \(limit) bytes")
    }
    var result: [UInt8] = []
    try readPieces(inode, path) { result += $0 }
    return result
  }

  private borrowing func readPieces(
    _ inode: ext2_ino_t, _ path: String, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(Ext4Error) {
    var file: ext2_file_t?
    try check(ext2fs_file_open(fs, inode, 0, &file), "read", path)
    defer { ext2fs_file_close(file) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      var got: UInt32 = 0
      try check(
        ext2fs_file_read(file, buffer.baseAddress, UInt32(buffer.count), &got), "read", path)
      if got == 0 { return }
      body(UnsafeRawBufferPointer(rebasing: buffer[0..<Int(got)]))
    }
  }
}
