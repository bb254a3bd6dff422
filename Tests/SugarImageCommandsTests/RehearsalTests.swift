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

/// `sugarkube-3x3` with a tenth node, an agent of prod, and the STAND-IN for k3s.
struct RehearsalFleet {
  /// prod has three servers, because two would bear no more failures than one; one stays off.
  static let three = ["sugarkube0", "sugarkube1", "sugarkube9"]

  let folder: String
  let output: String
  let cache: String
  var environment: [String: String] { ["XDG_CACHE_HOME": cache] }

  private static let made = Result { try RehearsalFleet() }
  static func shared() throws -> RehearsalFleet { try made.get() }

  private init() throws {
    let root = try SharedFolder.make("rehearsal")
    (folder, output) = (root + "/fleet", root + "/out")
    cache = try ReferenceFleet.shared().cache
    try Program.succeed(["init", folder, "--from", "sugarkube-3x3"])
    let k3s = try Tool("env").check(["\(Program.repository)/scripts/k3s-stand-in"])
      .text.trimmingCharacters(in: .newlines)
    let digest = try String(contentsOfFile: k3s + ".sha256", encoding: .utf8).prefix(64)
    try """
    base:
      os: rpios-lite-trixie
      path: \(ReferenceFleet.base())
    """.write(toFile: folder + "/fleet.local.yaml", atomically: true, encoding: .utf8)
    let file = folder + "/fleet.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacingOccurrences(of: "size: 80 GiB", with: "size: 4 GiB")
      .replacingOccurrences(
        of: "    version: v1.33.5+k3s1\n",
        with: "    version: v1.33.5+k3s1\n    k3s: { path: \(k3s), sha256: \(digest) }\n")
    try
      (text + """

          - hostname: sugarkube9
            cluster: prod
            role: agent
            board: "10000000abcdef01" # the machine says it is that one
            planes: { lan: { address: 192.168.1.24 } }

        """).write(toFile: file, atomically: true, encoding: .utf8)
    try Program.succeed(["keys", folder, "--plaintext-keys"], environment: environment)
    let built = ProcessInfo.processInfo.environment["SUGAR_SOAK"] == nil ? Self.three : []
    try Program.succeed(
      ["build", folder] + built + ["--output", output], environment: environment)
  }

  func rehearse(_ nodes: [String], _ words: [String]) throws -> RehearsalRun {
    let scratch = "\(output)-\(UUID().uuidString)"
    let answer = try Program.run(
      ["rehearse", folder] + nodes + ["--output", output, "--scratch", scratch, "--json"] + words,
      environment: environment)
    return RehearsalRun(folder: scratch, answer: answer)
  }
}
