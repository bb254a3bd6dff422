import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// Asks a planned server who it is. Nothing secret is sent; what proves it is the pinned authority.
struct ClusterProbe {
  /// A server as it was found.
  struct Finding {
    var answer: PeerAnswer
    /// What its clock says, when it proved who it is.
    var time: ClockFacts.PeerTime?
  }

  let identity: NodeIdentity
  let distribution: Distribution
  /// The authority's certificate in the image.
  let authority: String
  let machine: JoinMachine

  var port: Int { identity.cluster.port ?? 6443 }

  func url(_ host: String, _ path: String) -> String { "https://\(host):\(port)\(path)" }

  /// Knocks, then asks under the pin, and only when the pin did not hold asks again, believing
  /// nothing, in order to say what is wrong.
  func ask(node: String, host: String) -> Finding {
    func found(_ kind: PeerAnswer.Kind, _ time: ClockFacts.PeerTime? = nil) -> Finding {
      Finding(answer: PeerAnswer(node: node, host: host, kind: kind), time: time)
    }
    if let silence = knock(host) { return found(.silent(silence)) }
    let supervisor = distribution.supervisor
    let client = PinnedClient(authority: authority, now: machine.now)
    let greeting: PinnedClient.Response
    do throws(PinnedClient.Failure) {
      greeting = try client.ask(.init(url(host, supervisor.ping)))
    } catch { return found(doubt(error, host)) }
    if let trouble = Self.trouble(greeting) { return found(trouble) }
    guard greeting.body == Array("pong".utf8) else {
      return found(.unwell("it does not answer as a server of \(distribution.name) does"))
    }
    do throws(PinnedClient.Failure) {
      let answer = try client.ask(.init(url(host, supervisor.authorities)))
      if let trouble = Self.trouble(answer) { return found(trouble) }
      let digest = AuthorityPin.digest(of: answer.body)
      guard digest == identity.cluster.pin else { return found(.foreign(pin: digest)) }
    } catch { return found(doubt(error, host)) }
    return found(.ours, time(of: greeting, node))
  }

  /// Why nobody is there, without a word of TLS; nil when somebody is.
  private func knock(_ host: String) -> String? {
    guard let address = IPv4Address(host) else { return nil }
    switch machine.knock(address, port) {
    case .open: return nil
    case .refused: return "connection refused"
    case .silent: return "no answer"
    case .unknown(let reason): return reason
    }
  }

  private static func trouble(_ response: PinnedClient.Response) -> PeerAnswer.Kind? {
    switch response.status {
    case 200: nil
    case 300..<400: .redirects(response.location ?? "without saying where")
    case 429: .unwell("it is overloaded")
    default: .unwell("it answers \(response.status)")
    }
  }

  private func time(of response: PinnedClient.Response, _ node: String) -> ClockFacts.PeerTime? {
    response.date.flatMap { CalendarDate.seconds(http: $0) }.map {
      ClockFacts.PeerTime(
        node: node, date: $0, asked: response.asked, answered: response.answered)
    }
  }

  /// What it means that nothing came back under the pin.
  private func doubt(_ failure: PinnedClient.Failure, _ host: String) -> PeerAnswer.Kind {
    switch failure.kind {
    case .network, .tooSlow: return .silent(failure.reason)
    case .handshake, .tooLarge: return .unwell(failure.reason)
    case .plain: return .unproven(failure.reason)
    case .untrusted(let code):
      let told = try? PinnedClient(authority: nil, now: machine.now).ask(
        .init(url(host, distribution.supervisor.authorities)))
      guard let told, told.status == 200, let digest = AuthorityPin.digest(of: told.body) else {
        return .foreign(pin: nil)
      }
      guard digest == identity.cluster.pin else { return .foreign(pin: digest) }
      // X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED
      return code == 9 || code == 10
        ? .oursAtAnotherTime(failure.reason) : .unproven(failure.reason)
    }
  }

  /// What the clock of a server says whose certificate is right but for its dates: the handshake is
  /// checked against the pinned authority, its name too, and only the dates are not. Nothing secret
  /// is sent. (openssl-s_client(1), -no_check_time)
  func timeWithoutDates(node: String, host: String) -> ClockFacts.PeerTime? {
    let name = IPv4Address(host) == nil ? ["-verify_hostname", host] : ["-verify_ip", host]
    let asked = machine.now()
    let answer = try? Program(AgentTool.openssl).ask(
      [
        "s_client", "-connect", "\(host):\(port)", "-CAfile", authority, "-no-CApath",
        "-no-CAstore",
        "-no_check_time", "-verify_return_error", "-ign_eof", "-quiet",
      ] + name, environment: ["OPENSSL_CONF": "/dev/null"],
      input: "GET \(distribution.supervisor.ping) HTTP/1.0\r\nHost: \(host)\r\n\r\n",
      limit: .kib(16), seconds: 8)
    guard let answer else { return nil }
    // A handshake that was not believed ends before a word of HTTP.
    let lines = String(decoding: answer.output, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard lines.first?.hasPrefix("HTTP/1.") == true else { return nil }
    let date = lines.lazy.first { $0.lowercased().hasPrefix("date:") }.flatMap {
      CalendarDate.seconds(http: String($0.dropFirst(5)))
    }
    return date.map {
      ClockFacts.PeerTime(node: node, date: $0, asked: asked, answered: machine.now())
    }
  }
}
