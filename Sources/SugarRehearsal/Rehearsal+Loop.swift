import SugarHost
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

extension Rehearsal {
  private enum Source {
    case signals
    case console(String)
    case monitor(String)
    case port(Int)
  }

  /// Waits for something to happen, half a second at most, and deals with it. (poll(2))
  func turn(_ signals: Int32) throws(RehearsalError) {
    var sources: [(source: Source, wire: Wire?)] = [(.signals, nil)]
    for (node, machine) in machines {
      sources.append((.console(node), machine.console))
      sources.append((.monitor(node), machine.monitor))
    }
    for (port, wire) in network.wires { sources.append((.port(port), wire)) }
    var waits = sources.map { source in
      pollfd(
        fd: source.wire?.descriptor ?? signals,
        events: Int16(POLLIN) | (source.wire?.isFull == true ? Int16(POLLOUT) : 0), revents: 0)
    }
    let next = timers.map(\.due).min().map { max(0, $0 - now) } ?? 0.5
    guard poll(&waits, nfds_t(waits.count), Int32(min(0.5, next) * 1000) + 1) >= 0 || errno == EINTR
    else { throw RehearsalError("wait for", "the machines", String(cString: strerror(errno))) }
    for (wait, entry) in zip(waits, sources) where wait.revents != 0 {
      if wait.revents & Int16(POLLOUT) != 0 { entry.wire?.flush() }
      guard wait.revents & ~Int16(POLLOUT) != 0 else { continue }
      switch entry.source {
      case .signals: isInterrupted = true
      case .console(let node): try listen(to: node)
      case .monitor(let node): machines[node]?.readMonitor()
      case .port(let port): network.serve(port, now: Self.clock(CLOCK_REALTIME))
      }
    }
    try runTimers()
    if now - lastTick >= 0.1 {
      lastTick = now
      say(.tick)
    }
  }

  private func listen(to node: String) throws(RehearsalError) {
    guard let machine = machines[node] else { return }
    guard let lines = try machine.read(at: now) else { return ended(machine) }
    for line in lines {
      guard let words = AgentLine(line) else {
        nodes[node]?.hear(line, at: now)
        if !isEnding, let trouble = Self.trouble(line) {
          machine.end(.kill)
          machines[node] = nil
          return fail(node, trouble)
        }
        continue
      }
      guard !isEnding else { continue }
      nodes[node]?.take(words, at: now)
      say(.spoke(node: node, words))
      if words.state == .started,
        let cut = settings.cuts.take(
          node, words.phase, beginning: nodes[node]?.beginnings[words.phase] ?? 1)
      {
        if cut.delay == 0 { return cutPower(cut) }
        timers.append(Timer(due: now + cut.delay, node: node, action: .cut(cut)))
      }
    }
  }

  /// What a line of the console tells of a system from which nothing more comes.
  private static func trouble(_ line: String) -> String? {
    if line.contains("You are in emergency mode") { return "the system stopped in emergency mode" }
    if line.contains("Kernel panic - not syncing") { return line }
    return nil
  }

  private func runTimers() throws(RehearsalError) {
    let due = timers.filter { $0.due <= now }
    timers.removeAll { $0.due <= now }
    for timer in due {
      switch timer.action {
      case .powerOn: try powerOn(timer.node)
      case .cut(let cut): cutPower(cut)
      }
    }
  }

  private func powerOn(_ node: String) throws(RehearsalError) {
    guard machines[node] == nil, let plan = plans.first(where: { $0.node == node }),
      let log = logs[node]
    else { return }
    machines[node] = try Machine.start(
      plan, emulator: emulator, firmware: firmware, network: network,
      isRetired: nodes[node]?.isRetired ?? false, log: log)
    nodes[node]?.powerOn(at: now)
    say(.powerOn(node: node))
  }

  /// SIGKILL for the emulator: what the guest has not handed to its disk is lost.
  private func cutPower(_ cut: CutSchedule.Cut) {
    // A machine that is restarting has no power to lose; the cut comes later, or never.
    guard let machine = machines.removeValue(forKey: cut.node) else {
      guard nodes[cut.node]?.condition != .failed else { return }
      timers.append(Timer(due: now + 1, node: cut.node, action: .cut(cut)))
      return
    }
    machine.end(.kill)
    cutsMade.append(cut)
    nodes[cut.node]?.cut(at: now)
    say(.cut(node: cut.node, phase: cut.phase))
    timers.append(Timer(due: now + settings.outage, node: cut.node, action: .powerOn))
  }

  /// The emulator is gone without us.
  private func ended(_ machine: Machine) {
    let node = machine.plan.node
    machine.readMonitor()
    machine.end(.kill)
    machines[node] = nil
    guard !isEnding else { return }
    switch machine.reason {
    case .reset:
      nodes[node]?.reboot(at: now)
      say(.rebooted(node: node))
      timers.append(Timer(due: now + 1, node: node, action: .powerOn))
    case .shutdown: fail(node, "the node switched itself off")
    case .panic: fail(node, "the kernel panicked: \(machine.lastWords)")
    case nil: fail(node, "the emulator ended: \(machine.lastWords)")
    }
  }

  private func fail(_ node: String, _ reason: String) {
    nodes[node]?.fail(reason, at: now)
    say(.failed(node: node, reason))
  }
}
