import SugarAgentPlan
import SugarHost
import SugarModel
import SugarProbe

extension DiskWorker {
  /// Makes a layout's disk again as it was before the agent's first write. Throws when a file system
  /// was made since: then what lay there is gone.
  public func undo(
    _ layout: String, because reason: String = "a person took the change back"
  ) throws(AgentError) {
    if journal.history.hasFormatted(layout) {
      throw AgentError(
        "undo", layout, "a file system was made since; what lay there before is overwritten")
    }
    let path = capsulePath(layout)
    guard (try? Files.exists(path)) == true else {
      throw AgentError("undo", layout, "nothing was written for it, so nothing is kept")
    }
    let capsule = try UndoCapsule(reading: path)
    guard
      let disk = settings.finder.disks().first(where: {
        $0.identifier.value?.seed == capsule.header.disk && $0.size == capsule.header.size
      })
    else {
      throw AgentError("undo", layout, "the disk is not here: \(capsule.header.title)")
    }
    tell("\(layout): making \(disk.title) again as it was")
    let handle = try attempt("write", disk.path) { () throws(HostError) in
      try DiskHandle(disk, finder: settings.finder)
    }
    defer { handle.release() }
    try restore(capsule, handle)
    try journal.append(layout, .undone(because: reason))
  }

  /// Takes back what was just written to a disk that is still locked.
  func takeBack(
    _ layout: String, because reason: String, _ handle: DiskHandle
  ) throws(AgentError) {
    try restore(try UndoCapsule(reading: capsulePath(layout)), handle)
    try journal.append(layout, .undone(because: reason))
  }

  private func restore(_ capsule: UndoCapsule, _ handle: DiskHandle) throws(AgentError) {
    let disk = handle.disk
    do {
      try handle.checkIdentity()
      try capsule.restore(handle.storage)
      try handle.storage.synchronize()
      let content = try DiskReader.content(of: disk.path, sectorSize: disk.sectorSize)
      let nothing = SectorRange(start: 0, count: 0, sectorSize: disk.sectorSize)
      _ = try handle.tellKernel(
        content.presentTable
          ?? PartitionTable(kind: .mbr(0), usable: nothing, partitions: []))
    } catch {
      throw AgentError("undo", disk.path, "\(error)")
    }
  }
}
