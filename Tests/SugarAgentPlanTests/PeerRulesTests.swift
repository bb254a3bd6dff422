import SugarAgentPlan
import SugarModel
import Testing

/// Who starts a cluster: one node, once, and only when nobody else is there.
@Suite struct PeerRulesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var node = "s0"
    var local = LocalState.fresh
    var wasInitialised = false
    var rounds: [[PeerAnswer]] = []
    var span = 60
    var word: String
    var course: JoinCourse?
  }

  private static func round(_ kind: PeerAnswer.Kind, _ other: PeerAnswer.Kind? = nil)
    -> [PeerAnswer]
  {
    [JoinFixture.answer("s1", kind), JoinFixture.answer("s2", other ?? kind)]
  }

  private static let silence = round(.silent("connection refused"))
  private static let throughS2 = JoinCourse.join(host: "192.168.1.23", node: "s2")

  static let rows = [
    Row(testDescription: "nobody was asked yet", rounds: [], span: 0, word: "wait"),
    Row(testDescription: "one round of silence", rounds: [silence], span: 0, word: "wait"),
    Row(testDescription: "two rounds", rounds: [silence, silence], span: 30, word: "wait"),
    Row(
      testDescription: "three rounds, but in a moment", rounds: [silence, silence, silence],
      span: 2,
      word: "wait"),
    Row(
      testDescription: "three rounds in a minute", rounds: [silence, silence, silence], word: "go",
      course: .initialise),
    Row(
      testDescription: "J12: one of them answers with our authority",
      rounds: [round(.silent("no answer"), .ours)], span: 0, word: "go", course: throughS2),
    Row(
      testDescription: "F-K2: it answered in the first round only",
      rounds: [round(.silent("no answer"), .ours), silence, silence], word: "go", course: throughS2),
    Row(
      testDescription: "one whose certificate is of another time is still there",
      rounds: [round(.silent("no answer"), .oursAtAnotherTime("not valid yet"))], span: 0,
      word: "go", course: throughS2),
    Row(
      testDescription: "another cluster at a planned address", rounds: [round(.foreign(pin: "00"))],
      span: 0, word: "refuse wrong-cluster"),
    Row(
      testDescription: "one that only shows our certificate",
      rounds: [round(.unproven("unsigned"))],
      span: 0, word: "refuse unproven-authority"),
    Row(
      testDescription: "one that sends elsewhere", rounds: [round(.redirects("http://x"))], span: 0,
      word: "refuse redirected"),
    Row(
      testDescription: "one that is starting may turn out to be the cluster",
      rounds: [silence, silence, round(.unwell("503"), .silent("no answer"))], word: "wait"),
    Row(
      testDescription: "F-K3: the data of a cluster that was Ready is gone", wasInitialised: true,
      rounds: [silence, silence, silence], word: "refuse initialised-before"),
    Row(
      testDescription: "F-K3: and a peer answers", wasInitialised: true,
      rounds: [round(.ours, .silent("no answer"))], span: 0, word: "go",
      course: .join(host: "192.168.1.22", node: "s1")),
    Row(testDescription: "its data is there", local: .joined, word: "go", course: .restart),
    Row(
      testDescription: "its data is there, and nobody is asked", local: .joined,
      rounds: [round(.foreign(pin: nil))], word: "go", course: .restart),
    Row(
      testDescription: "the data of another cluster", local: .foreign("its authority is 12…"),
      word: "refuse foreign-state"),
    Row(
      testDescription: "it cannot be told", local: .unknown("input/output error"),
      rounds: [silence, silence, silence], word: "refuse foreign-state"),
    Row(
      testDescription: "P13: a joining server never starts one", node: "s1",
      rounds: [silence, silence, silence], word: "go", course: .join(host: "", node: "")),
    Row(
      testDescription: "P13: nor does a worker", node: "a0", rounds: [silence, silence, silence],
      word: "go", course: .join(host: "", node: "")),
  ]

  @Test(arguments: rows) func decision(_ row: Row) {
    let ruling = PeerRules.decide(
      JoinFixture.identity(row.node),
      PeerFacts(
        local: row.local, wasInitialised: row.wasInitialised, rounds: row.rounds, span: row.span))
    #expect(ruling.word == row.word, "\(ruling)")
    #expect(ruling.value == row.course, "\(ruling)")
    if row.word.hasPrefix("refuse") { #expect(!ruling.next.isEmpty, "\(ruling)") }
  }

  /// Whatever comes back from whomever, no role but one starts a cluster.
  @Test func onlyTheFirstServerInitialises() {
    let kinds: [PeerAnswer.Kind] = [
      .ours, .oursAtAnotherTime(""), .foreign(pin: nil), .unproven(""), .redirects(""),
      .unwell(""), .silent(""),
    ]
    for node in ["s1", "s2", "a0", "stranger"] {
      for local in [LocalState.fresh, .joined, .foreign(""), .unknown("")] {
        for kind in kinds {
          let ruling = PeerRules.decide(
            JoinFixture.identity(node),
            PeerFacts(
              local: local, wasInitialised: false,
              rounds: Array(repeating: Self.round(kind), count: 5), span: 600))
          #expect(ruling.value != .initialise)
        }
      }
    }
  }

  @Test func aloneItNeedsNoMinute() {
    let alone = JoinFixture.identity("s0", members: [JoinFixture.members[0]])
    let facts = PeerFacts(local: .fresh, wasInitialised: false, rounds: [[]], span: 0)
    #expect(PeerRules.decide(alone, facts).value == .initialise)
  }

  @Test func rangesFitIntoAMinute() {
    let ruling = PeerRules.decide(
      JoinFixture.identity(),
      PeerFacts(local: .fresh, wasInitialised: false, rounds: [Self.silence], span: 0))
    guard case .wait(_, let seconds) = ruling else {
      Issue.record("\(ruling)")
      return
    }
    #expect(seconds * (PeerRules.rounds - 1) == PeerRules.span)
  }
}
