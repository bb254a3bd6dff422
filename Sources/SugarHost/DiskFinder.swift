import CLinux
public import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Finds the disks of this machine in sysfs: who they are, how large, and who uses them. Nothing is
/// read from the disks themselves.
public struct DiskFinder: Sendable {
  public var tree: SystemTree
  /// Loop devices that count as disks, by name: none, unless somebody asks for one.
  public var loops: Set<String>

  public init(_ tree: SystemTree = SystemTree(), loops: Set<String> = []) {
    self.tree = tree
    self.loops = loops
  }

  /// Every disk, by name. What is on them is left unknown.
  public func disks() -> [Disk] {
    let users = DiskUsers(tree)
    let found = tree.list("/sys/block").filter { isDisk($0) }.map { disk($0, users) }
    return Self.withoutSharedSerials(found)
  }

  private func isDisk(_ name: String) -> Bool {
    if name.hasPrefix("loop") {
      return loops.contains(name) && tree.text("/sys/block/\(name)/loop/backing_file") != nil
    }
    if name.hasPrefix("mmcblk") { return !name.contains("boot") && !name.contains("rpmb") }
    return !["ram", "zram", "dm-", "md", "sr", "fd", "mtd", "nbd"].contains { name.hasPrefix($0) }
  }

  private func disk(_ name: String, _ users: DiskUsers) -> Disk {
    let folder = "/sys/block/\(name)"
    let sector = tree.number("\(folder)/queue/logical_block_size") ?? 512
    let size = ByteCount((tree.number("\(folder)/size") ?? 0) * 512)
    let udev = UdevRecord(tree, number: tree.text("\(folder)/dev"))
    let transport = transport(name)
    let links = udev.links.filter { $0.hasPrefix("disk/by-") }.map { "/dev/\($0)" }.sorted()
    let partitions = partitions(name, sector)
    return Disk(
      path: "/dev/\(name)", stableNames: links, size: size, sectorSize: sector,
      model: tree.text("\(folder)/device/model") ?? tree.text("\(folder)/device/name"),
      transport: transport, identifier: identifier(name, transport, udev, links, size),
      isRemovable: tree.number("\(folder)/removable") == 1,
      isReadOnly: tree.number("\(folder)/ro") != 0,
      carriesSystem: users.carriesSystem(name), uses: users.uses(name, partitions),
      partitions: partitions, content: .unknown("it was not looked at"))
  }

  /// The partitions that the kernel knows now.
  func partitions(_ name: String, _ sector: UInt64) -> [KernelPartition] {
    tree.list("/sys/block/\(name)").filter { $0.hasPrefix(name) }.compactMap { entry in
      let folder = "/sys/block/\(name)/\(entry)"
      guard let number = tree.number("\(folder)/partition").map({ Int($0) }),
        let start = tree.number("\(folder)/start"), let size = tree.number("\(folder)/size")
      else { return nil }
      return KernelPartition(
        number: number, path: "/dev/\(entry)",
        range: SectorRange(
          start: start * 512 / sector, count: size * 512 / sector, sectorSize: sector))
    }.sorted { $0.number < $1.number }
  }

  private func transport(_ name: String) -> DiskTransport {
    if name.hasPrefix("nvme") { return .nvme }
    if name.hasPrefix("mmcblk") { return .sd }
    if name.hasPrefix("vd") { return .virtio }
    if name.hasPrefix("loop") { return .loop }
    guard name.hasPrefix("sd") else { return .other }
    let place = (try? Files.linkTarget(tree.place("/sys/block/\(name)"))) ?? ""
    if place.contains("/usb") { return .usb }
    return place.contains("/ata") ? .sata : .scsi
  }

  private func identifier(
    _ name: String, _ transport: DiskTransport, _ udev: UdevRecord, _ links: [String],
    _ size: ByteCount
  ) -> Finding<DiskIdentifier> {
    let folder = "/sys/block/\(name)"
    let serials = [
      tree.text("\(folder)/device/serial"), tree.text("\(folder)/serial"),
      udev.properties["ID_SERIAL_SHORT"],
    ]
    if let serial = serials.compactMap({ $0 }).first(where: { Self.tellsApart($0) }) {
      return .known(.serial(serial))
    }
    let names = [
      tree.text("\(folder)/wwid"), tree.text("\(folder)/device/wwid"),
      tree.text("\(folder)/device/cid"),
    ]
    if let wwid = names.compactMap({ $0 }).first(where: { Self.tellsApart($0) }) {
      return .known(.wwid(wwid))
    }
    let path =
      links.first { $0.hasPrefix("/dev/disk/by-path/") }
      ?? tree.text("\(folder)/loop/backing_file").map { "loop:\($0)" }
    guard let path else {
      return .unknown("it has no serial number, no world-wide id, and no place that lasts")
    }
    return .known(.place(path: path, size: size, fingerprint: ""))
  }

  /// Serial numbers that makers leave in: empty, one character throughout, counting up.
  static func tellsApart(_ text: String) -> Bool {
    let letters = text.filter { $0.isLetter || $0.isNumber }
    guard letters.count >= 2, Set(letters).count > 1 else { return false }
    let lower = letters.lowercased()
    let counting = ["0123456789abcdef", "1234567890abcdef", "123456789012345678"]
    return !counting.contains { $0.hasPrefix(lower) } && !lower.hasPrefix("unknown")
      && !lower.hasPrefix("tobefilled")
  }

  /// A serial number that two disks have tells neither of them apart.
  private static func withoutSharedSerials(_ disks: [Disk]) -> [Disk] {
    var seen: [DiskIdentifier: Int] = [:]
    for identifier in disks.compactMap(\.identifier.value) { seen[identifier, default: 0] += 1 }
    return disks.map { disk in
      guard let own = disk.identifier.value, own.isReported, seen[own, default: 0] > 1 else {
        return disk
      }
      var disk = disk
      if let path = disk.stableNames.first(where: { $0.hasPrefix("/dev/disk/by-path/") }) {
        disk.identifier = .known(.place(path: path, size: disk.size, fingerprint: ""))
      } else {
        disk.identifier = .unknown("another disk has the same serial number, \(own.text)")
      }
      return disk
    }
  }
}

/// What udev noted about a device. (udev(7), the database below /run/udev/data)
struct UdevRecord {
  var properties: [String: String] = [:]
  var links: [String] = []

  init(_ tree: SystemTree, number: String?) {
    guard let number, let text = tree.text("/run/udev/data/b\(number)") else { return }
    for line in text.split(separator: "\n") {
      if line.hasPrefix("S:") { links.append(String(line.dropFirst(2))) }
      guard line.hasPrefix("E:"), let sign = line.firstIndex(of: "=") else { continue }
      properties[String(line[line.index(line.startIndex, offsetBy: 2)..<sign])] =
        String(line[line.index(after: sign)...])
    }
  }
}
