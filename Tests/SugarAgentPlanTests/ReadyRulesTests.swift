import SugarAgentPlan
import SugarJoin
import SugarModel
import Testing

/// Whether the cluster says that this machine, in this boot, is Ready.
@Suite struct ReadyRulesTests {
  private static func node(
    machine: String = "m1", boot: String = "b1", ready: String? = "True"
  ) -> ReadyFacts.Node {
    .found(
      NodeObject(
        name: "a0",
        conditions: ready.map {
          [
            .init(
              type: "Ready", status: $0, reason: "KubeletNotReady",
              message: "cni plugin not initialized")
          ]
        } ?? [],
        machineID: machine, bootID: boot))
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var node: ReadyFacts.Node
    var waited = 0
    var unit = "active"
    var restarts = 0
    var word: String
    var says = ""
  }

  static let rows = [
    Row(testDescription: "it is", node: node(), word: "go"),
    Row(
      testDescription: "F-K16: the unit is active, and nothing else is known",
      node: .unreachable("connection refused"), waited: 99999, word: "wait", says: "k3s runs"),
    Row(
      testDescription: "the unit failed", node: .unreachable("connection refused"), unit: "failed",
      word: "wait", says: "k3s is failed (journalctl"),
    Row(
      testDescription: "it ends again and again", node: .unreachable("connection refused"),
      unit: "activating", restarts: 68, word: "wait", says: "68 times so far"),
    Row(testDescription: "it has not registered", node: .absent, word: "wait"),
    Row(
      testDescription: "it is not Ready", node: node(ready: "False"), waited: 99999, word: "wait",
      says: "cni plugin not initialized"),
    Row(testDescription: "nothing says whether", node: node(ready: nil), word: "wait"),
    Row(
      testDescription: "Ready in an earlier boot of this machine", node: node(boot: "b0"),
      waited: 99999, word: "wait", says: "earlier boot"),
    Row(
      testDescription: "Ready in a boot that nobody remembers, just now", node: node(boot: "b7"),
      word: "wait"),
    Row(testDescription: "F-N16: a twin", node: node(boot: "b7"), waited: 300, word: "refuse twin"),
    Row(
      testDescription: "a twin that is not Ready is a leftover",
      node: node(boot: "b7", ready: "Unknown"), waited: 99999, word: "wait"),
    Row(testDescription: "another machine, just now", node: node(machine: "m2"), word: "wait"),
    Row(
      testDescription: "another machine", node: node(machine: "m2"), waited: 300,
      word: "refuse other-machine"),
  ]

  @Test(arguments: rows) func decision(_ row: Row) {
    let ruling = ReadyRules.decide(
      JoinFixture.identity("a0"),
      ReadyFacts(
        node: row.node, unit: row.unit, restarts: row.restarts, machineID: "m1", bootID: "b1",
        earlierBoots: ["b0"],
        waited: row.waited))
    #expect(ruling.word == row.word, "\(ruling)")
    #expect(ruling.sentence.contains(row.says), "\(ruling)")
  }

  private static func report(_ state: AgentReport.State, boot: String = "b1", node: String? = "a0")
    -> AgentReport
  {
    var report = AgentReport(
      agent: "0", identity: nil, state: state, summary: "The disks of a0 are as planned.", next: [],
      board: AgentReport.Board(
        model: nil, serial: nil, throttled: nil, celsius: nil, nvme: [], clockIsSynchronised: false,
        clock: 0), disks: [], layouts: [], warnings: [], boot: boot, boots: 1)
    report.node = node
    return report
  }

  @Test(
    "disks come first",
    arguments: [
      (nil, Set(["/"]), "wait"), (report(.done, boot: "b0"), ["/"], "wait"),
      (report(.done), ["/"], "wait"), (report(.done), ["/", "/var/lib/rancher"], "go"),
      (report(.done), nil, "wait"), (report(.waiting), ["/", "/var/lib/rancher"], "wait"),
      (report(.rebooting), ["/", "/var/lib/rancher"], "wait"),
      (report(.refused), ["/", "/var/lib/rancher"], "refuse disks"),
    ] as [(AgentReport?, Set<String>?, String)])
  func disks(_ report: AgentReport?, _ mounts: Set<String>?, _ word: String) {
    let layout = DiskLayout(
      name: "data", place: .disk(DiskSelector(identifiers: ["S1"])),
      partitions: [PartitionWish(number: 1, label: "data", size: .rest, mount: "/var/lib/rancher")])
    let ruling = DiskGate.decide(
      JoinFixture.identity("a0", disks: [layout]), report: report, boot: "b1", mounts: mounts)
    #expect(ruling.word == word, "\(ruling)")
  }
}
