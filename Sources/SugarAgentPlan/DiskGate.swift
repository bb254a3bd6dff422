public import SugarModel

/// Decides whether a node's disks are far enough for anything to start on them.
public enum DiskGate {
  /// - Parameters:
  ///   - report: the last report of the part of the agent that sees to the disks.
  ///   - boot: the kernel's id of this boot.
  ///   - mounts: where something is mounted; nil when it could not be found out.
  public static func decide(
    _ identity: NodeIdentity, report: AgentReport?, boot: String, mounts: Set<String>?
  ) -> JoinRuling<Bool> {
    guard let report, report.boot == boot else {
      return .wait("the disks of this boot have not been looked at yet", seconds: 3)
    }
    switch diskState(report) {
    case .refused:
      return .refuse(
        JoinRefusal(.disks, VisibleText.clause(report.summary), next: report.next))
    case .waiting, .rebooting, .started:
      return .wait(VisibleText.clause(report.summary), seconds: 5)
    case .done: break
    }
    guard let mounts else { return .wait("it is not known what is mounted", seconds: 5) }
    let missing = identity.disks.filter(\.isRequired).flatMap {
      $0.partitions.compactMap(\.mount)
    }.filter { !mounts.contains($0) }
    guard missing.isEmpty else {
      return .wait("not mounted yet: \(missing.joined(separator: ", "))", seconds: 2)
    }
    return .go(true, "the disks of \(identity.node) are as planned")
  }

  /// How the disks stand, whatever came after them.
  private static func diskState(_ report: AgentReport) -> PhaseState {
    if let record = report.phases?.last(where: { $0.phase == .disks }) { return record.state }
    return switch report.state {
    case .done: .done
    case .working, .waiting: .waiting
    case .rebooting: .rebooting
    case .refused: .refused
    }
  }
}
