import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// Starting what makes the machine a node.
extension JoinRun {
  /// How often the agent starts the machine again by itself before it leaves it up for a person.
  static let rebootLimit = 3
  private static let resolved = "/run/systemd/resolve/resolv.conf"

  func files(_ known: Known) -> JoinFiles {
    JoinFiles(places: places, identity: known.identity, distribution: known.distribution)
  }

  func start(
    _ known: Known, _ course: JoinCourse, _ server: String?, _ interface: String
  ) throws(Stop) {
    let unit = known.distribution.unit(known.identity.role)
    _ = try settle(.join) { (_) throws(Failed) -> JoinRuling<Bool> in
      if let ruling = try self.tried({ () throws(AgentError) in try self.memoryControl(known) }) {
        return ruling
      }
      return try self.tried { () throws(AgentError) in
        try self.prepare(known, course, server, interface)
        if course == .restart, self.machine.state(unit) == "active" {
          return .go(true, "\(unit) runs")
        }
        if known.identity.role.isServer, course != .restart { self.measureDisk(known) }
        try self.record(known, course, server)
        try self.attempt("start", unit) { try self.machine.start(unit) }
        return .go(true, "\(unit) is started\(server.map { ", it joins through \($0)" } ?? "")")
      }
    }
  }

  private func prepare(
    _ known: Known, _ course: JoinCourse, _ server: String?, _ interface: String
  ) throws(AgentError) {
    let (identity, files) = (known.identity, files(known))
    var overlay = ConfigurationOverlay()
    let backend = identity.cluster.settings?.backend
    if backend != nil, backend != "none" { overlay.flannelInterface = interface }
    let resolver = machine.tree.text("/etc/resolv.conf") ?? ""
    if ConfigurationOverlay.needsOtherResolver(resolver), machine.tree.text(Self.resolved) != nil {
      overlay.resolvConf = Self.resolved
    }
    let named = identity.cluster.server.flatMap { Self.host(of: $0) }
    if let server, server != named {
      overlay.server = "https://\(server):\(identity.cluster.port ?? 6443)"
    }
    // What ran before keeps the server that it joined through.
    if course == .restart { overlay.server = joinedThrough(known, named) }
    try files.writeOverlay(overlay)
    if course == .initialise { try files.installAuthorities() }
    guard course != .initialise || hasAuthority(known) else {
      throw AgentError(
        "find", known.distribution.serverAuthority,
        "the first server must have its cluster's authorities before it starts")
    }
  }

  private func joinedThrough(_ known: Known, _ named: String?) -> String? {
    let last = known.journal.entries.last {
      switch $0.event {
      case .joining, .initialising: true
      default: false
      }
    }
    guard case .joining(let host)? = last?.event, host != named else { return nil }
    return "https://\(host):\(known.identity.cluster.port ?? 6443)"
  }

  private func hasAuthority(_ known: Known) -> Bool {
    (try? Files.exists(places.root + known.distribution.serverAuthority)) == true
  }

  private func record(
    _ known: Known, _ course: JoinCourse, _ server: String?
  ) throws(AgentError) {
    switch course {
    case .initialise:
      try known.journal.append(.initialising(generation: known.identity.generation))
    case .join: try known.journal.append(.joining(host: server ?? ""))
    case .restart: break
    }
  }

  func attempt(_ verb: String, _ subject: String, _ work: () throws -> Void) throws(AgentError) {
    do { try work() } catch { throw AgentError(verb, subject, "\(error)") }
  }

  /// k3s does not start without the memory cgroup. A Raspberry Pi has it off unless its command line
  /// says otherwise; that takes one more boot. nil when it is on.
  private func memoryControl(_ known: Known) throws(AgentError) -> JoinRuling<Bool>? {
    let controllers = machine.tree.text("/sys/fs/cgroup/cgroup.controllers") ?? ""
    let hasMemory = controllers.split(separator: " ").contains("memory")
    guard !hasMemory else { return nil }
    let config = (try? Files.read(places.firmware + "/config.txt", limit: .kib(64))) ?? []
    let names = BootFileNames(configuration: String(decoding: config, as: UTF8.self))
    let path = "\(places.firmware)/\(names.commandLine)"
    let bytes = (try? Files.read(path, limit: .kib(64))) ?? []
    var line = BootCommandLine(String(decoding: bytes, as: UTF8.self))
    line.enableMemoryControl()
    let wanted = Array(line.text.utf8)
    let ruling = CgroupRules.decide(
      isInCommandLine: wanted == bytes, canEdit: !bytes.isEmpty, reboots: known.journal.reboots,
      limit: Self.rebootLimit)
    guard case .reboot(let reason) = ruling else { return ruling }
    if wanted != bytes {
      do throws(HostError) {
        // FAT keeps no journal: the old line stays beside the new one. (first-boot, D26)
        try Files.write(bytes, to: path + ".bak", mode: nil)
        try Files.write(wanted, to: path, mode: nil)
      } catch { throw AgentError("write", path, error.reason, code: error.code) }
    }
    try known.journal.append(.rebooting(because: reason))
    try attempt("start", "the machine again") { try machine.reboot() }
    return ruling
  }

  /// How fast the disk keeps what a server's database gives it.
  private func measureDisk(_ known: Known) {
    let folder = places.root + known.distribution.dataFolder
    do {
      try Files.makeDirectory(folder, mode: 0o755)
      let found = try machine.latency(folder)
      let words = DiskSpeed.words(median: found.median, slowest: found.slowest)
      teller.note(words.sentence)
      if words.isSlow { teller.warn(words.sentence) }
    } catch { teller.warn("the speed of the disk below \(folder) could not be measured: \(error)") }
  }
}
