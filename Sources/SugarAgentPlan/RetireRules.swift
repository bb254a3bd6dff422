public import SugarModel

/// Which of the agent's units end for good when its work is done.
public enum RetireRules {
  public static let joinUnit = "sugaragent-join.service"
  public static let diskUnit = "sugaragent.service"
  public static let bootOrderUnit = "sugaragent-eeprom.service"

  /// - Parameters:
  ///   - report: the last report of the part of the agent that sees to the disks.
  ///   - keepsBootOrder: whether the board's boot order is set again when an update takes it away;
  ///     that asks at every boot whether the disk is still the node's own.
  public static func retained(_ report: AgentReport?, keepsBootOrder: Bool) -> [String] {
    if keepsBootOrder { return [diskUnit, bootOrderUnit] }
    return report.map(isOpen) ?? true ? [diskUnit] : []
  }

  public static func masked(retained: [String]) -> [String] {
    [diskUnit, bootOrderUnit, joinUnit].filter { !retained.contains($0) }
  }

  /// Whether a person may still decide about a disk, or something may still come by itself.
  private static func isOpen(_ report: AgentReport) -> Bool {
    report.layouts.contains { $0.code != nil || $0.verdict == "WAIT" || $0.verdict == "REFUSE" }
  }
}
