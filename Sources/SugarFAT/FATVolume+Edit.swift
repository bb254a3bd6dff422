/// Editing. Each call is one edit: done, refused with nothing written, or cut off by the storage.
extension FATVolume {
  /// Makes a file or replaces its content. Its directory must exist. All three of its times become
  /// `modified`, so that the same edits give the same bytes. Refuses before it writes when the new
  /// content has no room beside the old.
  public mutating func write(
    _ bytes: [UInt8], to path: String, modified: FATTime
  ) throws(FATError) {
    do throws(FATFault) { try put(bytes, at: FATPath(path), modified) } catch {
      throw FATError("write", path, error)
    }
  }

  /// Makes a directory and those above it; one that exists is left as it is.
  public mutating func makeDirectory(_ path: String, modified: FATTime) throws(FATError) {
    do throws(FATFault) { try makeDirectories(FATPath(path), modified) } catch {
      throw FATError("make directory", path, error)
    }
  }

  /// Removes a file or an empty directory.
  public mutating func remove(_ path: String) throws(FATError) {
    do throws(FATFault) { try delete(FATPath(path)) } catch {
      throw FATError("remove", path, error)
    }
  }

  private mutating func put(
    _ bytes: [UInt8], at path: FATPath, _ time: FATTime
  ) throws(FATFault) {
    guard let name = path.names.last else { throw FATFault("the root is a directory") }
    guard let size = UInt32(exactly: bytes.count) else {
      throw FATFault("\(bytes.count) bytes are too many, FAT allows 4 GiB less one")
    }
    var directory = try directory(at: path.names.dropLast())
    let old = try directory.record(named: name)
    if let old, old.isDirectory { throw FATFault("it is a directory") }
    var edit = try beginEdit()
    let runs = try edit.allocate(bytes: bytes.count)
    edit.fill(runs, with: bytes)
    let cluster = runs.first?.first ?? 0
    if let old {
      let range = directory.slots.update(old, cluster: cluster, size: size, time)
      try edit.write(range, of: directory)
      try edit.release(from: old.firstCluster)
    } else {
      let entry = NewEntry(
        name: name, attributes: .archive, cluster: cluster, size: size, time: time)
      let range = try directory.insert(entry)
      try edit.write(range, of: directory)
    }
    try finish(&edit)
  }

  private mutating func makeDirectories(
    _ path: FATPath, _ time: FATTime
  ) throws(FATFault) {
    var parent = try Directory(rootOf: boot, disk)
    for (index, name) in path.names.enumerated() {
      guard let record = try parent.record(named: name) else {
        return try make(path.names[index...], in: &parent, time)
      }
      guard record.isDirectory else { throw FATFault("'\(record.name.text)' is a file") }
      parent = try Directory(at: record.firstCluster, boot, disk)
    }
  }

  /// Makes a directory, another in it and so on; only the first is entered in one that exists.
  private mutating func make(
    _ names: ArraySlice<FileName>, in parent: inout Directory, _ time: FATTime
  ) throws(FATFault) {
    var edit = try beginEdit()
    let nest = NewDirectories(names, isWide: boot.kind == .fat32, time)
    let top = try nest.plan(under: parent.numberForChildren, &edit)
    let range = try parent.insert(top)
    try edit.write(range, of: parent)
    try finish(&edit)
  }

  private mutating func delete(_ path: FATPath) throws(FATFault) {
    guard let name = path.names.last else { throw FATFault("the root stays") }
    var directory = try directory(at: path.names.dropLast())
    guard let record = try directory.record(named: name) else {
      throw FATFault("no such file or directory")
    }
    if record.isDirectory {
      let inner = try Directory(at: record.firstCluster, boot, disk)
      guard try !inner.slots.records().contains(where: \.isListed) else {
        throw FATFault("the directory is not empty")
      }
    }
    var edit = try beginEdit()
    let range = directory.slots.delete(record)
    edit.erase(range, of: directory)
    try edit.release(from: record.firstCluster)
    try finish(&edit)
  }

  /// The first edit checks all of the volume; the later ones know the free clusters.
  private mutating func beginEdit() throws(FATFault) -> VolumeEdit {
    if let writeRefusal { throw FATFault(writeRefusal) }
    let known = if let free { free } else { try VolumeCheck.run(boot, disk) }
    free = nil
    return VolumeEdit(boot, disk, free: known, hint: info?.hint ?? 2)
  }

  private mutating func finish(_ edit: inout VolumeEdit) throws(FATFault) {
    try edit.commit()
    try info?.update(free: edit.free.count, last: edit.last, disk)
    free = edit.free
  }
}
