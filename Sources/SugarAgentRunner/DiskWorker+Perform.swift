import SugarAgentPlan
import SugarHost
import SugarModel
import SugarPartition
import SugarProbe

extension DiskWorker {
  /// Carries out what a decision stands for. Everything that is written was announced in the journal
  /// first, and is compared afterwards.
  func perform(_ work: DiskWork, _ layout: DiskLayout, _ disk: Disk) throws(AgentError) {
    guard !work.copiesRoot else {
      throw AgentError("move the root to", disk.path, "this agent does not copy root file systems")
    }
    guard let identifier = disk.identifier.value, case .known(let content) = disk.content else {
      throw AgentError("write", disk.path, "it is not known who it is")
    }
    let handle = try attempt("write", disk.path) { () throws(HostError) in
      try DiskHandle(disk, finder: settings.finder)
    }
    defer { handle.release() }
    try keepUndo(work, layout, disk, content, handle)
    try journal.append(
      layout.name,
      .began(disk: identifier.seed, middle: content.middle, consent: work.consent))
    if let table = work.table {
      tell("\(layout.name): writing the partition table of \(disk.title)")
      try writeTable(table, over: content, handle)
      try journal.append(layout.name, .tableWritten)
    }
    guard let table = work.table ?? content.presentTable else {
      throw AgentError("format", disk.path, "it has no partition table")
    }
    guard
      try attempt(
        "show the kernel", disk.path,
        { () throws(HostError) in
          try handle.tellKernel(table)
        })
    else {
      try journal.append(layout.name, .awaitsReboot)
      return
    }
    try format(work.format, table, work, layout, handle, identifier)
    for number in work.grow {
      try grow(number, layout, handle)
    }
  }

  /// The place of a layout's capsule.
  func capsulePath(_ layout: String) -> String { "\(settings.places.undo)/\(layout).capsule" }

  /// Keeps what is there before the first write. One that an interrupted run kept is the truth: what
  /// is on the disk now may be half ours.
  private func keepUndo(
    _ work: DiskWork, _ layout: DiskLayout, _ disk: Disk, _ content: DiskContent,
    _ handle: DiskHandle
  ) throws(AgentError) {
    let path = capsulePath(layout.name)
    if journal.history.begun[layout.name]?.disk == disk.identifier.value?.seed,
      (try? Files.exists(path)) == true
    {
      return
    }
    let rows = (work.table?.partitions ?? []) + content.table.partitions
    do {
      let capsule = try UndoCapsule(
        of: handle.storage, layout: layout.name, disk: disk, rows: rows.map(\.range))
      try capsule.save(to: path)
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("read", disk.path, "\(error)")
    }
  }

  private func writeTable(
    _ table: PartitionTable, over content: DiskContent, _ handle: DiskHandle
  ) throws(AgentError) {
    let path = handle.disk.path
    var present: PartitionTable?
    if case .mbr(let own) = content.table { present = own }
    if case .mbr = table.kind, let present {
      // Row by row, each one sector: the boot code and the flags stay as they are.
      for row in table.partitions {
        let before = present.partition(row.number)
        guard before?.range != row.range else { continue }
        let text = "start=\(row.range.start), size=\(row.range.count), type=\(row.type)\n"
        try sfdisk(before == nil ? ["--append"] : ["-N", "\(row.number)"], text, handle)
      }
    } else {
      try sfdisk([], SfdiskScript.text(table), handle)
    }
    try verify(table, path)
  }

  /// sfdisk asks nobody, wipes nothing and leaves the kernel alone: all of that is done here.
  /// (sfdisk(8))
  private func sfdisk(
    _ options: [String], _ script: String, _ handle: DiskHandle
  ) throws(AgentError) {
    let path = handle.disk.path
    try attempt("write", path) { () throws(HostError) in try handle.checkIdentity() }
    let fixed = [
      "--quiet", "--wipe", "never", "--wipe-partitions", "never", "--no-reread",
      "--no-tell-kernel", "--force",
    ]
    try run("sfdisk", options + fixed + [path], input: script)
  }

  /// What is on the medium now: read by ourselves, and by libparted.
  private func verify(_ table: PartitionTable, _ path: String) throws(AgentError) {
    func differs(_ who: String) -> AgentError {
      AgentError("check the new table of", path, "\(who) reads something else than was written")
    }
    do {
      let sector = table.usable.sectorSize
      let found = try DiskReader.content(of: path, sectorSize: sector)
      let (present, isSound) = found.table.tableAndSoundness
      guard let present, isSound, present.kind == table.kind,
        present.partitions == table.partitions
      else { throw differs("the agent") }
      let rows = try PartedTable.rows(of: path)
      let wanted = table.partitions.map { row in
        Partition(number: row.number, range: row.range, type: "", name: row.name)
      }
      guard rows == wanted else { throw differs("libparted") }
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("check the new table of", path, "\(error)")
    }
  }

  /// Runs a program of the system; throws its own words unless it exits 0.
  func run(_ name: String, _ arguments: [String], input: String = "") throws(AgentError) {
    _ = try status(name, arguments, input: input, among: [0])
  }

  /// Runs a program of the system; gives its exit status, and throws its own words when that is none
  /// of these.
  func status(
    _ name: String, _ arguments: [String], input: String = "", among good: Set<Int32>
  ) throws(AgentError) -> Int32 {
    let environment = ["LC_ALL": "C", "E2FSPROGS_FAKE_TIME": "\(settings.fixedTime)"]
    let result = try attempt("run", name) { () throws(HostError) in
      try Program(name).runOnDevice(arguments, environment: environment, input: input)
    }
    guard good.contains(result.status) else {
      let words = result.output.split(separator: "\n").suffix(3).joined(separator: "; ")
      throw AgentError("run", name, "exit status \(result.status): \(words)")
    }
    return result.status
  }

  func attempt<Result>(
    _ operation: String, _ subject: String, _ body: () throws(HostError) -> Result
  ) throws(AgentError) -> Result {
    do { return try body() } catch {
      throw AgentError(operation, subject, error.reason, code: error.code)
    }
  }
}

extension DiskContent {
  var presentTable: PartitionTable? { table.tableAndSoundness.0 }
}

extension TableFinding {
  var tableAndSoundness: (PartitionTable?, Bool) {
    switch self {
    case .mbr(let table): (table, true)
    case .gpt(let table, let health): (table, health == .sound)
    case .none, .damaged, .strayRows: (nil, false)
    }
  }
}
