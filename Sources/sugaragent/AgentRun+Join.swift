import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarSystemd

#if canImport(Glibc)
  import Glibc
#endif

extension AgentRun {
  /// The second run of a boot, from the network to Ready; gives the exit status. It never ends by
  /// itself while there is something to wait for, and the boot does not wait for it.
  func join() -> Int32 {
    tell { try manager.tellReady("begun") }
    let files = ReportFiles(places)
    let machine = JoinMachine.real(pause: pause)
    let teller = PhaseTeller(
      report: disksReport(files, machine), uptime: { Moment.now.seconds }, show: tell,
      save: { report in
        let report = files.completed(report)
        for complaint in files.save(report, page: ReportPage.html(report)) {
          note(complaint, .warning, Self.progressed, [])
        }
      }, remark: { note($0, .notice, Self.progressed, []) }, usage: { .now })
    let run = JoinRun(
      places: places, machine: machine, teller: teller, disks: { try? files.last() })
    run.keepsBootOrder = keepsBootOrder
    let end = run.run()
    for warning in teller.warnings { note(warning, .warning, Self.progressed, []) }
    tell { try manager.tellStopping() }
    switch end {
    case .ready, .rebooting: return 0
    case .stopped: return ExitStatus.tryAgain
    // Built without a k3s binary, for trial: the node does what it can, and that is no failure of it.
    case .refused(.placeholder): return 0
    case .refused(.identity): return ExitStatus.wrongData
    case .refused: return ExitStatus.refused
    }
  }

  /// What the first run of this boot found; what is known when it found nothing.
  private func disksReport(_ files: ReportFiles, _ machine: JoinMachine) -> AgentReport {
    let boot = machine.tree.text("/proc/sys/kernel/random/boot_id") ?? "unknown"
    if let last = try? files.last(), last.boot == boot { return last }
    let board = BoardSurvey(machine.tree).look(now: Int64(machine.now()))
    var report = ReportBuilder.stopped(
      agent: AgentVersion.release,
      identity: try? IdentityReader(places).read(boardSerial: board.serial),
      reason: "The disks were not looked at in this boot.", next: "", board: board, boot: boot)
    (report.state, report.next) = (.working, [])
    return report
  }

  /// Waits, and gives systemd signs of life meanwhile.
  private func pause(_ seconds: Int) -> Bool {
    var left = seconds
    while left > 0 {
      let step = min(left, 20)
      sleep(UInt32(step))
      tell { try manager.tellAlive() }
      left -= step
    }
    return true
  }
}
