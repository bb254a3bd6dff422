import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarSystemd

#if canImport(Glibc)
  import Glibc
#endif

/// The agent on the node that it runs on.
struct AgentRun {
  /// Kinds of entries in the journal.
  static let started = MessageID(0x6f7f_2bc1_c16c_4c1a, 0x9bb5_b0b8_a9d3_f5e1)
  static let progressed = MessageID(0x2c1e_0d0a_57f4_4b8e, 0x8a54_6f0e_9b1d_7c33)
  static let decided = MessageID(0x91d2_a6f0_3c5b_4e7d, 0xb1a8_53c7_20e6_4f99)
  static let ended = MessageID(0x4b7a_98c3_6ed1_42f5, 0xa07c_e1d5_38b2_9a60)

  static let phase = MessageID(0x3d9c_51fe_07ab_4d62, 0x8f13_c6e4_5a70_be28)

  static let bootloader = MessageID(0x5e81_c0a4_d97f_4b36, 0xa2d5_1f78_0c63_9be4)

  let manager = ServiceManager()
  private let log: SystemLog
  let places = AgentPlaces()

  /// - Parameter journalStream: the environment's `JOURNAL_STREAM`.
  init(journalStream: String?) { log = SystemLog(journalStream: journalStream) }

  private func now() -> Int64 { Int64(time(nil)) }

  private var firstBoot: FirstBoot {
    FirstBoot(
      places: places, finder: DiskFinder(), agent: AgentVersion.release, now: now, tell: progress)
  }

  /// The run of a boot; gives the exit status.
  func run() -> Int32 {
    let name = "sugaragent \(AgentVersion.release)"
    note("\(name) started", .notice, Self.started, [.init("SUGAR_VERSION", AgentVersion.release)])
    let began = Moment.now.seconds
    tell(
      PhaseRecord(
        phase: .identity, state: .started, sentence: "reading who this node is", began: began,
        at: began))
    var (boot, records) = (firstBoot, [PhaseRecord]())
    boot.identified = { identity in
      let at = Moment.now.seconds
      records = [JoinReport.identityRecord(identity, began: began, at: at)]
      records.forEach(tell)
      tell(
        PhaseRecord(
          phase: .disks, state: .started, sentence: "looking at the disks", began: at, at: at))
    }
    var report = boot.run()
    var last = JoinReport.diskRecord(
      report, began: records.last?.at ?? began, at: Moment.now.seconds)
    last.usage = .now
    tell(last)
    report.phases = records + [last]
    report = ReportFiles(places).completed(report)
    report.warnings += ReportFiles(places).save(report, page: ReportPage.html(report))
    Output.show(ReportScreen.text(report, width: 80))
    for result in report.layouts {
      note(
        "\(result.layout): \(result.verdict): \(result.reason)",
        result.code == nil ? .notice : .error, Self.decided,
        [
          .init("SUGAR_LAYOUT", result.layout), .init("SUGAR_VERDICT", result.verdict),
          .init("SUGAR_CODE", result.code?.rawValue ?? ""),
        ])
    }
    for warning in report.warnings { note(warning, .warning, Self.progressed, []) }
    note(
      report.summary, report.state == .refused ? .error : .notice, Self.ended,
      [.init("SUGAR_STATE", report.state.rawValue)])
    let status = act(on: report)
    tell { try manager.tellReady(report.summary) }
    tell { try manager.tellStopping() }
    return status
  }

  /// One line for a change of phase.
  func tell(_ record: PhaseRecord) {
    progress(record.line)
    note(
      record.line, record.state == .refused ? .error : .notice, Self.phase,
      [
        .init("SUGAR_PHASE", record.phase.rawValue), .init("SUGAR_STATE", record.state.rawValue),
        .init("SUGAR_CODE", record.code?.rawValue ?? ""),
      ])
  }

  /// What follows from the report: mounts, or a reboot.
  private func act(on report: AgentReport) -> Int32 {
    do throws(AgentError) {
      switch report.state {
      case .done:
        try NodeControl().mount(firstBoot.mounts())
        return 0
      case .rebooting:
        try NodeControl().reboot()
        return 0
      case .waiting, .working: return ExitStatus.tryAgain
      case .refused: return report.node == nil ? ExitStatus.wrongData : ExitStatus.refused
      }
    } catch {
      note("\(error)", .error, Self.progressed, [])
      return ExitStatus.inputOutput
    }
  }

  /// What a run would do.
  func plan(isJSON: Bool) -> Int32 { show(firstBoot.plan(), isJSON) }

  /// The last report, and the receipt once there is one.
  func status(isJSON: Bool) -> Int32 {
    attempt { () throws(AgentError) in
      _ = show(try ReportFiles(places).last(), isJSON)
      guard !isJSON, let receipt = ReceiptFiles(places).last() else { return }
      print(ReceiptText.status(receipt), terminator: "")
    }
  }

  func undo(_ layout: String) -> Int32 {
    attempt { () throws(AgentError) in try firstBoot.undo(layout) }
  }

  func retry(_ layout: String) -> Int32 {
    attempt { () throws(AgentError) in try firstBoot.retry(layout) }
  }

  private func show(_ report: AgentReport, _ isJSON: Bool) -> Int32 {
    attempt { () throws(AgentError) in
      print(
        isJSON ? try JSONText.page(report) : ReportText.status(report),
        terminator: isJSON ? "" : "\n")
    }
  }

  func attempt(_ work: () throws(AgentError) -> Void) -> Int32 {
    do throws(AgentError) {
      try work()
      return 0
    } catch {
      Output.tell("error: \(error)")
      return error.refusal == nil ? ExitStatus.inputOutput : ExitStatus.refused
    }
  }

  /// One line about what is happening: for systemd, the console and the journal. Also the sign of
  /// life that the watchdog wants.
  func progress(_ line: String) {
    tell { try manager.tellStatus(line) }
    tell { try manager.tellAlive() }
    Output.show(line)
  }

  func note(
    _ text: String, _ priority: SystemLog.Priority, _ id: MessageID, _ fields: [SystemLog.Field]
  ) {
    tell { try log.write(text, priority, id: id, fields: fields) }
  }

  /// Nobody but systemd needs to know; the work does not depend on it.
  func tell(_ words: () throws -> Bool) {
    do { _ = try words() } catch { Output.warn("\(error)") }
  }
}
