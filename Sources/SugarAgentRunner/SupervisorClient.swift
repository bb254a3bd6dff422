import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// Asks a server that has proven who it is what it thinks of this node. Only here does a credential
/// leave the node.
final class SupervisorClient {
  let node: String
  let host: String
  private let identity: NodeIdentity
  private let distribution: Distribution
  private let client: PinnedClient
  private let url: (String) -> String
  /// What the server said last when it refused, for comparing.
  private(set) var lastWords = ""

  init(_ known: JoinRun.Known, _ run: JoinRun, _ node: String, _ host: String) {
    self.node = node
    self.host = host
    identity = known.identity
    distribution = known.distribution
    let probe = run.probe(known)
    client = PinnedClient(authority: run.places.authority, now: run.machine.now)
    url = { probe.url(host, $0) }
  }

  var title: String { node == host ? node : "\(node) at \(host)" }

  /// Servers share a password, and which name goes with it says as what they ask.
  private func proof(_ credential: JoinCredential, user: String) -> PinnedClient.Proof {
    switch credential.kind {
    case .password(let password): .password(user: user, password)
    case .bootstrap(_, let token): .bearer(token)
    }
  }

  private func ask(_ request: PinnedClient.Request) -> (SupervisorAnswer, [UInt8]) {
    do throws(PinnedClient.Failure) {
      let response = try client.ask(request)
      guard response.status != 200 else { return (.ok, response.body) }
      lastWords = Self.words(response)
      return (.status(response.status, lastWords), [])
    } catch { return (.failed(error.reason), []) }
  }

  /// The message of an error, cut to a line.
  private static func words(_ response: PinnedClient.Response) -> String {
    let status = try? JSONText.decode(StatusObject.self, from: response.body, name: "an answer")
    let text = status?.message ?? String(decoding: response.body.prefix(200), as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.isEmpty ? "without a word" : String(line.prefix(200))
  }

  func readiness(_ credential: JoinCredential) -> SupervisorAnswer {
    let supervisor = distribution.supervisor
    return ask(
      .init(
        url(supervisor.readiness), proof: proof(credential, user: supervisor.nodeUser))
    ).0
  }

  /// Whether the server is set up as this node would be.
  func differences(
    _ credential: JoinCredential, _ settings: ClusterSettings
  ) -> JoinRuling<Bool> {
    let supervisor = distribution.supervisor
    let (answer, body) = ask(
      .init(url(supervisor.settings), proof: proof(credential, user: supervisor.nodeUser)))
    guard case .ok = answer else { return unwell(answer) }
    do throws(AgentError) {
      let control = try JSONText.decode(K3sControl.self, from: body, name: "settings of \(title)")
      return PreflightRules.settings(
        control.differences(from: settings), server: title, identity: identity)
    } catch {
      return .wait("\(title) tells its settings in a way that is not understood", seconds: 30)
    }
  }

  /// Whether it is this server's turn.
  func turn(_ credential: JoinCredential) -> JoinRuling<Bool> {
    let supervisor = distribution.supervisor
    let (answer, body) = ask(
      .init(url(supervisor.members), proof: proof(credential, user: supervisor.serverUser)))
    guard case .ok = answer else { return unwell(answer) }
    do throws(AgentError) {
      let members = try JSONText.decode(
        ClusterMembers.self, from: body, name: "members of \(title)")
      return PreflightRules.turn(
        members, identity: identity, server: title, distribution: distribution)
    } catch {
      return .wait("\(title) tells its members in a way that is not understood", seconds: 30)
    }
  }

  /// Whether the cluster knows another machine by this node's name. The first password that comes
  /// for a name is kept, as it will be a moment later when k3s asks for the same.
  func nodePassword(_ credential: JoinCredential, _ password: Secret<String>) -> JoinRuling<Bool> {
    let supervisor = distribution.supervisor
    let (answer, _) = ask(
      .init(
        url(supervisor.nodeCertificate), proof: proof(credential, user: supervisor.nodeUser),
        headers: ["\(supervisor.nodeNameHeader): \(identity.node)"],
        secretHeaders: [(supervisor.nodePasswordHeader, password)], isAnswerSecret: false))
    return PreflightRules.nodePassword(answer, server: title, identity: identity)
  }

  private func unwell(_ answer: SupervisorAnswer) -> JoinRuling<Bool> {
    switch answer {
    case .ok: .go(true, "")
    case .failed(let reason): .wait("\(title) does not answer: \(reason)", seconds: 5)
    case .status(let code, let words): .wait("\(title) answers \(code): \(words)", seconds: 10)
    }
  }
}
