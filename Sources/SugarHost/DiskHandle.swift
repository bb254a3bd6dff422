import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// A whole disk, opened for writing and locked against udev and other tools for as long as this
/// lives. (flock(2) on the device node; systemd's "Locking Block Device Access")
public final class DiskHandle: Sendable {
  public let disk: Disk
  private let finder: DiskFinder
  public let storage: FileStorage

  /// Opens and locks; throws when the disk at that path is not `disk` any more, or somebody else
  /// keeps the lock for ten seconds.
  ///
  /// - Parameter mode: `.direct` also keeps mounts and other exclusive users away.
  public init(
    _ disk: Disk, finder: DiskFinder, _ mode: FileStorage.Mode = .readWrite,
    opener: DiskOpener = .own
  ) throws(HostError) {
    self.disk = disk
    self.finder = finder
    storage = try opener.open(disk.path, mode)
    var tries = 0
    while clinux_try_lock(storage.descriptor, 0) != 0 {
      let code = errno
      tries += 1
      guard code == EWOULDBLOCK, tries < 100 else { throw .system("lock", disk.path, code) }
      usleep(100_000)
    }
    try checkIdentity()
  }

  /// Gives the lock back. Nothing may be written through this handle afterwards.
  public func release() { clinux_unlock(storage.descriptor) }

  private var name: String { String(disk.path.dropFirst("/dev/".count)) }

  /// Throws unless the opened device is still the disk that was judged. Called right before every
  /// write: a name may come to mean another disk while we work.
  public func checkIdentity() throws(HostError) {
    let folder = "/sys/block/\(name)"
    guard let now = finder.disks().first(where: { $0.path == disk.path }) else {
      throw HostError(operation: "write", subject: disk.path, reason: "it is gone")
    }
    guard now.identifier.value?.seed == disk.identifier.value?.seed, now.size == disk.size,
      storage.size == disk.size
    else {
      throw HostError(
        operation: "write", subject: disk.path,
        reason:
          "it is another disk now: \(now.title) instead of \(disk.title)", code: ESTALE)
    }
    guard storage.deviceNumber == finder.tree.text("\(folder)/dev") else {
      throw HostError(
        operation: "write", subject: disk.path,
        reason: "the name means another device since it was opened", code: ESTALE)
    }
  }

  /// Whether the device, or the medium in it, went away. Asked after an error: the kernel first ends
  /// what was on its way and then takes the device away, so it is given a second for that.
  public var isGone: Bool {
    let gone: Set<Int32> = [ENOENT, ENODEV, ENXIO, ENOMEDIUM]
    for _ in 0..<10 {
      if finder.tree.text("/sys/block/\(name)/dev") != storage.deviceNumber { return true }
      do { _ = try FileStorage(disk.path, .read) } catch {
        if let code = error.code, gone.contains(code) { return true }
      }
      usleep(100_000)
    }
    return false
  }

  /// Makes the kernel's view what the table says, partition by partition, so that others may stay
  /// mounted. False when the kernel cannot before a reboot. (BLKPG)
  public func tellKernel(_ table: PartitionTable) throws(HostError) -> Bool {
    let wanted = table.partitions.filter { $0.range.count > 0 }
    for present in partitions where !wanted.contains(where: { $0.number == present.number }) {
      if clinux_remove_partition(storage.descriptor, Int32(present.number)) != 0 { return false }
    }
    for partition in wanted {
      let number = Int32(partition.number)
      let start = Int64(partition.range.position.bytes)
      let length = Int64(partition.range.size.bytes)
      let present = partitions.first { $0.number == partition.number }
      if present?.range == partition.range { continue }
      let result: Int32
      if present?.range.start == partition.range.start {
        result = clinux_resize_partition(storage.descriptor, number, start, length)
      } else {
        if present != nil, clinux_remove_partition(storage.descriptor, number) != 0 {
          return false
        }
        result = clinux_add_partition(storage.descriptor, number, start, length)
      }
      if result != 0 { return false }
    }
    return kernelAgrees(with: table)
  }

  /// Whether sysfs shows exactly the rows of the table.
  public func kernelAgrees(with table: PartitionTable) -> Bool {
    let rows = table.partitions.filter { $0.range.count > 0 }.map { [$0.number: $0.range] }
    return Set(rows) == Set(partitions.map { [$0.number: $0.range] })
  }

  private var partitions: [KernelPartition] { finder.partitions(name, disk.sectorSize) }

  /// Waits until the node of a partition is there, at most five seconds.
  public func waitForNode(of number: Int) throws(HostError) -> String {
    let path = disk.partitionPath(number)
    for _ in 0..<50 {
      if try Files.exists(path) { return path }
      usleep(100_000)
    }
    throw HostError(operation: "open", subject: path, reason: "its device node does not appear")
  }
}

extension FileStorage {
  /// `259:0` of an open block device; nil of anything else.
  var deviceNumber: String? {
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFBLK else { return nil }
    let number = info.st_rdev
    let major = (number >> 8) & 0xfff | (number >> 32) & ~0xfff
    let minor = number & 0xff | (number >> 12) & ~0xff
    return "\(UInt32(truncatingIfNeeded: major)):\(UInt32(truncatingIfNeeded: minor))"
  }
}
