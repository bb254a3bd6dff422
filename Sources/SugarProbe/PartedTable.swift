import CParted
public import SugarModel
import Synchronization

/// The partition table of a disk as libparted reads it: a second opinion after every write.
public enum PartedTable {
  /// What libparted said while it worked. It has one handler for the whole process, whose default
  /// prints to the terminal.
  private static let messages = Mutex<[String]>([])
  private static let handlerIsSet = Mutex(false)

  /// The rows of the table at `path`; throws libparted's own words when it complains of anything.
  public static func rows(of path: String) throws(ProbeError) -> [Partition] {
    if let reason = cparted_open() {
      throw ProbeError(
        operation: "read the partition table of", subject: path, reason: String(cString: reason))
    }
    setHandler()
    messages.withLock { $0.removeAll() }
    guard let device = cparted_device_get(path) else { throw failure(path) }
    defer { cparted_device_destroy(device) }
    guard let disk = cparted_disk_new(device) else { throw failure(path) }
    defer { cparted_disk_destroy(disk) }
    let said = messages.withLock { $0 }
    guard said.isEmpty else { throw failure(path) }
    let isGPT = disk.pointee.type.pointee.name.map { String(cString: $0) } == "gpt"
    var rows: [Partition] = []
    var next = cparted_disk_next_partition(disk, nil)
    while let partition = next {
      next = cparted_disk_next_partition(disk, partition)
      guard partition.pointee.num > 0 else { continue }
      let geometry = partition.pointee.geom
      let name = isGPT ? cparted_partition_get_name(partition).map { String(cString: $0) } : nil
      rows.append(
        Partition(
          number: Int(partition.pointee.num),
          range: SectorRange(
            start: UInt64(geometry.start), count: UInt64(geometry.length),
            sectorSize: UInt64(device.pointee.sector_size)),
          type: "", name: name ?? ""))
    }
    return rows.sorted { $0.number < $1.number }
  }

  private static func failure(_ path: String) -> ProbeError {
    let said = messages.withLock { $0 }
    return ProbeError(
      operation: "read the partition table of", subject: path,
      reason: said.isEmpty ? "libparted does not say why" : said.joined(separator: "; "))
  }

  private static func setHandler() {
    handlerIsSet.withLock { isSet in
      guard !isSet else { return }
      isSet = true
      cparted_exception_set_handler { exception in
        if let text = exception?.pointee.message {
          PartedTable.messages.withLock { $0.append(String(cString: text)) }
        }
        return PED_EXCEPTION_CANCEL
      }
    }
  }
}
