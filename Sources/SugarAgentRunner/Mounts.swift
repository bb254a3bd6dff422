import SugarAgentPlan
import SugarHost
import SugarModel

/// Sees to it that the file systems of a finished layout are mounted, now and at every boot, and
/// that k3s does not start without them.
struct Mounts {
  let worker: DiskWorker

  init(_ worker: DiskWorker) { self.worker = worker }

  private var places: AgentPlaces { worker.settings.places }

  func arrange(_ layout: DiskLayout, _ ruling: DiskRuling) throws(AgentError) {
    guard let disk = ruling.disk, let identifier = disk.identifier.value,
      let table = disk.content.value?.presentTable
    else { return }
    let ids = DiskIDs(
      fleet: worker.identity.fleet, node: worker.identity.node, layout: layout.name,
      disk: identifier)
    var mounts: [(place: String, id: GUID)] = []
    for row in table.partitions {
      guard let place = worker.wish(row, layout)?.mount else { continue }
      mounts.append((place, ids.fileSystem(row.number)))
    }
    guard !mounts.isEmpty else { return }
    do {
      for mount in mounts { try addLine(mount.place, mount.id) }
      try require(mounts.map(\.place), layout.name)
    } catch {
      throw AgentError("arrange the mounts of", layout.name, error.reason, code: error.code)
    }
  }

  /// By UUID, and never in the way of a boot: a node whose disk died still comes up. (fstab(5),
  /// systemd.mount(5))
  private func addLine(_ place: String, _ id: GUID) throws(HostError) {
    let line =
      "UUID=\(id) \(place) ext4 defaults,noatime,nofail,x-systemd.device-timeout=30s 0 2"
    let present = try Files.exists(places.fstab) ? try Files.read(places.fstab) : []
    var lines = String(decoding: present, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    if lines.last == "" { lines.removeLast() }
    lines.removeAll { other in
      let words = other.split(whereSeparator: { $0 == " " || $0 == "\t" })
      return words.count > 1 && !other.hasPrefix("#") && words[1] == place
    }
    lines.append(line)
    let text = lines.joined(separator: "\n") + "\n"
    guard Array(text.utf8) != present else { return }
    try Files.write(Array(text.utf8), to: places.fstab, mode: 0o644)
  }

  /// k3s waits for the mounts and does not write below an empty mount point. (systemd.unit(5),
  /// RequiresMountsFor)
  private func require(_ mounts: [String], _ layout: String) throws(HostError) {
    let text =
      "# written by sugaragent: the file systems of '\(layout)'\n[Unit]\n"
      + "RequiresMountsFor=\(mounts.joined(separator: " "))\n"
    for unit in ["k3s.service.d", "k3s-agent.service.d"] {
      let path = "\(places.units)/\(unit)/20-sugaragent-\(layout).conf"
      if try Files.exists(path), try Files.read(path) == Array(text.utf8) { continue }
      try makeOpenDirectory("\(places.units)/\(unit)")
      try Files.write(Array(text.utf8), to: path, mode: 0o644)
    }
    for mount in mounts { try makeOpenDirectory(places.root + mount) }
  }

  /// A folder that everybody may look into, whatever the service's umask says.
  private func makeOpenDirectory(_ path: String) throws(HostError) {
    guard try !Files.exists(path) else { return }
    try Files.makeDirectory(path, mode: 0o755)
    try Files.setMode(0o755, of: path)
  }
}
