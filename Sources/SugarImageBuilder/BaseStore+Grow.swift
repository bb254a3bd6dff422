import SugarExt4
import SugarHost
import SugarModel
import SugarPartition

extension BaseStore {
  /// The same base with a larger root: the partition's size in the table, then the file system by
  /// `resize2fs`, which works on a partition inside a file without root (`image.raw?offset=N`).
  ///
  /// - Parameter date: seconds since 1970 for the time stamps that e2fsprogs leaves.
  func grown(_ base: PreparedBase, by growth: ByteCount, date: Int64) throws(BuildError)
    -> PreparedBase
  {
    let key = PreparedBase.key(sha256: base.record.sha256, growth: growth)
    if let ready = try PreparedBase.open(cache.base(key)) { return ready }
    return try make(key: key) { (partial) throws(BuildError) in
      progress(.phase("growing the root file system by \(growth)"))
      try building { try grow(base, by: growth, date: date, to: partial + "/image.raw") }
      return (base.record.name, base.record.sha256, growth)
    }
  }

  private func grow(
    _ base: PreparedBase, by growth: ByteCount, date: Int64, to path: String
  ) throws {
    let image = try FileStorage(path, .create)
    if !image.clone(base.image) {
      try image.resize(to: base.record.size)
      try SparseCopy.copy(base.image, to: image)
    }
    let table = try MasterBootRecord(base.image, name: base.record.name)
    guard let root = table.entries.first(where: { $0.number == 2 }),
      table.entries.allSatisfy({ $0.end <= root.end })
    else {
      throw BuildError(
        .data, "cannot grow '\(base.record.name)': its root is not the last partition")
    }
    try image.resize(to: root.start + root.size + growth)
    try MasterBootRecord.resize(partition: 2, to: root.size + growth, of: image)
    try resize(path, root.start, root.size + growth, date: date)
  }

  private func resize(_ path: String, _ start: ByteCount, _ size: ByteCount, date: Int64) throws {
    let place = "\(path)?offset=\(start.bytes)"
    let clock = ["E2FSPROGS_FAKE_TIME": String(date), "E2FSCK_TIME": String(date)]
    let check = try Program("e2fsck").run(["-f", "-y", place], environment: clock)
    // 0: clean; 1: corrected. (e2fsck(8), exit code)
    guard check.status <= 1 else {
      throw BuildError(
        .data, "cannot check the root file system of '\(path)': \(check.output.lastLines)")
    }
    let grow = try Program("resize2fs").run([place, "\(size.bytes / 1024)K"], environment: clock)
    guard grow.status == 0 else {
      throw BuildError(
        .data, "cannot grow the root file system of '\(path)': \(grow.output.lastLines)")
    }
  }
}

extension String {
  /// The end of what a program printed, on one line.
  var lastLines: String { split(separator: "\n").suffix(3).joined(separator: "; ") }
}
