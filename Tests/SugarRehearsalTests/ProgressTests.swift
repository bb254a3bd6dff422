import SugarModel
import Testing

@testable import SugarRehearsal

/// How far a node has come.
@Suite struct ProgressTests {
  private func node(_ lines: [(Double, BootPhase, PhaseState)]) -> NodeProgress {
    var node = NodeProgress(node: "n")
    node.powerOn(at: 1)
    for (time, phase, state) in lines {
      node.take(AgentLine(phase: phase, state: state, sentence: "\(phase) \(state)"), at: time)
    }
    return node
  }

  @Test("what each state means")
  func states() {
    #expect(node([]).condition == .booting)
    #expect(node([(2, .disks, .started)]).condition == .working)
    #expect(node([(2, .peers, .waiting)]).condition == .waiting)
    #expect(node([(2, .join, .done)]).condition == .working)
    #expect(node([(2, .join, .refused)]).condition == .refused)
    #expect(node([(2, .disks, .rebooting)]).condition == .rebooting)
    #expect(node([(2, .ready, .done)]).condition == .ready)
  }

  @Test("only 'ready done' is the end, and a cut takes it back")
  func ready() {
    var ready = node([(2, .identity, .done), (9, .ready, .started), (11, .ready, .done)])
    #expect(ready.readyAt == 11)
    #expect(ready.firstPower == 1)
    #expect(ready.durations == [.identity: 0, .ready: 2])
    ready.cut(at: 12)
    #expect(ready.condition == .cut)
    #expect(ready.readyAt == nil)
    // What was under way in the wire.
    ready.take(AgentLine(phase: .ready, state: .done, sentence: ""), at: 12.1)
    #expect(ready.condition == .cut)
    ready.powerOn(at: 15)
    #expect(ready.boots == 2)
    #expect(ready.done == [])
    #expect(ready.firstPower == 1)
  }

  @Test("a phase that waits keeps counting from its start; one that starts again counts anew")
  func since() {
    #expect(node([(2, .peers, .started), (5, .peers, .waiting), (8, .peers, .waiting)]).since == 2)
    let again = node([(2, .join, .started), (5, .join, .waiting), (8, .join, .started)])
    #expect(again.since == 8)
    #expect(again.steps.map(\.started) == [2, 8])
    #expect(again.steps.map(\.ended) == [nil, nil])
  }

  @Test("durations are those of the last boot")
  func durations() {
    var twice = node([(2, .disks, .started), (6, .disks, .done)])
    twice.reboot(at: 7)
    twice.powerOn(at: 8)
    twice.take(AgentLine(phase: .disks, state: .started, sentence: ""), at: 9)
    twice.take(AgentLine(phase: .disks, state: .done, sentence: ""), at: 10)
    #expect(twice.durations == [.disks: 1])
    #expect(twice.reboots == 1)
    #expect(twice.steps.map(\.boot) == [1, 2])
  }

  @Test("after Ready a node stays Ready, whatever its agent waits for")
  func afterReady() {
    let way: [(Double, BootPhase, PhaseState)] = [(2, .ready, .started), (11, .ready, .done)]
    #expect(!node(way).isSettled(at: 12))
    #expect(node(way).isSettled(at: 14))
    let waiting = node(way + [(11.1, .handoff, .started), (13, .handoff, .waiting)])
    #expect(waiting.condition == .ready)
    #expect(waiting.readyAt == 11)
    #expect(!waiting.isSettled(at: 130))
    #expect(waiting.isSettled(at: 133))
    #expect(node(way + [(12, .handoff, .refused)]).condition == .refused)
    let ended = node(way + [(12, .finish, .started), (13, .finish, .done)])
    #expect(ended.isSettled(at: 13))
    #expect(ended.isRetired)
    #expect(ended.done == [.ready, .finish])
  }

  @Test("a retired agent says nothing: then the system's word for k3s is what there is")
  func retired() {
    let line = "[   98.7] systemd[1]: Started k3s.service - Lightweight Kubernetes."
    var ended = node([(11, .ready, .done), (12, .finish, .started), (13, .finish, .done)])
    ended.reboot(at: 14)
    ended.powerOn(at: 15)
    #expect(ended.condition == .booting)
    ended.hear("Welcome to Debian GNU/Linux 13 (trixie)!", at: 16)
    ended.hear(line, at: 20)
    #expect(ended.condition == .ready)
    #expect(ended.readyAt == 20)
    #expect(ended.sentence == "the agent has retired; the system has started k3s")
    #expect(ended.isSettled(at: 20))
    #expect(ended.durations == [.ready: 0, .finish: 1])
    // As long as it has not retired, only the agent's word counts.
    var other = node([(11, .ready, .done)])
    other.reboot(at: 14)
    other.powerOn(at: 15)
    other.hear(line, at: 20)
    #expect(other.condition == .booting)
    // An agent that does speak is heard.
    ended.take(AgentLine(phase: .network, state: .started, sentence: ""), at: 21)
    #expect(ended.condition == .working)
  }

  @Test("the console is listened to until the agent speaks")
  func hears() {
    var node = NodeProgress(node: "n")
    node.hear("Linux version 6.12", at: 0)
    #expect(node.sentence == "")
    node.powerOn(at: 0)
    node.hear("[    0.000000] Linux version 6.12", at: 1)
    #expect(node.sentence == "the kernel starts")
    node.hear("Welcome to Debian GNU/Linux 13 (trixie)!", at: 2)
    #expect(node.sentence == "the system starts")
  }
}

/// When power goes.
@Suite struct CutScheduleTests {
  private static let nodes = ["a", "b", "c"]

  @Test("the same seed gives the same cuts, another one others", arguments: [0, 1, 17, UInt64.max])
  func seeds(_ seed: UInt64) {
    let cuts = CutSchedule(random: 30, of: Self.nodes, seed: seed).open
    #expect(cuts == CutSchedule(random: 30, of: Self.nodes, seed: seed).open)
    #expect(cuts != CutSchedule(random: 30, of: Self.nodes, seed: seed &+ 1).open)
    #expect(cuts.count == 30)
    #expect(cuts.map(\.phase.place) == cuts.map(\.phase.place).sorted())
    #expect(Set(cuts.map(\.node)) == Set(Self.nodes))
    #expect(cuts.allSatisfy { (0...6).contains($0.delay) })
    #expect(CutSchedule(random: 5, of: [], seed: seed).open == [])
  }

  @Test("each cut comes once, at its node's phase")
  func once() {
    var cuts = CutSchedule(
      at: ["join", "disks"].compactMap(CutSchedule.Moment.init), of: ["a", "b"])
    #expect(cuts.open.count == 4)
    #expect(cuts.take("a", .clock) == nil)
    #expect(cuts.take("a", .join) == .init(node: "a", phase: .join, delay: 0))
    #expect(cuts.take("a", .join) == nil)
    #expect(cuts.take("b", .join) != nil)
    #expect(cuts.open.map(\.node) == ["a", "b"])
  }

  @Test("a cut may come at a later beginning of its phase, once in each boot")
  func beginnings() throws {
    let moment = try #require(CutSchedule.Moment("handoff:2"))
    #expect(CutSchedule.Moment("disks") == CutSchedule.Moment("disks:1"))
    for text in ["lunch", "disks:", "disks:0", "disks:-1", "disks:x", ":1", ""] {
      #expect(CutSchedule.Moment(text) == nil, "\(text)")
    }
    var cuts = CutSchedule(at: [moment, moment], of: ["a"])
    #expect(cuts.take("a", .handoff, beginning: 1) == nil)
    #expect(cuts.take("a", .handoff, beginning: 2) != nil)
    #expect(cuts.take("a", .handoff, beginning: 3) == nil && cuts.open.count == 1)
    var node = NodeProgress(node: "a")
    for boot in 1...2 {
      node.powerOn(at: Double(boot * 100))
      for number in 1...3 {
        node.take(
          AgentLine(phase: .handoff, state: .started, sentence: "\(number)"),
          at: Double(boot * 100 + number))
        #expect(node.beginnings == [.handoff: number])
      }
      #expect(node.steps.count == boot, "a phase that tells of its parts is one step")
    }
  }

  @Test("an order by chance is any order, and the same for the same seed")
  func order() {
    let orders = (0..<64).map { StartOrder.delays(of: Self.nodes, seed: $0) }
    #expect(Set(orders).count == 6)
    #expect(orders[7] == StartOrder.delays(of: Self.nodes, seed: 7))
    #expect(orders.allSatisfy { Set($0.values) == [0, 4, 8] })
  }
}
