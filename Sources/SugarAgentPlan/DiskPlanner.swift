import SugarModel

/// Decides what happens to a disk. Facts in, a decision out: no file, no clock, no program.
public enum DiskPlanner {
  /// In how many boots a layout is tried before the agent leaves it alone.
  public static let attemptLimit = 3

  public static func decide(_ question: DiskQuestion) -> DiskRuling {
    let layout = question.layout
    let disk: Disk
    switch find(question) {
    case .success(let found): disk = found
    case .failure(let early):
      return DiskRuling(layout: layout.name, disk: nil, decision: early.decision)
    }
    guard let identifier = disk.identifier.value else {
      return ruled(question, disk, refusing(question, disk, nil), .wholeDisk)
    }
    if let early = standing(question, identifier) {
      return DiskRuling(layout: layout.name, disk: disk, decision: early)
    }
    guard case .known(let content) = disk.content else {
      return ruled(question, disk, refusing(question, disk, nil), .wholeDisk)
    }
    let judge = ContentJudge(question: question, disk: disk, content: content, identifier)
    do throws(Refusal) {
      let decision = try judge.decision()
      return ruled(question, disk, decision, judge.scope(of: decision))
    } catch {
      return ruled(question, disk, refusing(question, disk, error), judge.scope(of: nil), content)
    }
  }

  private struct Early: Error {
    var decision: DiskDecision
  }

  /// The one disk that the layout means, or what there is to say instead.
  private static func find(_ question: DiskQuestion) -> Result<Disk, Early> {
    func refuse(_ code: RefusalCode, _ reason: String) -> Result<Disk, Early> {
      .failure(Early(decision: .refuse(Refusal(code, reason))))
    }
    let disks = question.census.disks
    let selector: DiskSelector
    switch question.layout.place {
    case .disk(let wanted), .root(let wanted): selector = wanted
    case .behindRoot: return findBootDisk(disks)
    }
    switch selector.choose(from: disks) {
    case .one(let disk): return .success(disk)
    case .several(let several):
      return refuse(
        .ambiguous, "several disks are \(selector): \(several.map(\.title).joined(separator: ", "))"
      )
    case .wrongSize(let others):
      return refuse(
        .sizeRange, "\(others.map(\.title).joined(separator: ", ")) is not \(selector)")
    case .wrongIdentity(let others) where question.census.isSettled:
      return refuse(
        .wrongDisk, "\(others.map(\.title).joined(separator: ", ")) is not \(selector)")
    case .none, .wrongIdentity:
      guard question.census.isSettled else {
        return .failure(Early(decision: .wait("waiting for \(selector) to appear")))
      }
      return refuse(.missing, "there is no disk like this: \(selector)")
    }
  }

  private static func findBootDisk(_ disks: [Disk]) -> Result<Disk, Early> {
    let standing = disks.filter { $0.carriesSystem == .known(true) }
    if standing.count == 1, let disk = standing.first { return .success(disk) }
    let reason =
      standing.isEmpty
      ? "cannot tell which disk the running system stands on"
      : "the running system stands on several disks: \(standing.map(\.title).joined(separator: ", "))"
    return .failure(Early(decision: .refuse(Refusal(.unknown, reason))))
  }

  /// What earlier boots leave no choice about.
  private static func standing(
    _ question: DiskQuestion, _ identifier: DiskIdentifier
  ) -> DiskDecision? {
    let (name, history) = (question.layout.name, question.history)
    if history.awaitsReboot.contains(name) {
      return .wait("waiting for the reboot that makes the new layout visible")
    }
    if let before = history.finished[name], before != identifier.seed {
      return .skip(
        "this layout was finished on another disk (\(before)); a new disk is not taken by itself")
    }
    if let reason = history.undone[name] { return .refuse(Refusal(.undone, reason)) }
    if history.finished[name] == nil, history.attempts[name, default: 0] >= attemptLimit {
      return .refuse(
        Refusal(
          .repeated,
          "it was tried in \(history.attempts[name, default: 0]) boots and never came to an end"))
    }
    return nil
  }

  private static func refusing(
    _ question: DiskQuestion, _ disk: Disk, _ refusal: Refusal?
  ) -> DiskDecision {
    if let refusal { return .refuse(refusal) }
    for reason in [disk.identifier.unknownReason, disk.content.unknownReason] {
      if let reason { return .refuse(Refusal(.unknown, "\(disk.path): \(reason)")) }
    }
    return .refuse(Refusal(.unknown, "\(disk.path) cannot be judged"))
  }

  /// The decision after the rails, the board's power and a person's consent had their word.
  private static func ruled(
    _ question: DiskQuestion, _ disk: Disk, _ decision: DiskDecision, _ scope: DiskRequest.Scope,
    _ content: DiskContent? = nil
  ) -> DiskRuling {
    let request = request(question, scope)
    let rails = GuardRail.standard.map { rail in
      DiskRuling.Rail(
        name: rail.name, question: rail.question, refusal: rail.check(disk, request).refusal)
    }
    var ruling = DiskRuling(
      layout: question.layout.name, disk: disk, decision: decision, rails: rails)
    switch decision {
    case .keep, .skip, .wait: return ruling
    case .refuse, .create, .resume, .grow: break
    }
    if let held = rails.lazy.compactMap(\.refusal).first {
      ruling.decision = .refuse(held)
      return ruling
    }
    if case .refuse(let refusal) = decision {
      guard refusal.code.allowsConsent, let content, question.layout.place != .behindRoot else {
        return ruling
      }
      return offering(ruling, question, disk, content)
    }
    if question.isUnderVoltage {
      ruling.decision = .wait("the board's voltage is too low to write a disk safely")
    }
    return ruling
  }

  /// Adds the consent that could be given, or takes the one that was.
  private static func offering(
    _ ruling: DiskRuling, _ question: DiskQuestion, _ disk: Disk, _ content: DiskContent
  ) -> DiskRuling {
    var ruling = ruling
    guard let identifier = disk.identifier.value,
      let nonce = question.history.offered[question.layout.name],
      !question.history.spent.contains(nonce)
    else { return ruling }
    let consent = Consent(disk: identifier, content: content, nonce: nonce)
    ruling.consent = consent.text
    guard consent.isGiven(in: question.consents) else { return ruling }
    let judge = ContentJudge(question: question, disk: disk, content: content, identifier)
    do throws(Refusal) {
      var work = try judge.wholeWork()
      work.consent = nonce
      ruling.decision =
        question.isUnderVoltage
        ? .wait("the board's voltage is too low to write a disk safely") : .create(work)
    } catch {
      ruling.decision = .refuse(error)
    }
    return ruling
  }

  private static func request(
    _ question: DiskQuestion, _ scope: DiskRequest.Scope
  ) -> DiskRequest {
    DiskRequest(
      purpose: .provision, scope: scope, expected: question.expected,
      acceptsUnnamed: question.layout.acceptsUnnamed || question.layout.place == .behindRoot,
      allowsLoop: question.allowsLoop)
  }
}

extension Finding {
  /// Why it is not known.
  var unknownReason: String? {
    if case .unknown(let reason) = self { reason } else { nil }
  }
}
