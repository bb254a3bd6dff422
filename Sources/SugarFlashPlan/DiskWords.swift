public import SugarModel

/// What disks are and hold, as a person says it.
public enum DiskWords {
  /// As it stands on the label and as programs count: `128 GB (119.2 GiB)`.
  public static func size(_ size: ByteCount) -> String {
    var (value, unit) = (Double(size.bytes), 0)
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    let tenths = Int((value * 10).rounded())
    let text =
      tenths % 10 == 0 || tenths >= 1000 ? "\((tenths + 5) / 10)" : "\(tenths / 10).\(tenths % 10)"
    return "\(text) \(units[unit]) (\(size))"
  }

  public static func transport(_ disk: Disk) -> String {
    switch disk.transport {
    case .nvme: "NVMe"
    case .sd: "SD"
    case .usb: "USB"
    case .sata: "SATA"
    case .scsi: "SCSI"
    case .virtio: "virtio"
    case .loop: "loop device"
    case .other: "other"
    }
  }

  /// How it is known: `serial 0123`, or why not.
  public static func identity(_ disk: Disk) -> String {
    switch disk.identifier {
    case .known(.serial(let text)): "serial \(text)"
    case .known(.wwid(let text)): "world-wide id \(text)"
    case .known(.place): "no serial number of its own; known by place, size and content"
    case .unknown(let reason): "unknown: \(reason)"
    }
  }

  /// What is on it, in one line.
  public static func summary(_ disk: Disk) -> String {
    switch disk.content {
    case .unknown(let reason): return "unknown: \(reason)"
    case .known(let content):
      if content.isBlank { return "nothing" }
      let named = content.partitions.keys.sorted().compactMap {
        content.partitions[$0]?.description
      }
      if let first = named.first { return first }
      if let first = content.whole.signatures.first {
        return "\(first.description), \(disk.size)"
      }
      let rows = rows(content.table)
      guard !rows.isEmpty else { return table(content) }
      let words = rows.compactMap { content.partitions[$0.number]?.signatures.first?.description }
      let count = "\(rows.count) partition\(rows.count == 1 ? "" : "s")"
      return words.isEmpty ? count : "\(count): \(words.joined(separator: ", "))"
    }
  }

  private static func table(_ content: DiskContent) -> String {
    switch content.table {
    case .damaged(let reason): reason
    case .strayRows: "rows of an old partition table"
    case .mbr, .gpt: "a partition table without partitions"
    case .none: "data that nothing explains"
    }
  }

  /// What of a disk will be gone, a line for each partition that is not kept.
  public static func losses(_ disk: Disk, kept: Set<Int>) -> [String] {
    guard let content = disk.content.value, !content.isBlank else { return [] }
    let rows = rows(content.table).filter { !kept.contains($0.number) }
    if rows.isEmpty, kept.isEmpty { return [summary(disk)] }
    return rows.map { row in
      let volume = content.partitions[row.number]
      let what = volume?.signatures.first?.description ?? "nothing that is recognised"
      let words = [what, volume?.description].compactMap { $0 }.joined(separator: ", ")
      return "partition \(row.number), \(row.range.size): \(words)"
    }
  }

  static func rows(_ table: TableFinding) -> [Partition] {
    switch table {
    case .mbr(let table), .gpt(let table, _): table.partitions.filter { $0.range.count > 0 }
    case .none, .damaged, .strayRows: []
    }
  }

  /// The ways to the right of opening a disk. (acl(5); group disk of Debian; udisks(8))
  public static func rights(_ path: String) -> String {
    """
    the disk is its administrator's. One of these gives you the right:
          sugarimage flash … --disk \(path)    on a desktop: udisks2 opens it, and may ask for a password
          sudo setfacl -m u:$USER:rw \(path)    this disk, until it is taken out
          sudo sugarimage …                      this once; your own cache and settings are used
          sudo usermod -aG disk $USER            every disk of this machine, from the next login on
    """
  }
}
