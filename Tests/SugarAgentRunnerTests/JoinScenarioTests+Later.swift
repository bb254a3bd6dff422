import Foundation
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

extension JoinScenarioTests {
  @Test("J8: the machine trusts the other authority, and that is nothing to us")
  func systemTrust() throws {
    let bench = try JoinBench("a0")
    let other = try StandInCluster.other.get()
    let server = try bench.serve(of: other)
    // What curl and OpenSSL would read, if they were let.
    setenv("SSL_CERT_FILE", other.tls + "/server-ca.crt", 1)
    setenv("CURL_CA_BUNDLE", other.tls + "/server-ca.crt", 1)
    defer {
      unsetenv("SSL_CERT_FILE")
      unsetenv("CURL_CA_BUNDLE")
    }
    let trusted = try Tool("curl").run(["-sS", "https://127.0.0.1:\(bench.port)/ping"])
    #expect(trusted.text == "pong", "the machine does trust it: \(trusted.complaints)")
    #expect(bench.run() == .refused(.wrongCluster), "\(bench.told)")
    server.expectNothingSecret()
  }

  @Test("J8: a stranger who shows our certificate")
  func lyingAuthority() throws {
    let bench = try JoinBench("a0")
    let ours = try String(contentsOfFile: bench.cluster.tls + "/server-ca.crt", encoding: .utf8)
    let faults = try String(
      decoding: JSONSerialization.data(withJSONObject: ["cacerts": ours]), as: UTF8.self)
    let server = try bench.serve(of: try StandInCluster.other.get(), faults: faults)
    #expect(bench.run() == .refused(.unprovenAuthority), "\(bench.told)")
    server.expectNothingSecret()
  }

  @Test("J8: our certificate for another machine's address")
  func certificateForAnother() throws {
    let bench = try JoinBench("a0")
    try Tool("python3").check([
      "-B", "-c",
      "import sys; sys.path.insert(0, sys.argv[1]); import authority; authority.issue(sys.argv[2] + '/server-ca', sys.argv[3], 'k3s', addresses=['10.9.9.9'], usage='serverAuth')",
      StandInSupervisor.folder, bench.cluster.tls, bench.cluster.tls + "/elsewhere",
    ])
    let server = try bench.serve(certificate: "elsewhere")
    #expect(bench.run() == .refused(.unprovenAuthority), "\(bench.told)")
    server.expectNothingSecret()
  }

  @Test("J9: a bundle of two, whose root is the pinned one")
  func bundle() throws {
    let bench = try JoinBench("a0")
    let pki = bench.folder.path("pki")
    let script = """
      import sys, shutil, os; sys.path.insert(0, sys.argv[1]); import authority
      pki, tls = sys.argv[2:4]
      shutil.copytree(tls, pki)
      authority.make_authority(pki + '/root', 'root')
      authority.make_intermediate(pki + '/root', pki + '/server-ca', 'middle')
      authority.issue(pki + '/server-ca', pki + '/served', 'k3s', addresses=['127.0.0.1'], usage='serverAuth')
      print(authority.pin_of_root(pki + '/root.crt'))
      """
    let pin = try Tool("python3").check([
      "-B", "-c", script, StandInSupervisor.folder, pki, bench.cluster.tls,
    ]).text.trimmingCharacters(in: .whitespacesAndNewlines)
    bench.identity.cluster.pin = pin
    try bench.writeIdentity()
    try bench.copy(pki + "/root.crt", to: "/etc/sugaragent/cluster-ca.crt")
    try bench.put("/etc/rancher/k3s/token", "K10\(pin)::\(JoinBench.agentToken)\n")
    let server = try StandInSupervisor(
      bench.folder, tls: pki, token: bench.cluster.token, address: "127.0.0.1", port: bench.port,
      options: ["--certificate", pki + "/served"])
    let secret = bench.secret("abc123", "0123456789abcdef")
    try Tool("curl").check([
      "-sS", "-f", "-X", "PUT", "--cacert", pki + "/root.crt", "--cert", pki + "/client-admin.crt",
      "--key", pki + "/client-admin.key", "-d", secret,
      "https://127.0.0.1:\(bench.port)/api/v1/namespaces/kube-system/secrets/bootstrap-token-abc123",
    ])
    bench.limit = 60
    bench.run()
    server.expectPinFirst()
    #expect(bench.lines("preflight", "done").count == 1, "\(bench.told)")
  }

  @Test(
    "J10: a redirect, and plain HTTP",
    arguments: [
      (#"{"redirect": {"/ping": "https://127.0.0.1:1/"}}"#, JoinRefusalCode.redirected),
      (#"{"redirect": {"/cacerts": "http://127.0.0.1:1/"}}"#, .redirected),
      (#"{"plain": true}"#, .unprovenAuthority),
    ])
  func elsewhere(_ faults: String, _ code: JoinRefusalCode) throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve(faults: faults)
    #expect(bench.run() == .refused(code), "\(bench.told)")
    server.expectNothingSecret()
  }

  @Test("J10: a redirect of a question with a credential is not followed")
  func redirectedCredential() throws {
    let bench = try JoinBench("a0")
    try bench.serve(
      faults: #"{"redirect": {"/v1-k3s/readyz": "https://127.0.0.2:\#(bench.port)/v1-k3s/readyz"}}"#
    )
    let other = try bench.serve("127.0.0.2")
    bench.limit = 60
    #expect(bench.run() == .stopped)
    other.expectNothingSecret()
    #expect(bench.started.isEmpty)
  }

  @Test(
    "J11: answers without end, resets and silence are waited out",
    arguments: [
      #"{"huge": "/cacerts"}"#, #"{"huge": "/ping"}"#, #"{"reset": "/cacerts"}"#,
      #"{"drop": true}"#,
      #"{"tooMany": 1000}"#, #"{"status": {"/ping": 500}}"#,
    ])
  func badAnswers(_ faults: String) throws {
    let (bench, server) = try JoinScenarioTests.waiting(faults)
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.lines("preflight", "waiting").count >= 1, "\(bench.told)")
  }

  @Test(
    "J11: a credential's answer without end",
    arguments: [
      #"{"huge": "/v1-k3s/readyz"}"#, #"{"reset": "/v1-k3s/config"}"#,
      #"{"huge": "/v1-k3s/config"}"#,
    ])
  func badAnswersToCredentials(_ faults: String) throws {
    let (bench, server) = try JoinScenarioTests.waiting(faults)
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
  }

  /// A server that misbehaves for a minute.
  static func waiting(_ faults: String) throws -> (JoinBench, StandInSupervisor) {
    let bench = try JoinBench("a0")
    let server = try bench.serve()
    try bench.tell()
    try server.set(faults: faults)
    bench.onPause = { elapsed in if elapsed > 60 { try server.set(faults: "{}") } }
    bench.onStart = { try bench.register() }
    return (bench, server)
  }

  @Test("J11: one byte a second is cut off in time")
  func slow() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve(faults: #"{"slow": "/ping"}"#)
    let client = PinnedClient(
      authority: bench.cluster.tls + "/server-ca.crt", seconds: 2, now: { SystemClock.now })
    let began = Date()
    do throws(PinnedClient.Failure) {
      _ = try client.ask(.init("https://127.0.0.1:\(bench.port)/ping"))
      Issue.record("it came to an end")
    } catch { #expect(error.kind == .tooSlow) }
    #expect(Date().timeIntervalSince(began) < 5)
    server.expectNothingSecret()
  }

  @Test("J11: nothing at all is cut off in time")
  func mute() throws {
    let bench = try JoinBench("a0")
    try bench.serve(faults: #"{"mute": true}"#)
    let client = PinnedClient(
      authority: bench.cluster.tls + "/server-ca.crt", seconds: 2, now: { SystemClock.now })
    let began = Date()
    #expect(throws: PinnedClient.Failure.self) {
      try client.ask(.init("https://127.0.0.1:\(bench.port)/ping"))
    }
    #expect(Date().timeIntervalSince(began) < 8)
  }

  @Test("J13: another pod network")
  func settingsDiffer() throws {
    let (bench, server) = try JoinScenarioTests.waiting(
      #"{"config": {"ClusterIPRange": {"IP": "10.52.0.0", "Mask": "//8AAA=="}}}"#)
    bench.onPause = { _ in }
    bench.limit = 600
    #expect(bench.run() == .stopped, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.started.isEmpty)
    #expect(bench.report?.phases?.last?.code == .settingsDiffer)
    #expect(
      bench.lines("preflight", "refused").first?.contains(
        "cluster-cidr is 10.42.0.0/16 here and 10.52.0.0/16 there") == true, "\(bench.told)")
  }

  @Test(
    "J14: what an editor did to the token is put right",
    arguments: [
      "\u{FEFF}%\r\n", "\"%\"\n", "%\r\n",
    ])
  func editedToken(_ form: String) throws {
    let (bench, server) = try JoinScenarioTests.waiting("{}")
    let token = "K10\(bench.cluster.pin)::\(JoinBench.agentToken)"
    try bench.put(
      "/etc/rancher/k3s/token", form.replacingOccurrences(of: "%", with: token))
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.text("/etc/rancher/k3s/token") == token + "\n")
    #expect(
      try Files.status(bench.folder.path("root/etc/rancher/k3s/token"))?.mode == 0o600)
  }

  @Test(
    "J14: a token of another cluster, or none, is sent to nobody",
    arguments: [
      ("K10%::\(JoinBench.agentToken)\n", JoinRefusalCode.wrongCluster), ("", .badToken),
      ("\(JoinBench.agentToken)\n", .badToken),
    ])
  func wrongToken(_ form: String, _ code: JoinRefusalCode) throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve()
    try bench.put(
      "/etc/rancher/k3s/token",
      form.replacingOccurrences(of: "%", with: String(repeating: "0", count: 64)))
    #expect(bench.run() == .refused(code), "\(bench.told)")
    #expect(server.requests.isEmpty, "nobody was asked at all")
  }

  @Test("a token that others may read")
  func openToken() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve()
    try bench.put(
      "/etc/rancher/k3s/token", "K10\(bench.cluster.pin)::\(JoinBench.agentToken)\n", mode: 0o644)
    #expect(bench.run() == .refused(.openSecret), "\(bench.told)")
    #expect(server.requests.isEmpty)
  }
}
