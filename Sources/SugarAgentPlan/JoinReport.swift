public import SugarModel

/// Puts the way to Ready into the report of a node.
public enum JoinReport {
  /// The report of the disks with what came after them.
  public static func merged(
    _ report: AgentReport, records: [PhaseRecord], warnings: [String]
  ) -> AgentReport {
    var report = report
    report.schema = AgentReport.currentSchema
    report.phases = records
    report.warnings += warnings.filter { !report.warnings.contains($0) }
    guard let last = records.last(where: { $0.state != .done }) ?? records.last else {
      return report
    }
    guard rank(state(last)) >= rank(report.state) || report.state == .done else { return report }
    report.state = state(last)
    let node = report.node.map { "\($0) " } ?? ""
    if last.phase.isAfterReady, last.state != .done {
      report.summary = afterReady(last, report.node)
      report.next += last.next.filter { !report.next.contains($0) }
      return report
    }
    switch last.state {
    case .done where last.phase == .ready || last.phase.isAfterReady:
      report.summary = last.sentence + "."
    case .done, .started:
      report.summary = "\(node)is on its way (\(last.phase.rawValue)): \(last.sentence)."
    case .waiting: report.summary = "\(node)waits (\(last.phase.rawValue)): \(last.sentence)."
    case .refused: report.summary = "\(node)does not join: \(last.sentence)."
    case .rebooting: report.summary = "\(node)starts again: \(last.sentence)."
    }
    report.next += last.next.filter { !report.next.contains($0) }
    return report
  }

  /// The node is Ready and stays so, whatever comes of what follows.
  private static func afterReady(_ record: PhaseRecord, _ node: String?) -> String {
    let node = "\(node ?? "The node") is Ready"
    return switch record.state {
    case .started, .done, .rebooting: "\(node), and goes on: \(record.sentence)."
    case .waiting: "\(node), and waits (\(record.phase.rawValue)): \(record.sentence)."
    case .refused: "\(node), and something needs you: \(record.sentence)."
    }
  }

  /// A sentence as a console may show it: servers that are not ours may have written a part of it.
  public static func plain(_ sentence: String) -> String {
    let text = VisibleText.console(sentence)
    return text.utf8.count > 500 ? text.prefix(497) + "..." : text
  }

  private static func state(_ record: PhaseRecord) -> AgentReport.State {
    switch record.state {
    case .started: .working
    case .waiting: .waiting
    case .done: record.phase == .ready || record.phase == .finish ? .done : .working
    case .refused: .refused
    case .rebooting: .rebooting
    }
  }

  private static func rank(_ state: AgentReport.State) -> Int {
    switch state {
    case .done: 0
    case .working: 1
    case .waiting: 2
    case .rebooting: 3
    case .refused: 4
    }
  }

  /// What the part of the agent that sees to the disks tells first.
  public static func identityRecord(_ identity: NodeIdentity, began: Double, at: Double)
    -> PhaseRecord
  {
    PhaseRecord(
      phase: .identity, state: .done,
      sentence:
        "this is \(identity.node) of \(identity.cluster.name), tier \(identity.cluster.tier), as \(ReportWords.role(identity.role))",
      began: began, at: at)
  }

  /// What that part tells last: how the disks stand, or that nothing is known.
  public static func diskRecord(_ report: AgentReport, began: Double, at: Double) -> PhaseRecord {
    let state: PhaseState =
      switch report.state {
      case .done: .done
      case .working, .waiting: .waiting
      case .rebooting: .rebooting
      case .refused: .refused
      }
    let isKnown = report.node != nil
    return PhaseRecord(
      phase: isKnown ? .disks : .identity, state: state,
      sentence: VisibleText.clause(report.summary),
      code: state == .refused ? (isKnown ? .disks : .identity) : nil, next: report.next,
      began: began, at: at)
  }
}
