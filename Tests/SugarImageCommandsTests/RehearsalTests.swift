import Foundation
import SugarTestSupport
import Testing

/// Whole first boots of a cluster, in emulation, with the STAND-IN for k3s in its place.
@Suite(.serialized) struct RehearsalTests {
  /// Started, cut and restarted by chance; the seed is printed and makes it the same again.
  @Test(
    "an initialiser, a server and an agent become a cluster, whatever the order, and through a power cut"
  )
  func threeNodes() throws {
    let fleet = try RehearsalFleet.shared()
    let seed = UInt64.random(in: 0...999_999)
    let run = try fleet.rehearse(
      RehearsalFleet.three, ["--shuffle", "--chaos", "1", "--seed", "\(seed)", "--keep"])
    defer { run.remove() }
    #expect(run.status == 0, "seed \(seed): \(run.story)")
    let report = try run.report()
    #expect(report.outcome == "ready", "seed \(seed): \(run.story)")
    #expect(report.cuts.count == 1 && report.cutsLeft.isEmpty, "seed \(seed): \(run.story)")
    #expect(report.nodes.map(\.node) == RehearsalFleet.three)
    for node in report.nodes {
      #expect(node.outcome == "ready" && node.steps.last?.sentence != nil, "\(node)")
      #expect(Set(node.phases.keys).isSuperset(of: ["join", "ready"]), "\(node.phases)")
    }
    try run.expectOneClusterOnTheDisks(seed)
    try run.expectServersJoinedOneByOne(report)
    try run.expectHandedOver(by: ["sugarkube0"], of: RehearsalFleet.three, fleet)
    // The repository could not be reached for the first minute after it was named.
    let console = try run.console("sugarkube0")
    #expect(console.contains("handoff waiting: "), "seed \(seed)")
    #expect(console.contains("no such host"), "seed \(seed)")
  }

  @Test("the power goes after each object of a hand-over", .enabled(if: isSoak))
  func cutAfterEveryObject() throws {
    let fleet = try RehearsalFleet.shared()
    // More than there are objects: those that are left tell that none was missed.
    let words = Array(repeating: ["--kill-at", "handoff:2"], count: 60).flatMap { $0 }
    let run = try fleet.rehearse(["sugarkube6"], words + ["--timeout", "9000", "--keep"])
    defer { run.remove() }
    #expect(run.status == 0, "\(run.story)")
    let report = try run.report()
    let objects = try run.expectHandedOver(by: ["sugarkube6"], of: ["sugarkube6"], fleet)
    print("the power went after each of \(report.cuts.count) objects of a hand-over")
    #expect(report.cuts.count == objects && report.cutsLeft.count == 60 - objects)
  }

  private static let controller =
    "/apis/apps/v1/namespaces/flux-system/deployments/source-controller"

  @Test(
    "what a person must put right is told in the cluster's words, and the node was Ready before",
    .enabled(if: isSoak),
    arguments: [
      (
        #"{"repository": "key"}"#, "ssh: unable to authenticate, attempted methods [none publickey]"
      ),
      (
        #"{"refuse": {"\#(controller)": "spec.replicas: Invalid value: 1"}}"#,
        "it answers 422, spec.replicas: Invalid value: 1"
      ),
    ])
  func refusedHandOver(_ faults: String, _ words: String) throws {
    let fleet = try RehearsalFleet(faults, ["sugarkube6"])
    let run = try fleet.rehearse(["sugarkube6"], [])
    defer { run.remove() }
    #expect(run.status == 77, "\(run.story)")
    let node = try run.report().nodes[0]
    #expect(node.outcome == "refused" && node.phases["ready"] != nil, "\(node)")
    #expect(node.steps.last?.phase == "handoff", "\(node)")
    #expect(node.steps.last?.sentence.contains(words) == true, "\(node)")
  }

  @Test(
    "an agent waits, and is told so, while nobody let it into the cluster",
    .enabled(if: isSoak))
  func noInitialiser() throws {
    let fleet = try RehearsalFleet.shared()
    let run = try fleet.rehearse(["sugarkube9"], ["--timeout", "170"])
    defer { run.remove() }
    #expect(run.status == 75, "\(run.story)")
    let report = try run.report()
    #expect(report.outcome == "late")
    #expect(report.nodes[0].outcome == "late")
    #expect(report.nodes[0].steps.allSatisfy { $0.phase != "join" }, "\(run.story)")
  }

  @Test("what was not built is named, with the words that build it")
  func notBuilt() throws {
    let fleet = try RehearsalFleet.shared()
    let answer = try Program.run(
      ["rehearse", fleet.folder, "sugarkube3", "--output", fleet.output],
      environment: fleet.environment)
    #expect(answer.status == 65)
    #expect(answer.complaints.contains("cannot find 'sugarkube3' in '\(fleet.output)'"))
    #expect(
      answer.complaints.contains(
        "sugarimage build \(fleet.folder) --output \(fleet.output)"))
  }

  @Test("all nine nodes of the 3×3, with power cuts", .enabled(if: isSoak))
  func nineNodes() throws {
    let fleet = try RehearsalFleet.shared()
    let seed = UInt64.random(in: 0...999_999)
    print("nine nodes: seed \(seed)")
    let run = try fleet.rehearse(
      ReferenceFleet.nodes,
      ["--shuffle", "--chaos", "6", "--seed", "\(seed)", "--timeout", "7200", "--keep"])
    defer { run.remove() }
    #expect(run.status == 0, "seed \(seed): \(run.story)")
    #expect(try run.report().nodes.count == 9)
    try run.expectServersJoinedOneByOne(try run.report())
  }

  /// `make soak` asks for it.
  private static let isSoak = ProcessInfo.processInfo.environment["SUGAR_SOAK"] != nil
}
