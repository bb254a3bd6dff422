import SugarHost
import SugarAgentPlan
import SugarAgentRunner
import SugarModel
import SugarTestSupport
import Testing

/// One scenario on real block devices: how the disks are made, and what must come of them.
struct RealScenario: Sendable, CustomTestStringConvertible {
  var number: Int
  var what: String
  /// `KEEP` is how every work that succeeds ends.
  var verdict: String
  var prepare: @Sendable (AgentBench) throws -> Void
  var testDescription: String { "\(number): \(what)" }

  init(
    _ number: Int, _ what: String, _ verdict: String,
    _ prepare: @escaping @Sendable (AgentBench) throws -> Void
  ) {
    self.number = number
    self.what = what
    self.verdict = verdict
    self.prepare = prepare
  }

  /// One disk of 64 MiB with something on it.
  static func holding(
    _ number: Int, _ what: String, _ verdict: String, sectorSize: Int = 512,
    _ recipe: @escaping @Sendable (LoopDisk) throws -> Void
  ) -> RealScenario {
    RealScenario(number, what, verdict) { try recipe($0.add(sectorSize: sectorSize)) }
  }

  /// One disk as the agent left it, then changed.
  static func after(
    _ number: Int, _ what: String, _ verdict: String, sectorSize: Int = 512,
    _ change: @escaping @Sendable (AgentBench, LoopDisk) throws -> Void
  ) -> RealScenario {
    RealScenario(number, what, verdict) { bench in
      let disk = try bench.add(sectorSize: sectorSize)
      let first = try bench.run().decision
      try #require(first == .keep, "\(first)")
      try Files.forgetJournal(bench)
      try change(bench, disk)
    }
  }
}

extension Files {
  /// What a medium made again knows of earlier boots: nothing.
  static func forgetJournal(_ bench: AgentBench) throws {
    try removeTree(bench.places.state)
  }
}
