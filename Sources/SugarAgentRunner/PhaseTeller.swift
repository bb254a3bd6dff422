import SugarAgentPlan
public import SugarModel

/// Tells how far the node is: one line on the console for each change, and the report.
///
/// A class, because every part of a run tells through the same one.
public final class PhaseTeller {
  /// A sentence that merely changes is told again after so many seconds, so that a server that
  /// comes and goes does not fill the console and wear the card.
  static let pace = 15.0
  static let paceOfReport = 120.0

  public private(set) var records: [PhaseRecord]
  private var base: AgentReport
  private let uptime: () -> Double
  private let show: (PhaseRecord) -> Void
  private let save: (AgentReport) -> Void
  private let remark: (String) -> Void
  private let usage: () -> ProcessUsage?
  private var told = -Double.infinity
  private var saved = -Double.infinity
  /// Things that are wrong but stop nothing.
  public private(set) var warnings: [String] = []

  /// - Parameters:
  ///   - report: what the disks' part of the agent found.
  ///   - show: prints a line.
  ///   - save: keeps the report.
  ///   - remark: told of facts that are no change.
  ///   - usage: what this run has cost so far.
  public init(
    report: AgentReport, uptime: @escaping () -> Double, show: @escaping (PhaseRecord) -> Void,
    save: @escaping (AgentReport) -> Void, remark: @escaping (String) -> Void = { _ in },
    usage: @escaping () -> ProcessUsage? = { nil }
  ) {
    base = report
    records = (report.phases ?? []).filter { $0.phase == .identity || $0.phase == .disks }
    self.uptime = uptime
    self.show = show
    self.save = save
    self.remark = remark
    self.usage = usage
  }

  public func tell(
    _ phase: BootPhase, _ state: PhaseState, _ sentence: String, code: JoinRefusalCode? = nil,
    next: [String] = []
  ) {
    let (now, sentence) = (uptime(), JoinReport.plain(sentence))
    let place = records.lastIndex { $0.phase == phase }
    let before = place.map { records[$0] }
    var record = PhaseRecord(
      phase: phase, state: state, sentence: sentence, code: code, next: next,
      began: before?.began ?? now, at: now, usage: state == .done ? usage() : nil)
    let isChange = before?.state != state || state != .waiting
    if let before, before.state == .waiting, state == .waiting {
      guard before.sentence != sentence else { return }
      record.at = before.at
    }
    if let place {
      records[place] = record
    } else {
      records.append(record)
    }
    if isChange || now - told >= Self.pace {
      told = now
      show(record)
    }
    guard state != .started, isChange || now - saved >= Self.paceOfReport else { return }
    saved = now
    save(report)
  }

  /// Something that a person should know and that stops nothing.
  public func warn(_ text: String) {
    if !warnings.contains(text) { warnings.append(text) }
  }

  /// A fact worth keeping, told once.
  public func note(_ text: String) { remark(JoinReport.plain(text)) }

  /// The whole story as it stands.
  public var report: AgentReport {
    JoinReport.merged(base, records: records, warnings: warnings)
  }
}
