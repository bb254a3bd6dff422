public import SugarHost
public import SugarModel
import SugarProbe

#if canImport(Glibc)
  import Glibc
#endif

/// A real disk: opened for us alone, past the kernel's own copies, and locked. A class, because it
/// owns the open device.
public final class DirectDisk: FlashDevice {
  private let handle: DiskHandle
  private let opener: DiskOpener

  /// Opens and locks the disk; throws when it is not `disk` any more, or somebody uses it.
  public init(
    _ disk: Disk, finder: DiskFinder, opener: DiskOpener = .own
  ) throws(FlashError) {
    self.opener = opener
    var tries = 0
    while true {
      do {
        handle = try DiskHandle(disk, finder: finder, .direct, opener: opener)
        return
      } catch {
        // Somebody may just be looking whether it is free.
        tries += 1
        guard error.code == EBUSY, tries < 20 else { throw FlashError(opening: disk, error) }
        usleep(100_000)
      }
    }
  }

  public var size: ByteCount { handle.storage.size }

  public func read(
    at place: ByteCount, into buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) {
    do { try handle.storage.read(at: place, into: buffer) } catch { throw telling(error) }
  }

  public func write(at place: ByteCount, from buffer: UnsafeRawBufferPointer) throws(StorageError) {
    do { try handle.storage.write(at: place, from: buffer) } catch { throw telling(error) }
  }

  public func zero(_ range: Range<UInt64>) throws(StorageError) {
    try attempt { () throws(HostError) in try handle.storage.zeroOut(range) }
  }

  public func discard(_ range: Range<UInt64>) { _ = handle.storage.discard(range) }

  public func looksBlank(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    let sector = handle.disk.sectorSize
    let sectors = SectorRange(
      start: range.lowerBound / sector, count: UInt64(range.count) / sector, sectorSize: sector)
    do {
      return try DiskReader.volume(of: handle.disk.path, range: sectors, by: opener).isBlank
    } catch {
      throw StorageError(operation: "look at", subject: handle.disk.path, reason: "\(error)")
    }
  }

  public func flush() throws(StorageError) {
    try attempt { () throws(HostError) in try handle.storage.synchronize() }
  }

  public func confirm() throws(StorageError) {
    try attempt { () throws(HostError) in try handle.checkIdentity() }
  }

  /// Takes the old partitions out of the kernel's view: nobody may find them any more.
  public func forgetPartitions() {
    let nothing = SectorRange(start: 0, count: 0, sectorSize: handle.disk.sectorSize)
    _ = try? handle.tellKernel(PartitionTable(kind: .mbr(0), usable: nothing, partitions: []))
  }

  /// Gives the disk back.
  public func release() { handle.release() }

  private func attempt(_ body: () throws(HostError) -> Void) throws(StorageError) {
    do { try body() } catch {
      throw telling(
        StorageError(
          operation: error.operation, subject: error.subject, reason: error.reason, code: error.code
        ))
    }
  }

  /// A disk that is pulled out answers as a broken one does (EIO), as one that is full (ENOSPC), or as
  /// one that ends too early. Whether it is still there tells.
  private func telling(_ error: StorageError) -> StorageError {
    guard handle.isGone else { return error }
    return StorageError(
      operation: error.operation, subject: error.subject, reason: "it is gone", code: ENODEV)
  }
}
