import SugarJoin
import SugarModel
import Testing

@testable import SugarAgentPlan

/// Whether a gate of a hand-over holds.
@Suite struct GateRulesTests {
  enum End: Hashable { case go, wait, refuse(JoinRefusalCode) }

  static let gitops = GitOpsIdentity(
    engine: .flux, version: nil, url: "ssh://git@host/x", branch: "main", path: "clusters/prod",
    gates: [.sync, .controllers])

  static func found(
    _ type: String, _ status: String, _ message: String? = nil, wanted: Int64? = 3,
    seen: Int64? = 3, whole: Int64? = 3
  ) -> ObjectAnswer {
    .found(
      ClusterObject(
        name: "x", generation: wanted,
        status: ClusterObject.Status(
          observedGeneration: whole,
          [ClusterObject.Condition(type, status, message, observedGeneration: seen)])))
  }

  static func end(_ ruling: JoinRuling<Bool>) -> End? {
    switch ruling {
    case .go: .go
    case .wait: .wait
    case .refuse(let refusal): .refuse(refusal.code)
    case .reboot: nil
    }
  }

  static let deployments: [(ObjectAnswer, End)] = [
    (found("Available", "True"), .go), (found("Available", "False"), .wait),
    (found("Available", "True", seen: nil), .go),
    (found("Available", "True", seen: nil, whole: 2), .wait),
    (found("Progressing", "True"), .wait), (.absent(""), .wait), (.failed("x"), .wait),
    (.status(503, StatusObject()), .wait), (.found(ClusterObject(name: "x")), .wait),
  ]

  @Test(arguments: deployments) func controllers(_ answer: ObjectAnswer, _ end: End) {
    let object = HandOffRulesTests.deployment
    let good = GateRules.Fact(object, Self.found("Available", "True"))
    let ruling = GateRules.decide(
      .controllers, Self.gitops, [good, GateRules.Fact(object, answer)])
    #expect(Self.end(ruling) == end, "\(ruling)")
  }

  static let sources: [(ObjectAnswer, End)] = [
    (found("Ready", "True"), .go),
    // True of what was wanted before.
    (found("Ready", "True", seen: 2), .wait), (found("Ready", "True", whole: 2), .wait),
    (found("Ready", "Unknown", "building"), .wait), (.absent(""), .wait),
    (.found(ClusterObject(name: "x", generation: 1)), .wait), (.failed("x"), .wait),
    (found("Ready", "False", "dial tcp: lookup github.com on 10.43.0.10:53: no such host"), .wait),
    (found("Ready", "False", "dial tcp 1.2.3.4:22: i/o timeout"), .wait),
    (found("Ready", "False", "something new"), .wait), (found("Ready", "False"), .wait),
    (
      found(
        "Ready", "False",
        "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey]"),
      .refuse(.repository)
    ),
    (found("Ready", "False", "knownhosts: key mismatch"), .refuse(.repository)),
    (found("Ready", "False", "couldn't find remote ref \"refs/heads/x\""), .refuse(.repository)),
    (found("Ready", "False", "ERROR: Repository not found."), .refuse(.repository)),
  ]

  @Test(arguments: sources) func source(_ answer: ObjectAnswer, _ end: End) {
    let ruling = GateRules.decide(
      .source, Self.gitops,
      [GateRules.Fact(HandOffRulesTests.object(.source, "GitRepository", "x"), answer)])
    #expect(Self.end(ruling) == end, "\(ruling)")
    if case .refuse(let refusal) = ruling { #expect(refusal.retry == 600) }
  }

  static let syncs: [(ObjectAnswer, End)] = [
    (found("Ready", "True"), .go), (found("Ready", "True", seen: 2), .wait),
    (found("Ready", "False", "Source artifact not found, retrying in 30s"), .wait),
    (found("Ready", "False", "cannot get sops data key: 0 successful"), .refuse(.decryption)),
    (
      found("Ready", "False", "kustomization path not found: stat /tmp/x: no such file"),
      .refuse(.repository)
    ),
    (found("Ready", "False", "health check failed after 30s"), .wait),
  ]

  @Test(arguments: syncs) func sync(_ answer: ObjectAnswer, _ end: End) {
    let ruling = GateRules.decide(
      .sync, Self.gitops,
      [GateRules.Fact(HandOffRulesTests.object(.sync, "Kustomization", "x"), answer)])
    #expect(Self.end(ruling) == end, "\(ruling)")
  }

  @Test func whatAGateLooksAt() {
    let list = HandOffList(objects: [
      HandOffRulesTests.object(.components, "CustomResourceDefinition", "kinds"),
      HandOffRulesTests.deployment, HandOffRulesTests.object(.components, "Service", "x"),
      HandOffRulesTests.object(.source, "GitRepository", "y"),
      HandOffRulesTests.object(.sync, "Kustomization", "z"),
    ])
    func names(_ gate: GitOpsGate) -> [String] {
      GateRules.objects(of: gate, in: list, .flux).map(\.name)
    }
    #expect(names(.controllers) == ["source-controller"])
    #expect(names(.source) == ["y"])
    #expect(names(.sync) == ["z"])
    #expect(GateRules.definitions(in: list).map(\.name) == ["kinds"])
    #expect(GateRules.order([.sync, .controllers]) == [.controllers, .sync])
  }

  @Test func nothingToTellItBy() {
    for gate in GitOpsGate.allCases {
      #expect(Self.end(GateRules.decide(gate, Self.gitops, [])) == .refuse(.stagedObject))
    }
  }

  @Test func establishedKinds() {
    let object = HandOffRulesTests.object(.components, "CustomResourceDefinition", "kinds")
    func end(_ answers: ObjectAnswer...) -> End? {
      Self.end(GateRules.established(answers.map { GateRules.Fact(object, $0) }))
    }
    #expect(end() == .go)
    #expect(end(Self.found("Established", "True", seen: nil, whole: nil)) == .go)
    #expect(end(Self.found("Established", "True"), .absent("")) == .wait)
    #expect(end(Self.found("Established", "False")) == .wait)
  }
}
