import CExt2fs
import SugarModel
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A `Storage` as libext2fs wants to see it: an `io_manager` whose channel reads and writes through
/// the storage.
///
/// It is a class because C holds a pointer to it for as long as the volume is open. (ext2_io.h,
/// lib/ext2fs/unix_io.c)
final class Ext4Device: Sendable {
  let storage: any Storage
  let isWritable: Bool
  private let failure = Mutex<StorageError?>(nil)

  init(_ storage: any Storage, isWritable: Bool) {
    self.storage = storage
    self.isWritable = isWritable
  }

  /// What the storage said when the last call failed, once.
  func takeFailure() -> StorageError? {
    failure.withLock { held in
      defer { held = nil }
      return held
    }
  }

  /// The name under which `manager` finds this device again: its address.
  var name: String { String(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())) }

  fileprivate static func behind(_ channel: io_channel?) -> Ext4Device? {
    guard let data = channel?.pointee.private_data else { return nil }
    return Unmanaged<Ext4Device>.fromOpaque(data).takeUnretainedValue()
  }

  /// Remembers what went wrong and gives libext2fs the number it expects.
  fileprivate func attempt(
    _ otherwise: Int, _ body: () throws(StorageError) -> Void
  ) -> errcode_t {
    do {
      try body()
      return 0
    } catch {
      failure.withLock { $0 = error }
      return errcode_t(otherwise)
    }
  }

  /// `count` of `blockSize` bytes; a negative count means bytes.
  fileprivate static func length(_ channel: io_channel?, _ count: Int32) -> Int {
    count < 0 ? -Int(count) : Int(count) * Int(channel?.pointee.block_size ?? 0)
  }

  fileprivate static func place(_ channel: io_channel?, _ block: UInt64) -> ByteCount {
    ByteCount(block &* UInt64(channel?.pointee.block_size ?? 0))
  }
}

/// The functions that libext2fs calls. They live as long as the program; C keeps a pointer to the
/// table.
enum Ext4IO {
  /// Never freed and never changed after it is made.
  static let manager: SendablePointer = {
    let table = UnsafeMutablePointer<struct_io_manager>.allocate(capacity: 1)
    memset(table, 0, MemoryLayout<struct_io_manager>.size)
    table.pointee.magic = errcode_t(EXT2_ET_MAGIC_IO_MANAGER)
    table.pointee.name = UnsafePointer(strdup("sugarimage storage"))
    table.pointee.open = openChannel
    table.pointee.close = closeChannel
    table.pointee.set_blksize = { channel, size in
      channel?.pointee.block_size = size
      return 0
    }
    table.pointee.read_blk = { readBlocks($0, UInt64($1), $2, $3) }
    table.pointee.write_blk = { writeBlocks($0, UInt64($1), $2, $3) }
    table.pointee.read_blk64 = readBlocks
    table.pointee.write_blk64 = writeBlocks
    table.pointee.write_byte = writeBytes
    table.pointee.flush = { _ in 0 }
    return SendablePointer(table)
  }()

  /// A pointer that threads may share, which the compiler cannot see (`@unchecked`): the table it points to is made once,
  /// by a `static let`, and then only read, by libext2fs as well.
  struct SendablePointer: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<struct_io_manager>
    init(_ pointer: UnsafeMutablePointer<struct_io_manager>) { self.pointer = pointer }
  }
}

private func openChannel(
  _ name: UnsafePointer<CChar>?, _ flags: Int32, _ result: UnsafeMutablePointer<io_channel?>?
) -> errcode_t {
  guard let name, let address = UInt(String(cString: name)),
    let data = UnsafeMutableRawPointer(bitPattern: address),
    let channel = calloc(1, MemoryLayout<struct_io_channel>.size)?
      .assumingMemoryBound(to: struct_io_channel.self)
  else { return errcode_t(EXT2_ET_BAD_DEVICE_NAME) }
  channel.pointee.magic = errcode_t(EXT2_ET_MAGIC_IO_CHANNEL)
  channel.pointee.manager = Ext4IO.manager.pointer
  channel.pointee.name = strdup(name)
  channel.pointee.block_size = 1024
  channel.pointee.refcount = 1
  channel.pointee.private_data = data
  result?.pointee = channel
  return 0
}

private func closeChannel(_ channel: io_channel?) -> errcode_t {
  guard let channel else { return 0 }
  channel.pointee.refcount -= 1
  guard channel.pointee.refcount <= 0 else { return 0 }
  free(channel.pointee.name)
  free(channel)
  return 0
}

private func readBlocks(
  _ channel: io_channel?, _ block: UInt64, _ count: Int32, _ data: UnsafeMutableRawPointer?
) -> errcode_t {
  guard let device = Ext4Device.behind(channel), let data else {
    return errcode_t(EXT2_ET_BAD_DEVICE_NAME)
  }
  let buffer = UnsafeMutableRawBufferPointer(start: data, count: Ext4Device.length(channel, count))
  return device.attempt(EXT2_ET_SHORT_READ) { () throws(StorageError) in
    try device.storage.read(at: Ext4Device.place(channel, block), into: buffer)
  }
}

private func writeBlocks(
  _ channel: io_channel?, _ block: UInt64, _ count: Int32, _ data: UnsafeRawPointer?
) -> errcode_t {
  guard let device = Ext4Device.behind(channel), let data else {
    return errcode_t(EXT2_ET_BAD_DEVICE_NAME)
  }
  guard device.isWritable else { return errcode_t(EXT2_ET_RO_FILSYS) }
  let buffer = UnsafeRawBufferPointer(start: data, count: Ext4Device.length(channel, count))
  return device.attempt(EXT2_ET_SHORT_WRITE) { () throws(StorageError) in
    try device.storage.write(at: Ext4Device.place(channel, block), from: buffer)
  }
}

private func writeBytes(
  _ channel: io_channel?, _ offset: UInt, _ count: Int32, _ data: UnsafeRawPointer?
) -> errcode_t {
  guard let device = Ext4Device.behind(channel), let data, count >= 0 else {
    return errcode_t(EXT2_ET_BAD_DEVICE_NAME)
  }
  guard device.isWritable else { return errcode_t(EXT2_ET_RO_FILSYS) }
  let buffer = UnsafeRawBufferPointer(start: data, count: Int(count))
  return device.attempt(EXT2_ET_SHORT_WRITE) { () throws(StorageError) in
    try device.storage.write(at: ByteCount(UInt64(offset)), from: buffer)
  }
}
