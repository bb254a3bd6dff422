import Foundation
import SugarAgentRunner
import SugarModel
import SugarTestSupport
import Testing

/// The power goes, or the agent is killed, at any moment of a hand-over; the next run ends the same.
/// The agent's thread stops where it is and never goes on, as after kill -9.
@Suite(.serialized) struct HandOffCutTests {
  /// A moment: so many times the agent looked at the clock since its journal had so many lines of a
  /// kind. It does so before each line of the journal, before each question and after its answer.
  struct Moment: Sendable, CustomTestStringConvertible {
    var event: String
    var count: Int
    var looks: Int
    var testDescription: String { "\(looks) after '\(event)' \(count)" }
  }

  /// Each object when the cluster has it and nobody looked, and when that is written down; a secret
  /// and a controller also before they are sent, and before what was seen is written down; then the
  /// gates, and the agent's end.
  static let moments =
    (1...9).flatMap { object in
      [
        Moment(event: "applying", count: object, looks: 3),
        Moment(event: "\"handed\"", count: object, looks: 1),
      ]
    }
    + [2, 6].flatMap { object in
      [1, 5].map { Moment(event: "applying", count: object, looks: $0) }
    } + (1...3).map { Moment(event: "passed", count: $0, looks: 1) }
    + ["handedOver", "trimmed", "finished"].map { Moment(event: $0, count: 1, looks: 1) }
    + [Moment(event: "removing", count: 5, looks: 1)]

  @Test("killed at a moment of the hand-over, it goes on and ends the same", arguments: moments)
  func cut(_ moment: Moment) throws {
    let bench = try JoinBench.handOff()
    try Self.run(bench, until: moment)
    // The next boot, in which k3s starts by itself.
    try bench.fake("/proc/sys/kernel/random/boot_id", "boot-2\n")
    try bench.administer("PUT", "/api/v1/nodes/s0", bench.nodeObject(boot: "boot-2"))
    (bench.unitState, bench.lines) = ("active", [])
    #expect(bench.run() == .ready, "\(bench.told)")
    try bench.expectHandedOver()
    #expect(bench.started.count == 1)
    for path in Set(bench.applied) {
      #expect(bench.applied.filter { $0 == path }.count <= 2, "\(path)")
    }
    #expect(Set(bench.receipt?.removed.map(\.file) ?? []).count == bench.receipt?.removed.count)
  }

  @Test("cut again and again, it comes a little further each time")
  func storm() throws {
    let bench = try JoinBench.handOff()
    for count in 1...9 {
      try Self.run(bench, until: Moment(event: "applying", count: count, looks: 3))
      bench.unitState = "active"
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    try bench.expectHandedOver()
  }

  /// Runs until the moment, at which the agent's thread stops for good.
  private static func run(_ bench: JoinBench, until moment: Moment) throws {
    let cut = DispatchSemaphore(value: 0)
    var looks = 0
    bench.onClock = {
      let lines = bench.journal.components(separatedBy: moment.event).count - 1
      if lines >= moment.count { looks += 1 }
      guard looks == moment.looks else { return }
      cut.signal()
      while true { sleep(1000) }
    }
    nonisolated(unsafe) let own = bench
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      own.run()
      ended.signal()
      cut.signal()
    }
    cut.wait()
    bench.onClock = {}
    #expect(ended.wait(timeout: .now()) == .timedOut, "the moment never came: \(bench.told)")
  }
}
