public import SugarModel

/// What `sugaragent status` prints: the screen, wider and without colour.
public enum ReportText {
  public static func status(_ report: AgentReport) -> String {
    ReportScreen.text(report, width: 100, isColoured: false)
  }
}
