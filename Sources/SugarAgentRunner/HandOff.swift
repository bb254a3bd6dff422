import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// One hand-over of a cluster: its objects in their order, then its gates. Every look goes on where
/// the last one stopped; what a journal of an earlier boot says is asked for again.
///
/// A class, because it remembers from look to look.
final class HandOff {
  private let run: JoinRun
  private let known: JoinRun.Known
  private let gitops: GitOpsIdentity
  private let engine: GitOpsRules
  private let staged: StagedObjects
  /// By their paths, the objects that the cluster has shown in this run.
  private var verified: Set<String> = []
  private var isDefined = false
  /// An earlier medium handed this cluster over, and what keeps it is well.
  private var isKept: Bool?

  init(_ run: JoinRun, _ known: JoinRun.Known, _ gitops: GitOpsIdentity) {
    self.run = run
    self.known = known
    self.gitops = gitops
    engine = GitOpsRules.of(gitops.engine)
    staged = StagedObjects(places: run.places)
  }

  private var journal: JoinJournal { known.journal }
  private var cluster: String { known.identity.cluster.name }

  func look() throws(AgentError) -> JoinRuling<Bool> {
    if journal.has(.handedOver) {
      return .go(true, "\(cluster) was handed over to \(engine.name) before")
    }
    let list: HandOffList
    do throws(JoinRefusal) { list = try staged.list() } catch { return .refuse(error) }
    guard case .go(let isKept, _) = lookBefore(list) else {
      return .wait("the cluster's API does not answer yet", seconds: 3)
    }
    if !isKept {
      if let refusal = try spoiled(list) { return .refuse(refusal) }
      for object in list.objects where !verified.contains(object.path) {
        if !isDefined, object.stage == .source || object.stage == .sync {
          let ruling = GateRules.established(facts(GateRules.definitions(in: list)))
          guard case .go = ruling else { return ruling }
          isDefined = true
        }
        let ruling = try give(object)
        guard case .go(let isNew, let sentence) = ruling else { return ruling }
        verified.insert(object.path)
        if isNew {
          run.teller.tell(
            .handoff, .started, "\(verified.count) of \(list.objects.count): \(sentence)")
        }
      }
    }
    for gate in GateRules.order(gitops.gates) where !journal.has(.passed(gate)) {
      let objects = GateRules.objects(of: gate, in: list, engine)
      let ruling = GateRules.decide(gate, gitops, facts(objects))
      guard case .go(_, let sentence) = ruling else { return ruling }
      try journal.append(.passed(gate))
      run.teller.note(sentence)
    }
    try journal.append(.handedOver)
    return .go(
      true,
      isKept
        ? "\(cluster) was handed over before, and \(engine.name) keeps it as \(gitops.path) says"
        : "\(cluster) is handed over: \(engine.name) keeps it as \(gitops.path) of \(gitops.url) says"
    )
  }

  /// Whether the cluster is kept already, as it is when its first server was written anew: then
  /// nothing of it is changed.
  private func lookBefore(_ list: HandOffList) -> JoinRuling<Bool> {
    if let isKept { return .go(isKept, "") }
    let hasBegun = journal.entries.contains {
      if case .applying = $0.event { true } else { false }
    }
    guard !hasBegun else {
      isKept = false
      return .go(false, "")
    }
    let found = facts(GateRules.objects(of: .sync, in: list, engine))
    for fact in found {
      switch fact.answer {
      case .found, .absent: continue
      case .status, .failed: return .wait("", seconds: 3)
      }
    }
    let isWell = found.allSatisfy { fact in
      guard case .found(let object) = fact.answer else { return false }
      return object.holds("Ready")
    }
    isKept = isWell && !found.isEmpty
    return .go(isWell && !found.isEmpty, "")
  }

  /// Every file is looked at before the first object is sent.
  private func spoiled(_ list: HandOffList) throws(AgentError) -> JoinRefusal? {
    for object in list.objects where !wasHanded(object) && !verified.contains(object.path) {
      let ruling = HandOffRules.course(
        object, file: try staged.state(object), wasHanded: false, answer: .absent(""))
      if case .refuse(let refusal) = ruling { return refusal }
    }
    return nil
  }

  private func wasHanded(_ object: HandOffObject) -> Bool {
    journal.has(.handed(object: object.path, sha256: object.sha256))
  }

  /// Gives the cluster one object, unless it has it, and looks whether it is there; true when it was
  /// given now.
  private func give(_ object: HandOffObject) throws(AgentError) -> JoinRuling<Bool> {
    let wasHanded = wasHanded(object)
    let course = HandOffRules.course(
      object, file: try staged.state(object), wasHanded: wasHanded, answer: ask(object))
    guard case .go(let next, _) = course else { return course.changed(to: false) }
    var news = ""
    if next == .apply {
      let event = JoinEntry.Event.applying(object: object.path, sha256: object.sha256)
      if !journal.has(event) { try journal.append(event) }
      let outcome = apply(object)
      guard case .go(_, let sentence) = outcome else { return outcome.changed(to: false) }
      guard case .found = ask(object) else {
        return .wait("\(HandOffRules.title(object)) is not in the cluster yet", seconds: 2)
      }
      if !wasHanded {
        try journal.append(.handed(object: object.path, sha256: object.sha256))
      }
      news = sentence
    }
    if object.secret { try run.discard(known, staged.path(object)) }
    return .go(!news.isEmpty, news)
  }

  private func apply(_ object: HandOffObject) -> JoinRuling<HandOffRules.Outcome> {
    do throws(PinnedClient.Failure) {
      // Never by force: see HandOffRules.
      let answer = try run.local(known).ask(
        run.request(
          known, object.path + "?fieldManager=sugaragent", method: .patch,
          headers: ["Content-Type: application/apply-patch+yaml"], body: staged.path(object)))
      return HandOffRules.outcome(
        object, code: answer.status, words: Self.words(answer), engine: engine)
    } catch {
      return .wait("\(HandOffRules.title(object)) is not given yet: \(error.reason)", seconds: 3)
    }
  }

  private func facts(_ objects: [HandOffObject]) -> [GateRules.Fact] {
    objects.map { GateRules.Fact($0, ask($0)) }
  }

  private func ask(_ object: HandOffObject) -> ObjectAnswer {
    do throws(PinnedClient.Failure) {
      // That a secret is there is enough: its content stays where it is.
      let answer = try run.local(known).ask(
        run.request(known, object.path, isAnswerSecret: object.secret))
      switch answer.status {
      case 200 where object.secret: return .found(ClusterObject(name: object.name))
      case 200:
        let found = try? JSONText.decode(
          ClusterObject.self, from: answer.body, name: "an object")
        return found.map { .found($0) } ?? .failed("its answer is not understood")
      case 404: return .absent(Self.words(answer).message ?? "")
      default: return .status(answer.status, Self.words(answer))
      }
    } catch { return .failed(error.reason) }
  }

  private static func words(_ answer: PinnedClient.Response) -> StatusObject {
    (try? JSONText.decode(StatusObject.self, from: answer.body, name: "an answer"))
      ?? StatusObject()
  }
}

extension JoinRuling {
  /// A ruling that does not go on, for a part that would go on with something else.
  func changed<Other>(to other: Other) -> JoinRuling<Other> {
    switch self {
    case .go(_, let sentence): .go(other, sentence)
    case .wait(let sentence, let seconds): .wait(sentence, seconds: seconds)
    case .refuse(let refusal): .refuse(refusal)
    case .reboot(let sentence): .reboot(sentence)
    }
  }
}
