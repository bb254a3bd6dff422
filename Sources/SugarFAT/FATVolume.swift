public import SugarModel

/// An opened FAT12, FAT16 or FAT32 volume in a storage.
///
/// Reading keeps nothing and changes nothing. Each edit is planned whole in memory, refused before
/// the first write when it cannot succeed, and leaves both tables and FSInfo up to date: there is
/// nothing to flush or to close. Two volumes opened on one storage must not be edited in turn.
public struct FATVolume: ~Copyable, Sendable {
  let boot: BootSector
  let disk: VolumeBytes
  var info: InfoSector?
  /// Known since the volume was checked for the first edit; nil again after one that failed.
  var free: ClusterSet?

  /// The name of the volume, as in its root directory or else in its first sector.
  public let label: String?
  /// Why the volume can be read only; nil when it can be edited.
  public let writeRefusal: String?

  public var kind: FATKind { boot.kind }
  /// The number that `blkid` shows as `UUID`; nil on volumes of before 1987.
  public var volumeID: UInt32? { boot.volumeID }
  public var clusterSize: ByteCount { ByteCount(boot.clusterBytes) }

  /// Opens the volume that fills a storage. Throws on anything that is not a whole FAT volume; one
  /// that was not unmounted cleanly opens, but refuses edits.
  public static func open(_ storage: any Storage) throws(FATError) -> FATVolume {
    do throws(FATFault) { return try open(VolumeBytes(storage: storage)) } catch {
      throw FATError("open", "FAT volume", error)
    }
  }

  private static func open(_ disk: VolumeBytes) throws(FATFault) -> FATVolume {
    let first = try disk.read(at: 0, count: 512)
    let boot = try BootSector(first, volume: disk.storage.size)
    let root = try Directory(rootOf: boot, disk).slots.records()
    let own = root.first { $0.attributes.contains(.label) }
    return FATVolume(
      boot: boot, disk: disk, info: try InfoSector(boot, disk),
      label: ShortName.label(own?.shortName ?? boot.labelBytes ?? []),
      writeRefusal: try refusal(boot, disk))
  }

  private init(
    boot: BootSector, disk: VolumeBytes, info: InfoSector?, label: String?, writeRefusal: String?
  ) {
    self.boot = boot
    self.disk = disk
    self.info = info
    self.label = label
    self.writeRefusal = writeRefusal
  }

  /// What speaks against editing: flags in the second number of the table and in the state byte.
  private static func refusal(_ boot: BootSector, _ disk: VolumeBytes) throws(FATFault) -> String? {
    var reader = TableReader(boot, disk)
    let flags = try reader.value(of: 1)
    let isClean: Bool
    let isWhole: Bool
    switch boot.kind {
    case .fat12: (isClean, isWhole) = (true, true)
    case .fat16: (isClean, isWhole) = (flags & 0x8000 != 0, flags & 0x4000 != 0)
    case .fat32: (isClean, isWhole) = (flags & 0x0800_0000 != 0, flags & 0x0400_0000 != 0)
    }
    if !isClean || boot.state & 1 != 0 { return "it was not unmounted cleanly; run fsck.vfat" }
    if !isWhole || boot.state & 2 != 0 { return "disk errors were met on it; run fsck.vfat" }
    if !boot.isMirrored { return "its tables are not kept equal (mirroring is off)" }
    return nil
  }
}

/// Reading.
extension FATVolume {
  /// How many bytes new files can have, counted from the table.
  public func freeSpace() throws(FATError) -> ByteCount {
    do throws(FATFault) {
      let set =
        if let free { free } else {
          try ClusterSet.free(boot, disk, comparing: false)
        }
      return ByteCount(UInt64(set.count) * boot.clusterBytes)
    } catch { throw FATError("count free space of", "FAT volume", error) }
  }

  /// The files and directories in a directory, in their order on disk; `/` is the root.
  public func list(_ path: String) throws(FATError) -> [FATEntry] {
    do throws(FATFault) {
      let directory = try directory(at: FATPath(path).names[...])
      return try directory.slots.records().filter(\.isListed).map(FATEntry.init)
    } catch { throw FATError("list", path, error) }
  }

  /// The file or directory at a path; nil when there is none. The root has no entry.
  public func entry(at path: String) throws(FATError) -> FATEntry? {
    do throws(FATFault) {
      return try record(at: FATPath(path)).map(FATEntry.init)
    } catch { throw FATError("look up", path, error) }
  }

  /// The bytes of a file; refuses a file that is larger than `limit`.
  public func read(_ path: String, limit: ByteCount? = nil) throws(FATError) -> [UInt8] {
    do throws(FATFault) {
      guard let record = try record(at: FATPath(path)) else { throw FATFault("no such file") }
      guard !record.isDirectory else { throw FATFault("it is a directory") }
      let size = ByteCount(UInt64(record.size))
      if let limit, size > limit {
        throw FATFault("it has \(size.bytes) bytes, more than the \(limit.bytes) expected")
      }
      return try contents(of: record)
    } catch { throw FATError("read", path, error) }
  }

  private func contents(of record: DirectoryRecord) throws(FATFault) -> [UInt8] {
    let size = Int(record.size)
    guard size > 0 else { return [] }
    // The chain is walked before room is made: a size out of thin air ends here.
    var reader = TableReader(boot, disk)
    let runs = try reader.chain(from: record.firstCluster, count: UInt64(boot.clusters(for: size)))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    for run in runs {
      let count = min(Int(run.count) * Int(boot.clusterBytes), size - bytes.count)
      bytes += try disk.read(at: boot.place(of: run.first), count: count)
    }
    return bytes
  }

  func record(at path: FATPath) throws(FATFault) -> DirectoryRecord? {
    guard let name = path.names.last else { return nil }
    guard let parent = try directoryIfAny(at: path.names.dropLast()) else { return nil }
    return try parent.record(named: name)
  }

  /// The directory at a path, which must exist.
  func directory(at names: ArraySlice<FileName>) throws(FATFault) -> Directory {
    guard let found = try directoryIfAny(at: names) else {
      let path = names.map(\.text).joined(separator: "/")
      throw FATFault("there is no directory '\(path)'")
    }
    return found
  }

  private func directoryIfAny(at names: ArraySlice<FileName>) throws(FATFault) -> Directory? {
    var directory = try Directory(rootOf: boot, disk)
    for name in names {
      guard let record = try directory.record(named: name), record.isDirectory else { return nil }
      directory = try Directory(at: record.firstCluster, boot, disk)
    }
    return directory
  }
}
