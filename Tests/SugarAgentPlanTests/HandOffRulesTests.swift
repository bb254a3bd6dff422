import SugarJoin
import SugarModel
import Testing

@testable import SugarAgentPlan

/// What becomes of each object of a hand-over.
@Suite struct HandOffRulesTests {
  static let secret = object(.secrets, "Secret", "sops-age", isSecret: true)
  static let deployment = object(.components, "Deployment", "source-controller")

  static func object(
    _ stage: HandOffStage, _ kind: String, _ name: String, isSecret: Bool = false,
    path: String? = nil, file: String? = nil
  ) -> HandOffObject {
    HandOffObject(
      stage: stage, kind: kind, namespace: "flux-system", name: name,
      path: path ?? "/api/v1/namespaces/flux-system/things/\(name)", file: file ?? "\(name).json",
      sha256: String(repeating: "a", count: 64), secret: isSecret)
  }

  enum End: Hashable { case apply, verified, wait, refuse(JoinRefusalCode) }

  static let here = ObjectAnswer.found(ClusterObject(name: "x"))
  static let courses: [(ObjectAnswer, StagedFile, Bool, End)] = [
    (here, .intact, false, .apply), (here, .intact, true, .verified),
    (here, .missing, true, .verified), (here, .altered, true, .verified),
    (here, .missing, false, .refuse(.stagedObject)),
    (here, .altered, false, .refuse(.stagedObject)),
    (.absent(""), .intact, false, .apply), (.absent(""), .intact, true, .apply),
    (.absent(""), .missing, true, .refuse(.stagedObject)),
    (.absent(""), .missing, false, .refuse(.stagedObject)),
    (.absent(""), .altered, true, .refuse(.stagedObject)),
    (.absent(""), .open(0o644), false, .refuse(.openSecret)),
    (.status(401, StatusObject()), .intact, false, .wait),
    (.status(503, StatusObject()), .missing, true, .wait),
    (.failed("it cannot be reached"), .intact, true, .wait),
  ]

  @Test(arguments: courses)
  func course(_ answer: ObjectAnswer, _ file: StagedFile, _ wasHanded: Bool, _ end: End) {
    let ruling = HandOffRules.course(
      Self.secret, file: file, wasHanded: wasHanded, answer: answer)
    switch ruling {
    case .go(.apply, _): #expect(end == .apply)
    case .go(.verified, _): #expect(end == .verified)
    case .wait: #expect(end == .wait)
    case .refuse(let refusal): #expect(end == .refuse(refusal.code), "\(refusal.reason)")
    case .reboot: Issue.record("it never reboots")
    }
  }

  enum Come: Hashable { case applied, kept(String), wait, refuse(JoinRefusalCode) }

  static let conflict =
    "Apply failed with 1 conflict: conflict with \"kustomize-controller\": .spec.replicas"
  static let outcomes: [(Int, String, Come)] = [
    (200, "", .applied), (201, "", .applied),
    (404, "the server could not find the requested resource", .wait),
    (401, "Unauthorized", .wait), (429, "", .wait), (500, "", .wait), (503, "", .wait),
    (504, "", .wait),
    (400, "", .refuse(.objectRefused)), (403, "denied", .refuse(.objectRefused)),
    (413, "", .refuse(.objectRefused)), (422, "", .refuse(.objectRefused)),
    (409, conflict, .kept("kustomize-controller")),
    (409, "Operation cannot be fulfilled: the object has been modified", .wait),
    (
      409,
      "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1 at 2026-01-01T00:00:00Z: .spec.replicas",
      .refuse(.objectConflict)
    ),
    (
      409,
      "Apply failed with 3 conflicts: conflicts with \"kubectl\" using apps/v1:\n- .spec.a\n- .spec.b\nconflicts with \"flux-operator\":\n- .spec.c",
      .kept("flux-operator")
    ),
  ]

  @Test(arguments: outcomes)
  func outcome(_ code: Int, _ message: String, _ come: Come) {
    let ruling = HandOffRules.outcome(
      Self.deployment, code: code, words: StatusObject(message: message), engine: .flux)
    switch ruling {
    case .go(.applied, _): #expect(come == .applied)
    case .go(.kept(let who), _): #expect(come == .kept(who))
    case .wait: #expect(come == .wait)
    case .refuse(let refusal):
      #expect(come == .refuse(refusal.code))
      #expect(refusal.retry == 600)
      #expect(!refusal.next.isEmpty)
    case .reboot: Issue.record("it never reboots")
    }
  }

  @Test func wordsOfASecretAreNotTold() {
    for code in [200, 404, 409, 422, 500] {
      let words = StatusObject(message: "Invalid value: canary", reason: "Invalid")
      let ruling = HandOffRules.outcome(Self.secret, code: code, words: words, engine: .flux)
      #expect(!"\(ruling)".contains("canary"), "\(ruling)")
    }
  }

  @Test func lists() {
    func complaint(_ objects: HandOffObject...) -> String? {
      HandOffRules.complaint(HandOffList(objects: objects))
    }
    #expect(complaint() == nil)
    #expect(complaint(Self.secret, Self.deployment) == nil)
    #expect(complaint(Self.deployment, Self.secret)?.contains("order") == true)
    #expect(complaint(Self.secret, Self.secret)?.contains("same file") == true)
    for path in ["", "/healthz", "/api/v1/x?force=true", "/apis/a b", "/apis/../x", "/apis//x"] {
      #expect(complaint(Self.object(.sync, "X", "x", path: path)) != nil, "\(path)")
    }
    for file in ["", "../x", "a/b", ".hidden"] {
      #expect(complaint(Self.object(.sync, "X", "x", file: file)) != nil, "\(file)")
    }
    var later = HandOffList(objects: [])
    later.schema = 2
    #expect(HandOffRules.complaint(later)?.contains("layout 2") == true)
  }

  @Test(
    arguments: [
      ("plain words", "plain words"), ("two\nlines", "two lines"),
      ("of 'https://user:canary@host/x'", "of 'https://…@host/x'"),
      ("of 'ssh://git@host/x'", "of 'ssh://git@host/x'"), ("a://b c@d:e", "a://b c@d:e"),
      ("x -----BEGIN OPENSSH PRIVATE KEY-----\ncanary", "(a key)"),
      ("said:\nAGE-SECRET-KEY-1CANARY", "said: (a key)"),
    ])
  func plainWords(_ text: String, _ shown: String) {
    #expect(PlainWords.of(text) == shown)
    #expect(PlainWords.of(String(repeating: "w", count: 5000)).count == PlainWords.limit)
  }

  @Test func retiring() {
    let (disk, order, join) = (
      RetireRules.diskUnit, RetireRules.bootOrderUnit, RetireRules.joinUnit
    )
    #expect(RetireRules.masked(retained: []) == [disk, order, join])
    #expect(RetireRules.masked(retained: [disk]) == [order, join])
    #expect(RetireRules.retained(ReportFixture.done, keepsBootOrder: false) == [])
    #expect(RetireRules.retained(ReportFixture.done, keepsBootOrder: true) == [disk, order])
    #expect(RetireRules.retained(ReportFixture.refused, keepsBootOrder: false) == [disk])
    #expect(RetireRules.retained(nil, keepsBootOrder: false) == [disk])
  }
}
