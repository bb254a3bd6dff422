import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarSystemd

#if canImport(Glibc)
  import Glibc
#endif

extension AgentRun {
  /// Whether there is a boot order that this node sees to at every boot. When that cannot be told, it
  /// does.
  var keepsBootOrder: Bool { (try? bootloaderRun.keepsOrder()) ?? true }

  private var bootloaderRun: BootloaderRun {
    BootloaderRun(
      places: places, tree: SystemTree(), now: { Int64(time(nil)) }, tell: { progress($0) })
  }

  /// The run of a boot that sees to the board's boot order; gives the exit status. What waits is run
  /// again by systemd; what is refused stays so in this boot.
  func setBootloader() -> Int32 {
    let status: Int32
    var sentence = "the boot order could not be looked at"
    do throws(AgentError) {
      let report = try bootloaderRun.run()
      tell(report)
      sentence = report.sentence
      status =
        switch report.state {
        case .waiting: ExitStatus.tryAgain
        case .refused: ExitStatus.refused
        case .nothingAsked, .none, .asPlanned, .differs, .staged, .undone: 0
        }
    } catch {
      note("boot order: \(error)", .error, Self.bootloader, [])
      Output.show("sugaragent: boot order: \(error)")
      status = ExitStatus.wrongData
    }
    tell { try manager.tellReady(sentence) }
    tell { try manager.tellStopping() }
    return status
  }

  /// One line for how it stands, and the report.
  private func tell(_ report: BootloaderReport) {
    let line = BootloaderWords.line(report)
    progress(line)
    note(
      line, report.state == .refused ? .error : .notice, Self.bootloader,
      [
        .init("SUGAR_STATE", report.state.rawValue),
        .init("SUGAR_CODE", report.code?.rawValue ?? ""),
      ])
    for complaint in ReportFiles(places).save(report, page: { ReportPage.html($0) }) {
      note(complaint, .warning, Self.bootloader, [])
    }
  }

  /// How the bootloader stands.
  func bootloader(isJSON: Bool) -> Int32 {
    attempt { () throws(AgentError) in
      let report = try bootloaderRun.status()
      print(
        isJSON ? try JSONText.page(report) : BootloaderWords.status(report), terminator: "")
    }
  }

  func undoBootloader() -> Int32 {
    attempt { () throws(AgentError) in
      let report = try bootloaderRun.undo()
      tell(report)
      guard report.code == nil else {
        throw AgentError("take back", "the boot order", report.sentence)
      }
    }
  }

  func retryBootloader() -> Int32 {
    attempt { () throws(AgentError) in
      try bootloaderRun.retry()
      Output.show("the next boot brings the fleet's settings to the board again, if it must")
    }
  }
}
