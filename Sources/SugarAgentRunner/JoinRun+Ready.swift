import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// The proof, and what follows from it.
extension JoinRun {
  func awaitReady(_ known: Known, _ course: JoinCourse) throws(Stop) {
    _ = try settle(.ready, grows: true, limit: 8) { (waited) throws(Failed) -> JoinRuling<Bool> in
      let ruling = ReadyRules.decide(known.identity, self.readyFacts(known, waited: waited))
      guard case .go = ruling else { return ruling }
      if known.identity.role.isServer {
        let tokens = try self.tried { () throws(AgentError) in try self.applyTokens(known) }
        if let tokens { return tokens }
      }
      try self.tried { () throws(AgentError) in try self.conclude(known, course) }
      return ruling
    }
  }

  private func readyFacts(_ known: Known, waited: Int) -> ReadyFacts {
    let node = node(known)
    var facts = ReadyFacts(
      node: node, unit: "active", machineID: machine.machineID, bootID: machine.bootID,
      earlierBoots: known.journal.earlierBoots, waited: waited)
    // What systemd says is of interest only while the cluster says nothing.
    if case .unreachable = node {
      let unit = known.distribution.unit(known.identity.role)
      (facts.unit, facts.restarts) = (machine.state(unit), machine.restarts(unit))
    }
    return facts
  }

  /// The node's own Node, read with what the node itself runs with.
  func node(_ known: Known) -> ReadyFacts.Node {
    // A bare connect costs nothing, and a start takes many looks.
    let access = known.distribution.access(known.identity.role)
    let port = localURL(known, access).split(separator: ":").last.flatMap { Int($0) }
    if let port, machine.knock(IPv4Address(0x7f00_0001), port) == .refused {
      return .unreachable("connection refused")
    }
    do throws(PinnedClient.Failure) {
      let response = try local(known).ask(
        request(known, "/api/v1/nodes/\(known.identity.node)"))
      switch response.status {
      case 200:
        let node = try? JSONText.decode(NodeObject.self, from: response.body, name: "a Node")
        return node.map { .found($0) } ?? .unreachable("its answer is not understood")
      case 404: return .absent
      case 401, 403: return .unreachable("it does not know this node's certificate yet")
      default: return .unreachable("it answers \(response.status)")
      }
    } catch { return .unreachable(error.reason) }
  }

  func local(_ known: Known) -> PinnedClient {
    PinnedClient(authority: places.authority, limit: .mib(4), now: machine.now)
  }

  func request(
    _ known: Known, _ path: String, method: PinnedClient.Request.Method = .get,
    headers: [String] = [], body: String? = nil, isAnswerSecret: Bool = false
  ) -> PinnedClient.Request {
    let access = known.distribution.access(known.identity.role)
    return PinnedClient.Request(
      localURL(known, access) + path, method: method,
      proof: .certificate(places.root + access.certificate, key: places.root + access.key),
      headers: headers, body: body, isAnswerSecret: isAnswerSecret)
  }

  /// The API as the node itself reaches it.
  private func localURL(_ known: Known, _ access: Distribution.LocalAccess) -> String {
    if let path = access.kubeconfig,
      let bytes = try? Files.read(places.root + path, limit: .kib(64))
    {
      for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
        let words = line.split(separator: " ")
        guard words.count == 2, words[0] == "server:" else { continue }
        let url = words[1].filter { $0 != "\"" }
        if url.hasPrefix("https://127.0.0.1:") { return url }
      }
    }
    guard let port = known.identity.cluster.port, known.identity.role.isServer else {
      return access.url
    }
    return "https://127.0.0.1:\(port)"
  }

  /// Tells the cluster of its agents' tokens, each of which may then join. What was told is read
  /// back, and then leaves this node. nil when nothing is left to tell.
  private func applyTokens(_ known: Known) throws(AgentError) -> JoinRuling<Bool>? {
    for path in try stagedObjects() {
      let head = try JSONText.decode(ObjectHead.self, from: try content(path), name: path)
      guard head.kind == "Secret", head.apiVersion == "v1" else {
        throw AgentError("apply", path, "it is no Secret")
      }
      let place =
        "/api/v1/namespaces/\(head.metadata.namespace ?? "kube-system")/secrets/\(head.metadata.name)"
      do throws(PinnedClient.Failure) {
        // Server-side apply: the same again changes nothing. (Kubernetes, "Server-Side Apply")
        let answer = try local(known).ask(
          request(
            known, place + "?fieldManager=sugaragent&force=true", method: .patch,
            headers: ["Content-Type: application/apply-patch+yaml"], body: path))
        guard answer.status == 200 || answer.status == 201 else {
          return .wait(
            "the cluster did not take the token \(head.metadata.name): it answers \(answer.status)",
            seconds: 5)
        }
        guard try local(known).ask(request(known, place)).status == 200 else {
          return .wait("the token \(head.metadata.name) is not in the cluster yet", seconds: 3)
        }
      } catch {
        return .wait("the token \(head.metadata.name) is not told yet: \(error.reason)", seconds: 3)
      }
      try known.journal.append(.applied(name: head.metadata.name))
      try discard(known, path)
      teller.note("the cluster knows the token \(head.metadata.name)")
    }
    return nil
  }

  private func stagedObjects() throws(AgentError) -> [String] {
    do throws(HostError) {
      guard try Files.exists(places.staged) else { return [] }
      return try Files.list(places.staged).filter { $0.hasSuffix(".json") }.map {
        "\(places.staged)/\($0)"
      }
    } catch { throw AgentError("list", places.staged, error.reason, code: error.code) }
  }

  private func content(_ path: String) throws(AgentError) -> [UInt8] {
    do { return try Files.read(path, limit: .kib(256)) } catch {
      throw AgentError("read", path, error.reason, code: error.code)
    }
  }

  /// The node is Ready: it starts by itself from now on.
  private func conclude(_ known: Known, _ course: JoinCourse) throws(AgentError) {
    let (identity, journal) = (known.identity, known.journal)
    if identity.role == .serverInit, case .initialise = lastCourse(journal) ?? course,
      !journal.has(.initialised(generation: identity.generation))
    {
      try journal.append(.initialised(generation: identity.generation))
    }
    let unit = known.distribution.unit(identity.role)
    try attempt("enable", unit) { try machine.enable(unit) }
    for warning in portWarnings(known) { teller.warn(warning) }
    do { try discard(known, below: places.stagedAuthorities) } catch {
      teller.warn("the staged authorities are still there: \(error)")
    }
    let network = NetworkFiles(
      places: places, renderer: identity.base.network ?? .networkManager)
    do { try network.remember() } catch {
      teller.warn("the network's files could not be kept: \(error)")
    }
    try journal.append(.ready)
  }

  /// What this node did when it last did something new.
  private func lastCourse(_ journal: JoinJournal) -> JoinCourse? {
    for entry in journal.entries.reversed() {
      switch entry.event {
      case .initialising: return .initialise
      case .joining(let host): return .join(host: host, node: "")
      default: continue
      }
    }
    return nil
  }

  /// Whether the ports that the cluster lives on can be reached on the planned nodes, by name.
  private func portWarnings(_ known: Known) -> [String] {
    let identity = known.identity
    var findings: [PortRules.Finding] = []
    for member in identity.cluster.members where member.node != identity.node {
      guard let address = member.address else { continue }
      for port in PortRules.ports(
        from: identity.role, to: member.role, api: identity.cluster.port ?? 6443,
        backend: identity.cluster.settings?.backend)
      {
        let knock = port.isDatagram ? machine.knockDatagram : machine.knock
        let outcome: PortRules.Outcome =
          switch knock(address, port.number) {
          case .open: .open
          case .refused: .refused
          case .silent: .silent
          case .unknown(let reason): .unknown(reason)
          }
        findings.append(
          PortRules.Finding(node: member.node, address: address, port: port, outcome: outcome))
      }
    }
    return PortRules.warnings(findings)
  }
}
