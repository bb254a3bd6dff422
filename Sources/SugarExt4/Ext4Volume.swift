import CExt2fs
public import SugarModel

/// An ext4 file system in a storage, opened without a mount, a loop device or root.
///
/// Edits go through libext2fs, so checksums, bitmaps and backup superblocks stay right. Call
/// `close()` when done: what is not closed is not complete.
public struct Ext4Volume: ~Copyable {
  let fs: ext2_filsys
  /// Keeps the device alive for as long as C may call it.
  let device: Unmanaged<Ext4Device>

  private init(owning fs: ext2_filsys, device: Unmanaged<Ext4Device>) {
    self.fs = fs
    self.device = device
  }

  deinit {
    ext2fs_free(fs)
    device.release()
  }

  /// Opens the volume in `storage`.
  ///
  /// - Parameters:
  ///   - name: what to call it in messages.
  ///   - editing: the seconds since 1970 to use for every time stamp that an edit leaves; nil opens it for reading only.
  /// - Throws: when it is no ext4 volume, or when it is to be edited and is unclean or has features
  ///   that would suffer.
  public static func open(
    _ storage: any Storage, name: String, editing clock: Int64? = nil
  ) throws(Ext4Error) -> Ext4Volume {
    let features = try Ext4Features(of: storage, name: name)
    if clock != nil, let objection = features.objection {
      throw Ext4Error(operation: "edit", subject: name, reason: objection)
    }
    let held = Unmanaged.passRetained(Ext4Device(storage, isWritable: clock != nil))
    var handle: ext2_filsys?
    let flags = EXT2_FLAG_64BITS | (clock == nil ? 0 : EXT2_FLAG_RW)
    let device = held.takeUnretainedValue()
    let code = ext2fs_open(device.name, flags, 0, 0, Ext4IO.manager.pointer, &handle)
    guard code == 0, let handle else {
      held.release()
      try checkExt2(code, "open", name, device: device)
      throw Ext4Error(operation: "open", subject: name, reason: "libext2fs gave no handle")
    }
    let volume = Ext4Volume(owning: handle, device: held)
    try volume.prepare(name: name, storage: storage, clock: clock)
    return volume
  }

  private func prepare(name: String, storage: any Storage, clock: Int64?) throws(Ext4Error) {
    guard blockCount <= storage.size.bytes / UInt64(blockSize) else {
      throw Ext4Error(
        operation: "open", subject: name,
        reason:
          "it claims \(blockCount) blocks, its partition has room for \(storage.size.bytes / UInt64(blockSize))"
      )
    }
    guard let clock else { return }
    fs.pointee.now = time_t(clock)
    try check(ext2fs_read_bitmaps(fs), "read the bitmaps of", name)
  }

  /// Writes what is still in memory and ends. Without it an edit is not complete.
  public consuming func close() throws(Ext4Error) {
    try check(ext2fs_flush(fs), "flush", "file system")
  }

  func check(_ code: errcode_t, _ operation: String, _ subject: String) throws(Ext4Error) {
    try checkExt2(code, operation, subject, device: device.takeUnretainedValue())
  }

  public var blockSize: Int { Int(fs.pointee.blocksize) }
  public var blockCount: UInt64 { ext2fs_blocks_count(fs.pointee.super) }
  public var freeBlocks: UInt64 { ext2fs_free_blocks_count(fs.pointee.super) }
  /// Blocks that only root may use up (`mke2fs -m`).
  public var reservedBlocks: UInt64 { ext2fs_r_blocks_count(fs.pointee.super) }
  public var freeInodes: UInt64 { UInt64(fs.pointee.super.pointee.s_free_inodes_count) }
  public var size: ByteCount { ByteCount(blockCount * UInt64(blockSize)) }
  public var freeSpace: ByteCount { ByteCount(freeBlocks * UInt64(blockSize)) }

  /// The label, without padding.
  public var label: String {
    withUnsafeBytes(of: fs.pointee.super.pointee.s_volume_name) { Self.text($0) }
  }

  /// 32 hex digits in the usual groups.
  public var uuid: String {
    let bytes = withUnsafeBytes(of: fs.pointee.super.pointee.s_uuid) { Array($0) }
    return Hex.uuid(bytes)
  }

  /// When the file system was last written, in seconds since 1970.
  public var lastWritten: Int64 { Int64(fs.pointee.super.pointee.s_wtime) }

  /// The text before the first NUL.
  static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The release of libext2fs that does the work: `1.47.0`.
  public static var libraryVersion: String {
    var version: UnsafePointer<CChar>?
    _ = ext2fs_get_library_version(&version, nil)
    return version.map { String(cString: $0) } ?? "unknown"
  }
}
