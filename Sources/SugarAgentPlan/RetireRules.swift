public import SugarModel

/// Which of the agent's units end for good when its work is done.
public enum RetireRules {
  public static let joinUnit = "sugaragent-join.service"
  public static let diskUnit = "sugaragent.service"

  /// - Parameters:
  ///   - report: the last report of the part of the agent that sees to the disks.
  ///   - isWanted: whether something else asks for that part at later boots.
  public static func retained(_ report: AgentReport?, isWanted: Bool) -> [String] {
    isWanted || report.map(isOpen) ?? true ? [diskUnit] : []
  }

  public static func masked(retained: [String]) -> [String] {
    [diskUnit, joinUnit].filter { !retained.contains($0) }
  }

  /// Whether a person may still decide about a disk, or something may still come by itself.
  private static func isOpen(_ report: AgentReport) -> Bool {
    report.layouts.contains { $0.code != nil || $0.verdict == "WAIT" || $0.verdict == "REFUSE" }
  }
}
