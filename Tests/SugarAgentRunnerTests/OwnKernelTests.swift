import SugarTestSupport
import Testing

/// What needs a kernel that may do everything: growth of mounted file systems and its power cuts,
/// and the report on a FAT file system. Each keeps a core busy, with a kernel of its own.
@Suite struct OwnKernelTests {
  @Test func growthEndsWhereItShould() throws {
    try tell(OwnKernel.run("SugarAgentRunnerTests.GrowthScenarioTests/"))
  }
  @Test func rootGrowthAndPowerCuts() throws {
    try tell(OwnKernel.run("SugarAgentRunnerTests.GrowthCutTests/root"))
  }
  @Test func growthAndPowerCuts() throws {
    try tell(OwnKernel.run("SugarAgentRunnerTests.GrowthCutTests/partition"))
  }
  @Test func reportAndPowerCuts() throws {
    try tell(OwnKernel.run("SugarAgentRunnerTests.ReportCutTests/"))
  }

  private func tell(_ text: String) throws {
    for line in text.split(separator: "\n") where line.hasPrefix("power cuts: ") {
      print("\(line) (in a user-mode Linux)")
    }
  }
}
