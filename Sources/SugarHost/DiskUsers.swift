import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

/// Who uses which disk: mounts, swap, devices that stand on it, file systems of several disks.
struct DiskUsers {
  private let tree: SystemTree
  private let mounts: Finding<[MountTable.Mount]>
  private let swaps: Set<String>
  /// Names of the disks below `/`, `/boot`, `/usr` and what they stand on.
  private let system: Finding<Set<String>>

  static let systemPlaces = ["/", "/usr", "/boot", "/boot/firmware", "/boot/efi", "/etc", "/var"]

  init(_ tree: SystemTree) {
    self.tree = tree
    let lines = tree.text("/proc/swaps")?.split(separator: "\n").dropFirst() ?? []
    swaps = Set(
      lines.compactMap { line in
        line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first
          .flatMap { deviceNumber(MountTable.unescaped(String($0))) }
      })
    do throws(HostError) {
      let table = try MountTable(tree)
      mounts = .known(table.mounts)
      let walk = SystemWalk(tree: tree, table: table)
      do throws(HostError) {
        var names = Set<String>()
        for place in Self.systemPlaces {
          for mount in table.mounts where mount.place == place {
            names.formUnion(try walk.disks(below: mount, depth: 0))
          }
        }
        system = .known(names)
      } catch {
        system = .unknown(error.reason)
      }
    } catch {
      mounts = .unknown("\(error)")
      system = .unknown("\(error)")
    }
  }

  func carriesSystem(_ name: String) -> Finding<Bool> {
    switch system {
    case .known(let names): .known(names.contains(name))
    case .unknown(let reason): .unknown(reason)
    }
  }

  func uses(_ name: String, _ partitions: [KernelPartition]) -> Finding<[DiskUse]> {
    guard case .known(let mounts) = mounts else {
      return .unknown("it is not known what is mounted")
    }
    var uses: [DiskUse] = []
    let parts = [(0, "/dev/\(name)")] + partitions.map { ($0.number, $0.path) }
    for (number, path) in parts {
      let entry = String(path.dropFirst("/dev/".count))
      let folder = number == 0 ? "/sys/block/\(name)" : "/sys/block/\(name)/\(entry)"
      guard let device = tree.text("\(folder)/dev") else {
        return .unknown("\(path) has no device number")
      }
      var own = mounts.filter { $0.device == device }.map {
        DiskUse.mount($0.place, partition: number)
      }
      // A file system without a device number of its own names its source.
      own += mounts.filter { $0.device.hasPrefix("0:") && deviceNumber($0.source) == device }.map {
        DiskUse.mount($0.place, partition: number)
      }
      if swaps.contains(device) { own.append(.swap(partition: number)) }
      own += tree.list("\(folder)/holders").map { .holder($0, partition: number) }
      if own.isEmpty, isMember(entry) { own.append(.member("btrfs", partition: number)) }
      uses += own
    }
    if uses.isEmpty { uses += parts.filter { Self.isHeld($0.1) }.map { _ in .exclusive } }
    return .known(uses)
  }

  /// btrfs lists the disks of each mounted file system.
  private func isMember(_ entry: String) -> Bool {
    tree.list("/sys/fs/btrfs").contains { tree.list("/sys/fs/btrfs/\($0)/devices").contains(entry) }
  }

  /// Whoever holds a block device exclusively makes this fail: mounts, md, LVM. (open(2), O_EXCL)
  static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_EXCL | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == EBUSY }
    close(descriptor)
    return false
  }
}

/// Goes down from a mount to the disks that it stands on.
private struct SystemWalk {
  let tree: SystemTree
  let table: MountTable

  func disks(below mount: MountTable.Mount, depth: Int) throws(HostError) -> Set<String> {
    guard depth < 8 else {
      throw HostError(
        operation: "find the disk of", subject: mount.place,
        reason: "\(mount.place) leads in circles")
    }
    if !mount.device.hasPrefix("0:") { return try disks(of: mount.device, depth) }
    if let device = deviceNumber(mount.source) { return try disks(of: device, depth) }
    switch mount.kind {
    case "overlay": return try disks(ofOverlay: mount, depth)
    case "tmpfs", "ramfs", "rootfs", "nfs", "nfs4", "squashfs", "9p", "virtiofs", "hostfs":
      return []
    default:
      throw HostError(
        operation: "find the disk of", subject: mount.place,
        reason: "cannot tell which disks the \(mount.kind) at \(mount.place) stands on")
    }
  }

  private func disks(of device: String, _ depth: Int) throws(HostError) -> Set<String> {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let link = tree.place("/sys/dev/block/\(device)")
    guard realpath(link, &buffer) != nil else {
      throw HostError(
        operation: "find", subject: link, reason: "the kernel does not know the device \(device)")
    }
    let folder = String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let parts = folder.split(separator: "/").map(String.init)
    guard let name = parts.last else { return [] }
    if (try? Files.exists("\(folder)/partition")) == true, parts.count > 1 {
      return [parts[parts.count - 2]]
    }
    let slaves = tree.list("\(folder)/slaves")
    if !slaves.isEmpty {
      var names = Set<String>()
      for slave in slaves {
        guard let number = tree.text("/sys/class/block/\(slave)/dev") else { continue }
        names.formUnion(try disks(of: number, depth + 1))
      }
      return names
    }
    if let file = tree.text("\(folder)/loop/backing_file"), let mount = table.mount(of: file),
      mount.device != device
    {
      return try disks(below: mount, depth: depth + 1).union([name])
    }
    return [name]
  }

  private func disks(
    ofOverlay mount: MountTable.Mount, _ depth: Int
  ) throws(HostError) -> Set<String> {
    var names = Set<String>()
    for option in mount.options.split(separator: ",") {
      guard let sign = option.firstIndex(of: "="),
        ["lowerdir", "upperdir"].contains(option[..<sign])
      else { continue }
      for path in option[option.index(after: sign)...].split(separator: ":") {
        guard let below = table.mount(of: String(path)), below.place != mount.place else {
          throw HostError(
            operation: "find the disk of", subject: mount.place,
            reason: "the overlay at \(mount.place) stands on a folder that is not seen from here")
        }
        names.formUnion(try disks(below: below, depth: depth + 1))
      }
    }
    return names
  }
}
