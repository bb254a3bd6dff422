import SugarAgentPlan
import SugarJoin
import SugarModel
import Testing

/// What a proven server's answers mean.
@Suite struct PreflightRulesTests {
  private static let patience = PreflightRules.patience

  @Test(
    "tokens",
    arguments: [
      ([SupervisorAnswer.ok], 0, "go"), ([.status(401, "not authorized"), .ok], 0, "go"),
      ([.status(401, "")], 0, "wait"),
      ([.status(401, ""), .status(401, "")], patience - 1, "wait"),
      ([.status(401, "")], patience, "refuse credential"),
      ([.status(401, ""), .status(401, "")], patience, "refuse credential"),
      ([.status(403, "forbidden")], 0, "refuse role"), ([.status(503, "starting")], 9999, "wait"),
      ([.status(429, "")], 9999, "wait"), ([.status(500, "")], 9999, "wait"),
      ([.failed("connection refused")], 9999, "wait"),
      ([.status(401, ""), .status(503, "")], 9999, "wait"),
    ])
  func credential(_ answers: [SupervisorAnswer], _ waited: Int, _ word: String) {
    let ruling = PreflightRules.credential(
      answers, server: "s0", identity: JoinFixture.identity("a0"), waited: waited)
    #expect(ruling.word == word, "\(ruling)")
    if word == "go" { #expect(ruling.value == answers.count - 1) }
    if word == "refuse credential" { #expect(ruling.next.first?.contains("--renew a0") == true) }
  }

  @Test(
    "node passwords",
    arguments: [
      (SupervisorAnswer.ok, "go"), (.status(403, "Node password rejected"), "refuse node-password"),
      (.status(403, "forbidden"), "wait"), (.status(503, ""), "wait"), (.status(429, ""), "wait"),
      (.failed("no answer"), "wait"),
    ])
  func nodePassword(_ answer: SupervisorAnswer, _ word: String) {
    let ruling = PreflightRules.nodePassword(
      answer, server: "s0", identity: JoinFixture.identity("a0"))
    #expect(ruling.word == word, "\(ruling)")
    if word.hasPrefix("refuse") {
      #expect(ruling.next.first?.contains("kubectl delete node a0") == true)
    }
  }

  private static func members(_ names: [String], learner: String? = nil) -> ClusterMembers {
    ClusterMembers(
      names.map { ClusterMembers.Member(name: "\($0)-1234abcd") }
        + (learner.map { [ClusterMembers.Member(name: $0, isLearner: true)] } ?? []))
  }

  @Test(
    "turns",
    arguments: [
      ("s1", members(["s0"]), "go"), ("s2", members(["s0"]), "wait"),
      ("s2", members(["s0", "s1"]), "go"), ("s1", members([]), "wait"),
      ("s1", members(["s0"], learner: "s2-00000000"), "wait"),
      ("s1", members(["s0"], learner: ""), "wait"),
      ("s1", members(["s0", "s1"]), "refuse known-member"),
      ("s1", members(["s0"], learner: "s1-00000000"), "refuse known-member"),
      ("s0", members(["s1", "s2"]), "go"), ("s0", members(["s0", "s1"]), "refuse known-member"),
      ("s0", members([]), "wait"),
    ])
  func turn(_ node: String, _ members: ClusterMembers, _ word: String) {
    let ruling = PreflightRules.turn(
      members, identity: JoinFixture.identity(node), server: "s9 at 192.168.1.29",
      distribution: .k3s)
    #expect(ruling.word == word, "\(ruling)")
    guard word.hasPrefix("refuse") else { return }
    #expect(
      ruling.next.first == "on s9 at 192.168.1.29: sudo k3s kubectl delete node \(node)",
      "the exact command: \(ruling.next)")
  }

  /// A name that merely begins alike is another node.
  @Test func namesOfMembers() {
    let members = Self.members(["s10", "my-s1"])
    #expect(members.member(of: "s1") == nil)
    #expect(members.member(of: "my-s1") != nil)
  }

  @Test func settings() {
    let identity = JoinFixture.identity("s1")
    #expect(PreflightRules.settings([], server: "s0", identity: identity).word == "go")
    let ruling = PreflightRules.settings(
      ["cluster-cidr is A here and B there"], server: "s0", identity: identity)
    #expect(ruling.word == "refuse settings-differ")
    #expect(ruling.sentence.contains("cluster-cidr is A here and B there"))
  }

  @Test(
    "cgroups",
    arguments: [
      (false, true, 0, "reboot"), (false, true, 2, "reboot"), (false, true, 3, "refuse reboots"),
      (true, true, 0, "reboot"), (true, true, 1, "refuse no-memory-cgroup"),
      (true, true, 3, "refuse reboots"), (false, false, 0, "refuse no-memory-cgroup"),
    ])
  func cgroups(_ isInCommandLine: Bool, _ canEdit: Bool, _ reboots: Int, _ word: String) {
    let ruling = CgroupRules.decide(
      isInCommandLine: isInCommandLine, canEdit: canEdit, reboots: reboots, limit: 3)
    #expect(ruling.word == word, "\(ruling)")
  }

  @Test func slowDisks() {
    #expect(!DiskSpeed.words(median: 0.4, slowest: 9.9).isSlow)
    let slow = DiskSpeed.words(median: 8.04, slowest: 61.25)
    #expect(slow.isSlow)
    #expect(slow.sentence.contains("8.0 ms") && slow.sentence.contains("61.3 ms"))
  }

  @Test func pausesGrowAndStayBounded() {
    var backoff = Backoff()
    #expect((0..<7).map { _ in backoff.next() } == [2, 4, 8, 16, 30, 30, 30])
  }
}
