import Foundation
import SugarTestSupport
import Testing

/// Rehearsals with a program in QEMU's place that plays what a console would say: the loop, its
/// table and its ends, in seconds.
@Suite struct RehearsalLoopTests {
  private static let way = [
    "identity", "disks", "network", "clock", "peers", "preflight", "join", "ready",
  ].flatMap {
    [
      "say [  1.0] sugaragent[9]: sugaragent: \($0) started: \($0) begins",
      "say sugaragent: \($0) done: \($0) is over",
    ]
  }

  @Test("all nodes Ready is the end, and the report says how long each phase took")
  func ready() throws {
    let stage = try Stage(["one": [Self.way + ["hang"]], "two": [Self.way + ["hang"]]])
    let answer = try stage.rehearse(["one", "two", "--json"])
    #expect(answer.status == 0, "\(answer.complaints)")
    let report = try stage.report(answer)
    #expect(report.outcome == "ready")
    #expect(report.nodes.map(\.node) == ["one", "two"])
    #expect(report.nodes.allSatisfy { $0.phases.count == 8 && $0.steps.count == 8 })
    for line in ["one join started: join begins", "two ready done: ready is over"] {
      #expect(answer.complaints.contains(line), "\(answer.complaints)")
    }
    #expect(try stage.isEmpty(), "processes or disks were left")
    // The emulator is told what the fleet says.
    let words = try stage.words("one")
    #expect(words.contains("\nvirtio-blk-pci,drive=disk0,serial=EMU0-one\n"), "\(words)")
    #expect(words.contains("\nconsole=ttyAMA0,115200 "), "\(words)")
    #expect(words.contains("addr.type=fd,addr.str=4"), "\(words)")
  }

  @Test("a node that refuses is said so, with its reason, and the status is 77")
  func refused() throws {
    let refusal = "say sugaragent: preflight refused: the cluster has another authority"
    let stage = try Stage(["one": [Self.way + ["hang"]], "two": [[refusal, "hang"]]])
    let answer = try stage.rehearse(["one", "two"])
    #expect(answer.status == 77)
    #expect(
      answer.output.contains(
        "two: refused in phase preflight: the cluster has another authority"), "\(answer.output)")
    #expect(answer.output.contains("1 of 2 nodes Ready"))
    #expect(answer.output.contains("not a Raspberry Pi"))
  }

  @Test("time is up, with everybody's last words")
  func late() throws {
    let waiting = "say sugaragent: peers waiting: nobody answers"
    let stage = try Stage(["one": [[waiting, "hang"]]])
    let answer = try stage.rehearse(["one", "--timeout", "2"])
    #expect(answer.status == 75)
    #expect(answer.output.contains("one: not in time in phase peers: nobody answers"))
    #expect(try stage.isEmpty())
  }

  @Test(
    "a machine that ends without being asked is a failure, whatever it ended by",
    arguments: [
      ("die", "the emulator ended: last words"), ("off", "the node switched itself off"),
      ("hang", "the system stopped in emergency mode"),
    ])
  func failed(_ how: String, _ reason: String) throws {
    let words = how == "hang" ? "You are in emergency mode. Press Enter" : "last words"
    let stage = try Stage(["one": [["say \(words)", how]]])
    let answer = try stage.rehearse(["one"])
    #expect(answer.status == 74)
    #expect(answer.output.contains(reason), "\(answer.output)")
  }

  @Test("a node may restart by itself; its boot partition is read again")
  func restart() throws {
    let first = ["say sugaragent: join rebooting: the memory cgroup is off", "reset"]
    let stage = try Stage(["one": [first, Self.way + ["hang"]]])
    let report = try stage.report(try stage.rehearse(["one", "--json"]))
    #expect(report.outcome == "ready")
    #expect(report.nodes[0].steps.map(\.boot) == [1] + Array(repeating: 2, count: 8))
  }

  @Test("power is cut when it should be, and comes back")
  func cuts() throws {
    let stage = try Stage(["one": [Self.way + ["hang"]], "two": [Self.way + ["hang"]]])
    let answer = try stage.rehearse(["one", "two", "--json", "--kill-at", "disks"])
    let report = try stage.report(answer)
    #expect(report.outcome == "ready")
    #expect(report.cuts.map(\.node).sorted() == ["one", "two"])
    #expect(report.cuts.allSatisfy { $0.phase == "disks" })
    for node in report.nodes {
      let last = try #require(node.steps.last { $0.boot == 1 })
      #expect(last.phase == "disks" && last.ended == nil, "\(node.steps)")
    }
    let other = try stage.rehearse(["one", "--kill-at", "lunch"])
    #expect(other.status == 64)
  }

  @Test("cuts by chance are the same for the same seed, and all of them come")
  func chaos() throws {
    let stage = try Stage(["one": [Self.way + ["hang"]], "two": [Self.way + ["hang"]]])
    let words = ["one", "two", "--json", "--chaos", "4", "--seed", "11", "--shuffle"]
    let reports = try [stage.report(stage.rehearse(words)), stage.report(stage.rehearse(words))]
    for report in reports {
      #expect(report.outcome == "ready")
      #expect(report.cuts.count == 4 && report.cutsLeft.isEmpty)
    }
    let moments = reports.map { $0.cuts.map { "\($0.node) \($0.phase)" }.sorted() }
    #expect(moments[0] == moments[1])
  }

  @Test("twice means that every node is restarted and Ready again")
  func twice() throws {
    let stage = try Stage(["one": [Self.way + ["button"], Self.way + ["hang"]]])
    let report = try stage.report(try stage.rehearse(["one", "--json", "--twice"]))
    #expect(report.outcome == "ready")
    #expect(report.nodes[0].steps.last?.boot == 2)
  }

  @Test("interrupted, it takes every machine with it", arguments: ["INT", "TERM", "KILL"])
  func interrupted(_ signal: String) throws {
    let stage = try Stage(["one": [["say sugaragent: peers waiting: nobody", "hang"]]])
    let told = try stage.rehearseInterrupted(["one"], by: signal)
    #expect(told.status == (signal == "KILL" ? 9 : 130))
    #expect(try stage.processes().isEmpty, "the emulator lived on")
    if signal != "KILL" { #expect(try stage.isEmpty(), "a disk with secrets was left") }
  }

  @Test("on a terminal the table stays in its place, in colour, and fits it")
  func table() throws {
    let stage = try Stage(["one": [Self.way + ["hang"]], "two": [Self.way + ["hang"]]])
    let shown = try Tool("script").run(
      [
        "-qec", "stty cols 90; exec \"$REHEARSAL\" rehearse \"$FLEET\" one two --output \"$OUT\"",
        "/dev/null",
      ], environment: stage.environment.merging(["TERM": "xterm"]) { $1 })
    #expect(shown.status == 0)
    #expect(shown.text.contains("\u{1B}[?25l") && shown.text.contains("\u{1B}[?25h"))
    let last = try #require(shown.text.components(separatedBy: "A\r\u{1B}[K").last)
    let whole = last.replacing(/\u{1B}\[[0-9;?]*[A-Za-z]/, with: "")
    // A carriage return and a line feed are one character to Swift.
    let plain = String(String.UnicodeScalarView(whole.unicodeScalars.filter { $0 != "\r" }))
    #expect(plain.contains("2 Ready"), "\(plain)")
    #expect(plain.contains("● ● ● ● ● ● ● ● ○ ○  Ready"), "\(plain)")
    let table = plain.components(separatedBy: "\nphases:")[0]
    #expect(table.split(separator: "\n").allSatisfy { $0.count < 90 }, "\(plain)")
  }
}
