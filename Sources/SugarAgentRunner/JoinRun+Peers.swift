import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// Whether the cluster is there, and whether it takes this node.
extension JoinRun {
  func choose(_ known: Known, _ local: LocalState) throws(Stop) -> JoinCourse {
    let identity = known.identity
    var rounds: [[PeerAnswer]] = []
    var start: Double?
    return try settle(.peers) { (_) throws(Failed) -> JoinRuling<JoinCourse> in
      if local == .fresh, identity.role == .serverInit {
        start = start ?? self.machine.uptime()
        let probe = self.probe(known)
        rounds.append(
          self.servers(known).map { probe.ask(node: $0.node, host: $0.host).answer })
      }
      return PeerRules.decide(
        identity,
        PeerFacts(
          local: local,
          wasInitialised: known.journal.has(.initialised(generation: identity.generation)),
          rounds: rounds, span: Int(self.machine.uptime() - (start ?? self.machine.uptime()))))
    }
  }

  /// The server through which the node joins; nil when there is nobody to ask.
  func preflight(_ known: Known, _ course: JoinCourse) throws(Stop) -> String? {
    let preferred: String?
    switch course {
    case .initialise, .restart:
      return try settle(.preflight) { (_) throws(Failed) -> JoinRuling<String?> in
        do throws(JoinRefusal) {
          _ = try self.files(known).credentials(known.identity.cluster.pin)
        } catch { return .refuse(error) }
        return .go(
          nil,
          course == .restart
            ? "the node has joined before: what runs finds its cluster by itself"
            : "there is nobody to ask: this node is the first")
      }
    case .join(let host, _): preferred = host.isEmpty ? nil : host
    }
    var answered: Double?
    return try settle(.preflight, grows: true) { (_) throws(Failed) -> JoinRuling<String?> in
      try self.lookThrough(known, preferred, &answered)
    }
  }

  /// One round of all questions, from the harmless to the secret.
  private func lookThrough(
    _ known: Known, _ preferred: String?, _ answered: inout Double?
  ) throws(Failed) -> JoinRuling<String?> {
    let files = files(known)
    let credentials: [JoinCredential]
    do throws(JoinRefusal) { credentials = try files.credentials(known.identity.cluster.pin) } catch
    {
      return .refuse(error)
    }
    let server: (node: String, host: String, time: ClockFacts.PeerTime?)
    switch find(known, preferred) {
    case .found(let node, let host, let time): server = (node, host, time)
    case .ruling(let ruling): return ruling
    case .wrongTime(let node, let host, let reason):
      return try correctClock(known, node, host, reason)
    }
    if let time = server.time {
      let ruling = try tried { () throws(AgentError) in
        try self.lookAtClock(known, .fresh, peer: time, waited: 0)
      }
      if case .wait(let sentence, let seconds) = ruling { return .wait(sentence, seconds: seconds) }
    }
    answered = answered ?? machine.uptime()
    return try examine(
      known, SupervisorClient(known, self, server.node, server.host), credentials,
      waited: Int(machine.uptime() - (answered ?? 0)))
  }

  private enum Search {
    case found(node: String, host: String, time: ClockFacts.PeerTime?)
    case wrongTime(node: String, host: String, reason: String)
    case ruling(JoinRuling<String?>)
  }

  /// The first planned server that proves to be of our cluster.
  private func find(_ known: Known, _ preferred: String?) -> Search {
    let probe = probe(known)
    var first: PeerAnswer?
    for server in servers(known, first: preferred) {
      let finding = probe.ask(node: server.node, host: server.host)
      let answer = finding.answer
      switch answer.kind {
      case .ours: return .found(node: server.node, host: server.host, time: finding.time)
      case .oursAtAnotherTime(let reason):
        return .wrongTime(node: server.node, host: server.host, reason: reason)
      case .foreign, .unproven, .redirects:
        guard let refusal = PeerRules.refusal(of: answer, known.identity) else { continue }
        // The one that the image names decides; another one may merely have lost its address.
        if first == nil { return .ruling(.refuse(refusal)) }
        teller.warn(refusal.reason)
      case .unwell, .silent: break
      }
      first = first ?? answer
    }
    guard let first else {
      return .ruling(
        .refuse(
          JoinRefusal(
            .badConfiguration, "no server is planned that this node could join through",
            next: ["build with a server-init in the cluster, and write the medium again"])))
    }
    return .ruling(.wait(PreflightRules.silence(first), seconds: 2))
  }

  /// The certificate is right but for its dates: that is a question of clocks.
  private func correctClock(
    _ known: Known, _ node: String, _ host: String, _ reason: String
  ) throws(Failed) -> JoinRuling<String?> {
    let told = "\(node) at \(host): \(reason)"
    guard let time = probe(known).timeWithoutDates(node: node, host: host) else {
      return .refuse(
        JoinRefusal(
          .unprovenAuthority, "\(told), and it cannot prove who it is otherwise",
          next: ["find out which machine answers at \(host)"]))
    }
    teller.tell(.clock, .waiting, told)
    let ruling = try tried { () throws(AgentError) in
      try self.lookAtClock(known, .fresh, peer: time, waited: 0)
    }
    switch ruling {
    case .go(.set, let sentence):
      teller.tell(.clock, .done, sentence)
      return .wait("\(node) at \(host) is asked again by the new clock", seconds: 1)
    case .go(.keep, _):
      return .wait("\(told), although both clocks agree", seconds: 30)
    case .wait(let sentence, let seconds): return .wait(sentence, seconds: seconds)
    case .refuse(let refusal): return .refuse(refusal)
    case .reboot(let sentence): return .reboot(sentence)
    }
  }

  /// What the proven server says about the node.
  private func examine(
    _ known: Known, _ client: SupervisorClient, _ credentials: [JoinCredential], waited: Int
  ) throws(Failed) -> JoinRuling<String?> {
    let identity = known.identity
    var answers: [SupervisorAnswer] = []
    for credential in credentials {
      answers.append(client.readiness(credential))
      if answers.last != .status(401, client.lastWords) { break }
    }
    let chosen: Int
    switch PreflightRules.credential(
      answers, server: client.title, identity: identity, waited: waited)
    {
    case .go(let place, let sentence):
      chosen = place
      if place > 0 {
        teller.warn(sentence)
        try tried { () throws(AgentError) in try self.files(known).useSecondToken(known.journal) }
      }
    case let other: return other.without()
    }
    let credential = credentials[chosen]
    if let settings = identity.cluster.settings {
      let ruling = client.differences(credential, settings)
      guard case .go = ruling else { return ruling.without() }
    }
    if identity.role.isServer {
      let ruling = client.turn(credential)
      guard case .go = ruling else { return ruling.without() }
    }
    let ruling = client.nodePassword(credential, files(known).nodePassword)
    guard case .go = ruling else { return ruling.without() }
    return .go(client.host, "\(client.title) is of \(identity.cluster.name) and takes this node")
  }
}

extension JoinRuling {
  /// The same ruling where no value comes of it.
  func without<Other>() -> JoinRuling<Other> {
    switch self {
    case .go(_, let sentence): .wait(sentence, seconds: 1)
    case .wait(let sentence, let seconds): .wait(sentence, seconds: seconds)
    case .refuse(let refusal): .refuse(refusal)
    case .reboot(let sentence): .reboot(sentence)
    }
  }
}
