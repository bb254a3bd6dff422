import SugarJoin
public import SugarModel

/// Decides whether a gate of a hand-over holds: whether the engine runs, has what it is to follow,
/// and follows it.
public enum GateRules {
  /// An object of the list, and what the API says of it.
  public struct Fact: Hashable, Sendable {
    public var object: HandOffObject
    public var answer: ObjectAnswer

    public init(_ object: HandOffObject, _ answer: ObjectAnswer) {
      self.object = object
      self.answer = answer
    }
  }

  /// The gates that an identity asks for, in the order in which they are looked at.
  public static func order(_ gates: [GitOpsGate]) -> [GitOpsGate] {
    GitOpsGate.allCases.filter { gates.contains($0) }
  }

  /// The objects that a gate looks at.
  public static func objects(
    of gate: GitOpsGate, in list: HandOffList, _ engine: GitOpsRules
  ) -> [HandOffObject] {
    list.objects.filter { object in
      switch gate {
      case .controllers: object.stage == .components && object.kind == "Deployment"
      case .source: object.stage == .source && object.kind == engine.sourceKind
      case .sync: object.stage == .sync && object.kind == engine.syncKind
      }
    }
  }

  /// Kinds that the cluster must know before objects of them come.
  public static func definitions(in list: HandOffList) -> [HandOffObject] {
    list.objects.filter { $0.kind == "CustomResourceDefinition" }
  }

  /// Whether the cluster serves the kinds that were defined.
  public static func established(_ facts: [Fact]) -> JoinRuling<Bool> {
    let missing = facts.filter { fact in
      guard case .found(let object) = fact.answer else { return true }
      return !object.holds("Established")
    }
    guard let first = missing.first else { return .go(true, "the cluster knows the new kinds") }
    return .wait(
      "the cluster does not know \(first.object.name)\(others(missing.count)) yet", seconds: 1)
  }

  public static func decide(
    _ gate: GitOpsGate, _ gitops: GitOpsIdentity, _ facts: [Fact]
  ) -> JoinRuling<Bool> {
    let engine = GitOpsRules.of(gitops.engine)
    guard !facts.isEmpty else {
      return .refuse(
        JoinRefusal(
          .stagedObject, "there is nothing in the hand-over by which '\(gate.rawValue)' is told",
          next: ["write the medium again with sugarimage, for this node"]))
    }
    switch gate {
    case .controllers: return controllers(engine, facts)
    case .source:
      return follow(engine, engine.sourceTroubles, facts, "\(gitops.branch) of \(gitops.url)") {
        "\(engine.name) has fetched \($0)"
      }
    case .sync:
      return follow(engine, engine.syncTroubles, facts, gitops.path) {
        "\(engine.name) has applied \($0)"
      }
    }
  }

  private static func controllers(_ engine: GitOpsRules, _ facts: [Fact]) -> JoinRuling<Bool> {
    let missing = facts.filter { fact in
      guard case .found(let object) = fact.answer else { return true }
      return !object.holds("Available")
    }
    guard let first = missing.first else {
      return .go(true, "\(facts.count) controllers of \(engine.name) run")
    }
    var why = ""
    if case .found(let object) = first.answer {
      let stuck = object.condition("Progressing").flatMap { $0.status == "False" ? $0 : nil }
      let words = (stuck ?? object.condition("Available")).flatMap { $0.message ?? $0.reason }
      if let words { why = ": \(PlainWords.of(words))" }
    } else {
      why = ": \(silence(first.answer))"
    }
    return .wait(
      "\(first.object.name)\(others(missing.count)) of \(engine.name) is not available yet\(why)",
      seconds: 5)
  }

  /// Something of the engine that says by a condition how it goes.
  private static func follow(
    _ engine: GitOpsRules, _ troubles: [GitOpsRules.Trouble], _ facts: [Fact], _ what: String,
    _ done: (String) -> String
  ) -> JoinRuling<Bool> {
    for fact in facts {
      let title = HandOffRules.title(fact.object)
      guard case .found(let object) = fact.answer else {
        return .wait("\(title): \(silence(fact.answer))", seconds: 5)
      }
      if object.holds("Ready") { continue }
      guard let condition = object.condition("Ready"), condition.status == "False" else {
        return .wait("\(engine.name) has not looked at \(what) yet", seconds: 5)
      }
      return GitOpsRules.ruling(
        troubles, "\(engine.name) says", condition.message ?? condition.reason ?? "nothing")
    }
    return .go(true, done(what))
  }

  private static func silence(_ answer: ObjectAnswer) -> String {
    switch answer {
    case .found: ""
    case .absent: "the cluster has none"
    case .status(let code, let words): HandOffRules.told(code, words)
    case .failed(let reason): reason
    }
  }

  private static func others(_ count: Int) -> String {
    count > 1 ? " and \(count - 1) more" : ""
  }
}
