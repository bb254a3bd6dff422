import SugarAgentPlan
import SugarModel
import Testing

/// A clock that certificates can be trusted by.
@Suite struct ClockRulesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var now = 1_795_260_000.0
    var isSynchronised = false
    var peer: Int64?
    var hasJoined = false
    var mayInitialise = false
    var waited = 0
    var policy: ClockPolicy?
    var word: String
    var act: ClockRules.Act?
  }

  static let now: Int64 = 1_795_260_000

  static let rows = [
    Row(
      testDescription: "F-T1: no clock at all", now: 0, mayInitialise: true, word: "go",
      act: .set(to: 1_795_000_000)),
    Row(
      testDescription: "F-T1: before the certificates, even with a time server", now: 1_794_999_999,
      isSynchronised: true, word: "go", act: .set(to: 1_795_000_000)),
    Row(
      testDescription: "the first moment of the certificates", now: 1_795_000_000,
      isSynchronised: true, word: "go", act: .keep),
    Row(
      testDescription: "a time server has set it", isSynchronised: true, mayInitialise: true,
      word: "go", act: .keep),
    Row(
      testDescription: "F-T2: the first server waits for a time server", mayInitialise: true,
      waited: 86_400, word: "wait"),
    Row(
      testDescription: "F-T2: unless the fleet says warn", mayInitialise: true, waited: 180,
      policy: .warn, word: "go", act: .keep),
    Row(
      testDescription: "F-T2: and three minutes are over", mayInitialise: true, waited: 179,
      policy: .warn, word: "wait"),
    Row(
      testDescription: "F-T2: a first server that has started its cluster before", hasJoined: true,
      mayInitialise: true, word: "go", act: .keep),
    Row(testDescription: "F-T5: a joining node waits for either", waited: 86_400, word: "wait"),
    Row(
      testDescription: "F-T5: a server of the cluster agrees", peer: now, word: "go", act: .keep),
    Row(
      testDescription: "F-T5: it tells another time, and nobody else does", peer: now + 3600,
      word: "go", act: .set(to: Double(now) + 3600.51)),
    Row(
      testDescription: "F-T7: two clocks that are both sure", isSynchronised: true, peer: now + 60,
      word: "wait"),
    Row(
      testDescription: "F-T7: sure, and alike", isSynchronised: true, peer: now, word: "go",
      act: .keep),
    Row(
      testDescription: "F-T7: one second is the limit", isSynchronised: true, peer: now - 3,
      word: "wait"),
  ]

  @Test(arguments: rows) func decision(_ row: Row) {
    let peer = row.peer.map {
      ClockFacts.PeerTime(node: "s0", date: $0, asked: row.now, answered: row.now + 0.02)
    }
    let ruling = ClockRules.decide(
      JoinFixture.identity(row.mayInitialise ? "s0" : "s1", clock: row.policy),
      ClockFacts(
        now: row.now, isSynchronised: row.isSynchronised, peer: peer, hasJoined: row.hasJoined,
        mayInitialise: row.mayInitialise, waited: row.waited))
    #expect(ruling.word == row.word, "\(ruling)")
    #expect(ruling.value == row.act, "\(ruling)")
  }

  /// HTTP tells whole seconds, and the way takes time: only what is certainly off counts.
  @Test(arguments: [
    (100, 100.0, 100.1, 0.0), (100, 100.9, 101.0, 0), (100, 101.5, 101.6, 0.5),
    (100, 99.0, 99.2, -0.8), (100, 98.0, 102.0, 0), (100, 107.0, 107.5, 6),
  ])
  func offset(_ date: Int64, _ asked: Double, _ answered: Double, _ offset: Double) {
    let time = ClockFacts.PeerTime(node: "s0", date: date, asked: asked, answered: answered)
    #expect(abs(time.offset - offset) < 0.001)
  }

  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Wed, 25 Nov 2026 23:45:56 GMT", 1_795_650_356),
    ("Tue, 29 Feb 2028 12:00:00 GMT", 1_835_438_400),
    ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
  ])
  func httpDates(_ text: String, _ seconds: Int64) {
    #expect(CalendarDate.seconds(http: text) == seconds)
  }

  @Test(arguments: [
    "", "yesterday", "Wed, 25 Nov 2026 23:45:56 CET", "Wed, 25 Nov 2026 24:45:56 GMT",
    "Wed, 99 Nov 2026 23:45:56 GMT", "Wed, 25 Bob 2026 23:45:56 GMT", "Wed, 25 Nov 2026 23:45 GMT",
    "Wed, 25 Nov 99999999999 23:45:56 GMT", "Wednesday, 25-Nov-26 23:45:56 GMT",
  ])
  func whatIsNoDate(_ text: String) { #expect(CalendarDate.seconds(http: text) == nil) }
}
