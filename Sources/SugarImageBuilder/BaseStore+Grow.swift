import SugarExt4
import SugarHost
import SugarModel
import SugarPartition

extension BaseStore {
  /// The same base with a larger root: the partition's size in the table, then the file system by
  /// `resize2fs`, which needs no root for a plain file.
  ///
  /// The partition is taken out and put back for that: given a place inside a file (`file?offset=N`),
  /// resize2fs cuts the file to the size of the file system alone.
  ///
  /// - Parameter date: seconds since 1970 for the time stamps that e2fsprogs leaves.
  func grown(_ base: PreparedBase, by growth: ByteCount, date: Int64) throws(BuildError)
    -> PreparedBase
  {
    let key = PreparedBase.key(sha256: base.record.sha256, growth: growth)
    if let ready = try cache.base(key) { return ready }
    return try make(key: key) { (partial) throws(BuildError) in
      progress(.phase("growing the root file system by \(growth)"))
      try building { try grow(base, by: growth, date: date, in: partial) }
      return (base.record.name, base.record.sha256, growth)
    }
  }

  private func grow(_ base: PreparedBase, by growth: ByteCount, date: Int64, in folder: String)
    throws
  {
    let table = try MasterBootRecord(base.image, name: base.record.name)
    guard let root = table.entries.first(where: { $0.number == 2 }),
      table.entries.allSatisfy({ $0.end <= root.end })
    else {
      throw BuildError(
        .data, "cannot grow '\(base.record.name)': its root is not the last partition")
    }
    let part = folder + "/root.raw"
    let taken = try FileStorage(part, .create)
    try taken.resize(to: root.size)
    let inside = root.start.bytes..<root.end.bytes
    try SparseCopy.copy(base.image, inside, to: taken, at: .zero)
    try resize(part, to: root.size + growth, date: date)

    let image = try FileStorage(folder + "/image.raw", .create)
    try image.resize(to: root.end + growth)
    try SparseCopy.copy(base.image, 0..<root.start.bytes, to: image, at: .zero)
    let larger = try FileStorage(part, .read)
    try SparseCopy.copy(larger, 0..<larger.size.bytes, to: image, at: root.start)
    try MasterBootRecord.resize(partition: 2, to: root.size + growth, of: image)
    try Files.remove(part)
  }

  private func resize(_ path: String, to size: ByteCount, date: Int64) throws {
    let clock = ["E2FSPROGS_FAKE_TIME": String(date), "E2FSCK_TIME": String(date)]
    let check = try Program("e2fsck").run(["-f", "-y", path], environment: clock)
    // 0: clean; 1: corrected. (e2fsck(8), exit code)
    guard check.status <= 1 else {
      throw BuildError(
        .data, "cannot check the root file system of the base: \(check.output.lastLines)")
    }
    let grow = try Program("resize2fs").run([path, "\(size.bytes / 1024)K"], environment: clock)
    guard grow.status == 0 else {
      throw BuildError(
        .machine, "cannot grow the root file system of the base: \(grow.output.lastLines)")
    }
  }
}

extension String {
  /// The end of what a program printed, on one line.
  var lastLines: String { split(separator: "\n").suffix(3).joined(separator: "; ") }
}
