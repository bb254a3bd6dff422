import SugarAgentPlan
import SugarHost
import SugarModel
import SugarProbe

extension DiskWorker {
  /// Makes the file systems of partitions, after looking into all of them: what an old table left
  /// there may come to light again inside the new ones.
  func format(
    _ numbers: [Int], _ table: PartitionTable, _ work: DiskWork, _ layout: DiskLayout,
    _ handle: DiskHandle, _ identifier: DiskIdentifier
  ) throws(AgentError) {
    let ids = DiskIDs(
      fleet: identity.fleet, node: identity.node, layout: layout.name, disk: identifier)
    var jobs: [FormatJob] = []
    for number in numbers {
      guard let row = table.partition(number), let wish = wish(row, layout) else {
        throw AgentError("format", "\(handle.disk.path) partition \(number)", "it is not planned")
      }
      let node = try attempt("open", handle.disk.path) { () throws(HostError) in
        try handle.waitForNode(of: number)
      }
      let volume = try look(handle.disk.path, row)
      let wasBegun = journal.history.begun[layout.name]?.formatting.contains(number) == true
      var job = FormatJob(row: row, wish: wish, id: ids.fileSystem(number), node: node)
      switch OwnVolume.state(volume, wish, id: job.id) {
      case .ours where !wasBegun || volume.wasMounted: continue  // with data in it: adopted
      case .ours, .blank: break
      case .foreign:
        let isOwnRest = volume.signatures.isEmpty && wasBegun
        guard isOwnRest || work.consent != nil else {
          throw try reappeared(layout, volume, node, handle)
        }
      }
      // What was given away is cleared whole, however far an earlier run came.
      job.clears = work.consent != nil
      jobs.append(job)
    }
    for job in jobs { try make(job, layout, handle) }
  }

  private struct FormatJob {
    var row: Partition
    var wish: PartitionWish
    var id: GUID
    var node: String
    var clears = false
  }

  private func make(
    _ job: FormatJob, _ layout: DiskLayout, _ handle: DiskHandle
  ) throws(AgentError) {
    try attempt("write", job.node) { () throws(HostError) in try handle.checkIdentity() }
    try journal.append(layout.name, .formatting(partition: job.row.number))
    if job.clears { try clear(job.node) }
    tell("\(layout.name): making the file system '\(job.wish.label)' on \(job.node)")
    try makeFileSystem(job.wish, job.id, job.node)
    let made = try look(handle.disk.path, job.row)
    guard OwnVolume.state(made, job.wish, id: job.id) == .ours else {
      throw AgentError("check", job.node, "the new file system is not there")
    }
    try run("e2fsck", ["-f", "-n", job.node])
    try journal.append(layout.name, .formatted(partition: job.row.number))
  }

  private func makeFileSystem(
    _ wish: PartitionWish, _ id: GUID, _ node: String
  ) throws(AgentError) {
    switch wish.kind {
    case .ext4:
      // Everything that mke2fs would draw by lot is given: the same plan makes the same bytes.
      try run(
        "mke2fs",
        [
          "-q", "-F", "-t", "ext4", "-U", id.description, "-L", wish.label, "-E",
          "hash_seed=\(id),lazy_itable_init=1,lazy_journal_init=1,nodiscard", node,
        ])
    }
  }

  /// Nothing that looks like a file system may be left where the new one comes.
  private func clear(_ node: String) throws(AgentError) {
    tell("clearing what was on \(node), as agreed")
    do {
      let target = try FileStorage(node, .readWrite)
      let edge = min(UndoCapsule.area, target.size)
      let zeros = [UInt8](repeating: 0, count: Int(edge.bytes))
      try target.write(zeros, at: target.size - edge)
      try target.write(zeros, at: .zero)
      try target.synchronize()
    } catch {
      throw AgentError("clear", node, "\(error)")
    }
  }

  /// An old file system came to light in the new partition: the table becomes what it was, and the
  /// disk is refused.
  private func reappeared(
    _ layout: DiskLayout, _ volume: VolumeContent, _ node: String, _ handle: DiskHandle
  ) throws(AgentError) -> AgentError {
    let found = volume.signatures.first?.description ?? "data that nothing explains"
    let reason =
      "\(found) came to light in the new \(node), so the partition table was made again as it was"
    try takeBack(layout.name, because: reason, handle)
    return AgentError(
      "format", node, "\(found) came to light in it", refusal: Refusal(.reappeared, reason))
  }

  /// Makes the file system as large as its partition, while it is mounted: the kernel does that
  /// through the journal of the file system, and a power cut in the middle harms nothing. resize2fs
  /// on its own, unmounted, has no such protection.
  ///
  /// Before that it is asked to be checked at every mount, until `settleGrowth`: the kernel writes
  /// the superblock's copies as the mounted one is, with a journal to replay. By such a copy e2fsck
  /// mends a superblock that a power cut tore, replays the journal, and gives up; then the file
  /// system calls itself clean and is not, and only what asks for a check gets one.
  /// (Linux, fs/ext4/resize.c, update_backups; e2fsprogs, e2fsck/unix.c, E2F_FLAG_RESTARTED)
  func grow(
    _ number: Int, _ layout: DiskLayout, _ handle: DiskHandle
  ) throws(AgentError) {
    let node = handle.disk.partitionPath(number)
    try journal.append(layout.name, .growing(partition: number))
    tell("\(layout.name): growing \(node)")
    try attempt("write", node) { () throws(HostError) in try handle.checkIdentity() }
    guard !isMounted(number, of: handle.disk) else {
      return try resize(node, folder(on: number, of: handle.disk))
    }
    try mend(node)
    let place = "\(settings.places.state)/grow"
    try attempt("mount", node) { () throws(HostError) in
      try Files.makeDirectory(place, mode: 0o700)
      try Mounting.mount(node, at: place, kind: "ext4")
    }
    defer { try? Mounting.unmount(place) }
    try resize(node, place)
  }

  private func resize(_ node: String, _ folder: String?) throws(AgentError) {
    try runOnMounted("tune2fs", ["-c", "1", node], folder)
    try runOnMounted("resize2fs", [node], folder)
  }

  /// Runs a program that opens a file system which is mounted; `folder` is on it.
  ///
  /// When the kernel changes the superblock between tune2fs's reading and its writing, the checksum
  /// that is left there is of neither, and no program opens the file system until the kernel makes
  /// its own anew. (e2fsprogs, lib/ext2fs/closefs.c, write_primary_superblock)
  private func runOnMounted(
    _ name: String, _ arguments: [String], _ folder: String?
  ) throws(AgentError) {
    for _ in 0..<5 {
      do { return try run(name, arguments) } catch {
        guard let folder, error.reason.contains("checksum does not match") else { throw error }
        try? Mounting.renewSuperblock(of: folder)
      }
    }
    try run(name, arguments)
  }

  /// What remains to be done about what has its size. A growth that was cut off at its last write
  /// looks done, and may not mount. And tune2fs writes copies of the superblock that stand for
  /// themselves; where a later cut brought the journal's back, once more.
  func settleGrowth(of layout: DiskLayout, _ disk: Disk) throws(AgentError) {
    guard let content = disk.content.value, let table = content.presentTable else { return }
    for row in table.partitions where layout.place == .behindRoot || wish(row, layout) != nil {
      let node = disk.partitionPath(row.number)
      let isGrowing = journal.history.begun[layout.name]?.growing.contains(row.number) == true
      guard isGrowing || content.partitions[row.number]?.isGrowthUnsettled == true else {
        continue
      }
      if !isMounted(row.number, of: disk) { try mend(node) }
      try runOnMounted("tune2fs", ["-c", "-1", node], folder(on: row.number, of: disk))
    }
  }

  /// What is not known counts as mounted.
  func isMounted(_ number: Int, of disk: Disk) -> Bool {
    disk.uses.value?.contains {
      if case .mount(_, let own) = $0 { own == number } else { false }
    } ?? true
  }

  /// A folder on a partition that is mounted, as far as that is known.
  private func folder(on number: Int, of disk: Disk) -> String? {
    for case .mount(let place, number) in disk.uses.value ?? [] {
      // Where the agent is tried without a root of its own, its state is where the root would be.
      return place == "/" ? settings.places.state : place
    }
    return nil
  }

  /// Makes a file system of ours whole whose growth was cut off: replays its journal. When the
  /// superblock itself was torn, which -p leaves to people, a copy of it serves; after the journal
  /// was replayed by that, what is left to mend takes another run. (e2fsck(8): 1 is "mended", 8
  /// "could not be opened", 12 "opened and not wholly mended")
  func mend(_ node: String) throws(AgentError) {
    guard try status("e2fsck", ["-p", node], among: [0, 1, 8]) == 8 else { return }
    tell("\(node) cannot be opened; mending it by a copy of its superblock")
    guard try status("e2fsck", ["-y", node], among: [0, 1, 12]) == 12 else { return }
    _ = try status("e2fsck", ["-f", "-y", node], among: [0, 1])
  }

  private func look(_ path: String, _ row: Partition) throws(AgentError) -> VolumeContent {
    do { return try DiskReader.volume(of: path, range: row.range) } catch {
      throw AgentError("look at", "partition \(row.number) of \(path)", "\(error)")
    }
  }

  func wish(_ row: Partition, _ layout: DiskLayout) -> PartitionWish? {
    DiskPlanner.wish(for: row, in: layout)
  }
}
