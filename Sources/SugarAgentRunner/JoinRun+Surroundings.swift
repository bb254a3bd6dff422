import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// Network and clock.
extension JoinRun {
  func probe(_ known: Known) -> ClusterProbe {
    ClusterProbe(
      identity: known.identity, distribution: known.distribution, authority: places.authority,
      machine: machine)
  }

  /// The planned servers but this one, in the order in which they are asked: first the one that the
  /// image names.
  func servers(_ known: Known, first: String? = nil) -> [(node: String, host: String)] {
    let identity = known.identity
    let all = identity.cluster.members.filter { $0.role.isServer && $0.node != identity.node }
      .map { member in
        (
          node: member.node,
          host: member.address?.description ?? "\(member.node).\(identity.domain)"
        )
      }
    let host = first ?? identity.cluster.server.flatMap { Self.host(of: $0) }
    return all.filter { $0.host == host } + all.filter { $0.host != host }
  }

  /// `192.168.1.21` of `https://192.168.1.21:6443`.
  static func host(of url: String) -> String? {
    let prefix = "https://"
    guard url.hasPrefix(prefix) else { return nil }
    return url.dropFirst(prefix.count).split(separator: ":").first.map(String.init)
  }

  func awaitNetwork(_ known: Known) throws(Stop) -> String {
    let renderer = known.identity.base.network ?? .networkManager
    let files = NetworkFiles(places: places, renderer: renderer)
    var wasTried = false
    return try settle(.network) { (waited) throws(Failed) -> JoinRuling<String> in
      let facts = try self.tried { () throws(AgentError) in
        try self.networkFacts(known, waited: waited)
      }
      let ruling = NetworkRules.decide(known.identity, facts)
      guard
        NetworkRules.fallsBack(
          ruling, waited: waited, differs: files.differsFromGood(), wasTried: wasTried)
      else { return ruling }
      wasTried = true
      try self.tried { () throws(AgentError) in
        try files.restore()
        try self.attempt("restart", renderer.service) {
          // What netplan makes of its files is made when systemd reads its units anew.
          if renderer == .networkd { try self.machine.reload() }
          try self.machine.restart(renderer.service)
        }
      }
      let sentence =
        "nobody answers by the network's present files, so those of the last Ready boot are back"
      self.teller.warn(sentence)
      return .wait(sentence, seconds: 10)
    }
  }

  private func networkFacts(_ known: Known, waited: Int) throws(AgentError) -> NetworkFacts {
    let identity = known.identity
    let interfaces: [NetworkFacts.Interface]
    do { interfaces = try machine.interfaces() } catch {
      throw AgentError("look at", "the network", "\(error)")
    }
    var facts = NetworkFacts(
      interfaces: interfaces, hasDefaultRoute: machine.hasDefaultRoute(), claimant: .silent,
      gateway: nil, anyPeerAnswers: false, waited: waited)
    guard let address = identity.address,
      let carrier = interfaces.first(where: { $0.addresses.contains(address) })
    else { return facts }
    facts.claimant = neighbour(address, carrier.name)
    if case .unknown(let reason) = facts.claimant {
      teller.warn("whether another machine has \(address) could not be found out: \(reason)")
    }
    let own = identity.networks.first { $0.address.split(separator: "/").first == "\(address)" }
    if let gateway = own?.gateway { facts.gateway = neighbour(gateway, carrier.name) }
    if case .answers? = facts.gateway { return facts }
    facts.anyPeerAnswers = identity.cluster.members.contains { member in
      guard member.node != identity.node, let other = member.address else { return false }
      switch machine.knock(other, identity.cluster.port ?? 6443) {
      case .open, .refused: return true
      case .silent, .unknown: return false
      }
    }
    return facts
  }

  private func neighbour(_ address: IPv4Address, _ interface: String) -> NetworkFacts.Neighbour {
    do {
      return try machine.owner(address, interface).map { .answers(mac: $0) } ?? .silent
    } catch { return .unknown("\(error)") }
  }

  func awaitClock(_ known: Known, _ local: LocalState) throws(Stop) {
    _ = try settle(.clock) { (waited) throws(Failed) -> JoinRuling<ClockRules.Act> in
      try self.tried { () throws(AgentError) in
        try self.lookAtClock(known, local, peer: nil, waited: waited)
      }
    }
  }

  /// Decides about the clock, and sets it when that is the decision.
  ///
  /// - Parameter peer: what a server's clock says, when one was asked already.
  func lookAtClock(
    _ known: Known, _ local: LocalState, peer: ClockFacts.PeerTime?, waited: Int
  ) throws(AgentError) -> JoinRuling<ClockRules.Act> {
    var facts = ClockFacts(
      now: machine.now(), isSynchronised: machine.isSynchronised(), peer: peer,
      hasJoined: local == .joined, mayInitialise: known.identity.role == .serverInit,
      waited: waited)
    if facts.now < Double(known.identity.clockFloor) {
      let ruling = ClockRules.decide(known.identity, facts)
      try carryOut(ruling)
      if case .go(_, let sentence) = ruling { teller.warn(sentence) }
      facts.now = machine.now()
      facts.peer = nil
    }
    if facts.peer == nil, !facts.isSynchronised, !facts.hasJoined, !facts.mayInitialise {
      facts.peer = peerTime(known)
    }
    let ruling = ClockRules.decide(known.identity, facts)
    try carryOut(ruling)
    return ruling
  }

  private func carryOut(_ ruling: JoinRuling<ClockRules.Act>) throws(AgentError) {
    guard case .go(.set(let time), _) = ruling else { return }
    do { try machine.setClock(time) } catch {
      throw AgentError("set", "the clock", "\(error)")
    }
  }

  /// What the clock of the first server says that proves who it is.
  private func peerTime(_ known: Known) -> ClockFacts.PeerTime? {
    let probe = probe(known)
    for server in servers(known) {
      let finding = probe.ask(node: server.node, host: server.host)
      switch finding.answer.kind {
      case .ours: if let time = finding.time { return time }
      case .oursAtAnotherTime:
        if let time = probe.timeWithoutDates(node: server.node, host: server.host) { return time }
      case .foreign, .unproven, .redirects, .unwell, .silent: continue
      }
    }
    return nil
  }
}
