import SugarModel
import SugarRehearsal
import Testing

/// What the agent prints at each change of phase.
@Suite struct AgentLineTests {
  @Test(
    "a line of the agent is found behind whatever stands before it",
    arguments: [
      "sugaragent: disks started: looking at the disks",
      "[   12.345678] sugaragent[311]: sugaragent: disks started: looking at the disks",
      "Nov 25 23:00:00 sugarkube0 sugaragent: disks started: looking at the disks",
      "<6>sugaragent[1]: sugaragent: sugaragent: disks started: looking at the disks",
    ])
  func isFound(_ text: String) {
    #expect(
      AgentLine(text)
        == AgentLine(phase: .disks, state: .started, sentence: "looking at the disks"))
  }

  @Test(
    "what only looks like one is none",
    arguments: [
      "", "sugaragent: ", "sugaragent: looking at the disks", "sugaragent: disks: started: x",
      "sugaragent: disks  started: x", "sugaragent: disk started: x", "sugaragent: disks begun: x",
      "notsugaragent: disks started: x", "sugaragent: disks started",
    ])
  func isNone(_ text: String) { #expect(AgentLine(text) == nil) }

  @Test("every phase and every state is known", arguments: BootPhase.allCases, PhaseState.allCases)
  func isKnown(_ phase: BootPhase, _ state: PhaseState) {
    let line = AgentLine("sugaragent: \(phase.rawValue) \(state.rawValue): a: sentence")
    #expect(line == AgentLine(phase: phase, state: state, sentence: "a: sentence"))
    // What the agent itself makes of it.
    let record = PhaseRecord(phase: phase, state: state, sentence: "a: sentence", began: 0, at: 1)
    #expect(AgentLine(record.line) == line)
  }
}

/// Bytes of a serial port.
@Suite struct ConsoleTextTests {
  @Test(
    "lines come out whole and without what steers a terminal",
    arguments: [
      ("one\r\ntwo\n", ["one", "two"], ""),
      ("[\u{1B}[0;32m  OK  \u{1B}[0m] Started\r\n", ["[  OK  ] Started"], ""),
      ("\u{1B}]0;title\u{07}x\n\u{1B}]0;title\u{1B}\\y\n\u{1B}(Bz\n", ["x", "y", "z"], ""),
      ("\u{1B}[?2004l\u{1B}7\u{1B}[999;999H\u{1B}[6n\u{1B}8login: ", [], "login: "),
    ])
  func lines(_ text: String, _ expected: [String], _ rest: String) {
    // In one piece, and byte by byte.
    var whole = ConsoleText()
    #expect(whole.take(text.utf8) == expected)
    #expect(whole.rest == rest)
    var pieces = ConsoleText()
    #expect(text.utf8.flatMap { pieces.take([$0]) } == expected)
    #expect(pieces.rest == rest)
  }

  @Test("a line that never ends does not fill the memory")
  func endless() {
    var console = ConsoleText()
    let lines = console.take([UInt8](repeating: UInt8(ascii: "a"), count: 10_000))
    #expect(lines.map(\.utf8.count) == [4096, 4096])
  }
}
