import SugarHost
public import SugarModel

/// Asks servers over TLS, and believes nobody but the holder of one authority's key.
///
/// It runs the system's curl. All that curl is told goes through its standard input, so nothing
/// stands in the list of processes; no other authority counts, whatever this machine trusts; no
/// proxy, no redirect, no file of settings; time and size are bounded. (curl(1))
public struct PinnedClient {
  /// What proves who asks.
  public enum Proof {
    case none
    case bearer(Secret<String>)
    case password(user: String, Secret<String>)
    /// Files with a certificate and its key.
    case certificate(String, key: String)
  }

  public struct Request {
    public enum Method: String { case get = "GET", patch = "PATCH" }
    public var url: String
    public var method: Method
    public var proof: Proof
    public var headers: [String]
    /// A header that holds a secret, by its name.
    public var secretHeaders: [(name: String, value: Secret<String>)]
    /// The file that is sent.
    public var body: String?
    /// Whether the answer may hold secrets: then nothing of it is kept.
    public var isAnswerSecret: Bool

    public init(
      _ url: String, method: Method = .get, proof: Proof = .none, headers: [String] = [],
      secretHeaders: [(name: String, value: Secret<String>)] = [], body: String? = nil,
      isAnswerSecret: Bool = false
    ) {
      self.url = url
      self.method = method
      self.proof = proof
      self.headers = headers
      self.secretHeaders = secretHeaders
      self.body = body
      self.isAnswerSecret = isAnswerSecret
    }
  }

  /// What came back.
  public struct Response: Hashable, Sendable {
    public var status: Int
    public var body: [UInt8]
    /// HTTP's `Date`, and where a redirect would lead.
    public var date: String?
    public var location: String?
    /// Our clock before the question and after the answer.
    public var asked: Double
    public var answered: Double
  }

  /// Why nothing came back.
  public struct Failure: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      /// The certificate was not believed; the reason as OpenSSL numbers it. (X509_V_ERR_…, openssl-verify(1))
      case untrusted(Int)
      /// It speaks without TLS.
      case plain
      /// Whoever answers does not speak TLS, or not to us.
      case handshake
      case tooLarge
      case tooSlow
      /// No connection, or it broke.
      case network
    }
    public var kind: Kind
    /// In the network's words: `connection refused`.
    public var reason: String
  }

  /// The file with the one authority that counts; nil believes anybody, and never sends a proof.
  let authority: String?
  let limit: ByteCount
  let seconds: Int
  let now: () -> Double

  public init(
    authority: String?, limit: ByteCount = .mib(1), seconds: Int = 10,
    now: @escaping () -> Double
  ) {
    self.authority = authority
    self.limit = limit
    self.seconds = seconds
    self.now = now
  }

  public func ask(_ request: Request) throws(Failure) -> Response {
    let asked = now()
    let answer: Program.Answer
    do {
      answer = try Program(AgentTool.curl).ask(
        // The first word keeps curl from reading a file of settings.
        ["--disable", "--config", "-"], environment: Self.surroundings,
        input: configuration(of: request), limit: limit, seconds: seconds + 5)
    } catch {
      throw Failure(kind: .network, reason: "curl cannot be run: \(error.reason)")
    }
    switch answer.cut {
    case .size?:
      throw Failure(kind: .tooLarge, reason: "it answers with more than \(limit)")
    case .time?:
      throw Failure(kind: .tooSlow, reason: "it did not answer within \(seconds) s")
    case nil: break
    }
    let told = String(decoding: answer.complaints, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    guard told.count >= 5, let status = Int(told[0]) else {
      throw Failure(kind: .network, reason: "curl ended with \(answer.status) and no report")
    }
    guard answer.status == 0 else {
      throw Self.failure(answer.status, verify: Int(told[1]) ?? 0, told[4], seconds)
    }
    return Response(
      status: status, body: request.isAnswerSecret ? [] : answer.output,
      date: told[2].isEmpty ? nil : told[2], location: told[3].isEmpty ? nil : told[3],
      asked: asked, answered: now())
  }

  /// Nothing of the surroundings may change whom curl trusts or through whom it goes.
  private static let surroundings = [
    "SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/dev/null", "CURL_CA_BUNDLE": "",
    "SSLKEYLOGFILE": "", "OPENSSL_CONF": "/dev/null", "LC_ALL": "C",
  ]

  /// curl's settings, a line each. (curl(1), --config)
  private func configuration(of request: Request) -> String {
    var lines = [
      "url = \(Self.quoted(request.url))", "request = \(request.method.rawValue)", "silent",
      "globoff", "path-as-is", "proto = \"=https\"", "proto-redir = \"=https\"", "max-redirs = 0",
      "noproxy = \"*\"", "tlsv1.2", "http1.1", "connect-timeout = \(min(seconds, 5))",
      "max-time = \(seconds)", "max-filesize = \(limit.bytes)", "user-agent = sugaragent",
      "write-out = \"%{stderr}%{http_code}\\n%{ssl_verify_result}\\n%header{date}\\n%{redirect_url}\\n%{errormsg}\\n\"",
    ]
    if request.isAnswerSecret { lines.append("output = \"/dev/null\"") }
    guard let authority else {
      // For asking who somebody says to be: nothing that proves anything goes there.
      return (lines + ["insecure"]).joined(separator: "\n") + "\n"
    }
    lines += ["cacert = \(Self.quoted(authority))", "capath = \"/dev/null\""]
    switch request.proof {
    case .none: break
    case .bearer(let token):
      lines.append("header = \(Self.quoted("Authorization: Bearer \(token.reveal())"))")
    case .password(let user, let password):
      lines.append("user = \(Self.quoted("\(user):\(password.reveal())"))")
    case .certificate(let path, let key):
      lines += ["cert = \(Self.quoted(path))", "key = \(Self.quoted(key))"]
    }
    lines += request.headers.map { "header = \(Self.quoted($0))" }
    lines += request.secretHeaders.map {
      "header = \(Self.quoted("\($0.name): \($0.value.reveal())"))"
    }
    if let body = request.body { lines.append("data-binary = \(Self.quoted("@\(body)"))") }
    return lines.joined(separator: "\n") + "\n"
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// curl's exit status in our words. (curl(1), "Exit codes")
  private static func failure(
    _ status: Int32, verify: Int, _ message: String, _ seconds: Int
  ) -> Failure {
    switch status {
    case 60: return Failure(kind: .untrusted(verify), reason: words(verify, message))
    case 28: return Failure(kind: .tooSlow, reason: "it did not answer within \(seconds) s")
    case 63: return Failure(kind: .tooLarge, reason: "its answer is too long")
    case 35:
      let plain = ["wrong version number", "http request", "packet length too long"]
      if plain.contains(where: { message.contains($0) }) {
        return Failure(kind: .plain, reason: "it does not speak TLS")
      }
      // A certificate can also be turned down here, when curl gives up inside the handshake.
      if verify != 0 { return Failure(kind: .untrusted(verify), reason: words(verify, message)) }
      return Failure(kind: .handshake, reason: "its handshake broke off")
    case 7: return Failure(kind: .network, reason: "it cannot be reached")
    case 6: return Failure(kind: .network, reason: "its name is not known")
    case 52: return Failure(kind: .network, reason: "it hangs up without an answer")
    case 18, 55, 56: return Failure(kind: .network, reason: "the connection broke")
    default:
      return Failure(
        kind: .network, reason: message.isEmpty ? "curl ended with \(status)" : message)
    }
  }

  private static func words(_ verify: Int, _ message: String) -> String {
    switch verify {
    case 9: "its certificate is not valid yet by this node's clock"
    case 10: "its certificate has ended by this node's clock"
    case 18, 19, 20, 21: "its certificate is not signed by the cluster's authority"
    case 0: "its certificate is not for this name or address"
    default: "its certificate is not believed (OpenSSL's error \(verify))"
    }
  }
}
