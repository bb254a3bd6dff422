import Foundation
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// No secret stands where others on the machine can read it.
@Suite(.serialized) struct SecrecyTests {
  /// Reads the arguments and surroundings of every process for as long as it lives.
  private final class Watcher: @unchecked Sendable {  // guarded by its lock
    private let lock = NSLock()
    private var goesOn = true
    private var seen: [String] = []
    private let done = DispatchSemaphore(value: 0)

    init() {
      Thread.detachNewThread { [self] in
        while lock.withLock({ goesOn }) {
          let pids = (try? Files.list("/proc"))?.filter { Int32($0) != nil } ?? []
          for pid in pids {
            for file in ["cmdline", "environ"] {
              guard let bytes = try? Files.read("/proc/\(pid)/\(file)") else { continue }
              let text = String(decoding: bytes, as: UTF8.self)
              if file == "environ" || text.contains("curl") || text.contains("openssl") {
                lock.withLock { seen.append(text) }
              }
            }
          }
        }
        done.signal()
      }
    }

    func stop() -> [String] {
      lock.withLock { goesOn = false }
      done.wait()
      return lock.withLock { seen }
    }
  }

  @Test("a credential stands in no list of arguments and in no environment")
  func arguments() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve(faults: #"{"slow": "/v1-k3s/readyz"}"#)
    let watcher = Watcher()
    let canary = "canary-9d1f7a20c4"
    let client = PinnedClient(
      authority: bench.cluster.tls + "/server-ca.crt", seconds: 2, now: { SystemClock.now })
    let url = "https://127.0.0.1:\(bench.port)/v1-k3s/readyz"
    for proof in [
      PinnedClient.Proof.bearer(Secret(canary)), .password(user: "node", Secret(canary)),
    ] {
      _ = try? client.ask(
        .init(url, proof: proof, secretHeaders: [("k3s-Node-Password", Secret(canary))]))
    }
    let seen = watcher.stop()
    #expect(seen.contains { $0.contains("--config") }, "the watcher saw curl at work")
    #expect(seen.allSatisfy { !$0.contains(canary) })
    #expect(server.requests.contains { $0.authorization == true }, "and it did send them")
  }

  @Test("a whole way to Ready leaves no secret in journal, report, overlay or console")
  func traces() throws {
    let bench = try JoinBench("a0")
    // Other tests talk to their servers meanwhile, so these secrets are this one's alone.
    let (token, password) = ("canary.canary4711canary", "canary4712canary4712canary471200")
    try bench.serve()
    try bench.tell(token: token)
    try bench.put("/etc/rancher/k3s/token", "K10\(bench.cluster.pin)::\(token)\n")
    try bench.put("/etc/rancher/node/password", password + "\n")
    bench.onStart = { try bench.register() }
    let watcher = Watcher()
    #expect(bench.run() == .ready, "\(bench.told)")
    let seen = watcher.stop()
    #expect(seen.contains { $0.contains("--config") })
    let report = try JSONText.page(try #require(bench.report))
    let texts =
      seen + [
        bench.told, report, bench.text("/var/lib/sugaragent/join.jsonl") ?? "",
        bench.text("/etc/rancher/k3s/config.yaml.d/90-sugaragent.yaml") ?? "",
      ]
    for secret in ["canary4711canary", password] {
      for text in texts { #expect(!text.contains(secret)) }
    }
  }

  @Test("a whole hand-over leaves none in journal, report, receipt, console, or on the medium")
  func handOver() throws {
    let bench = try JoinBench.handOff()
    let watcher = Watcher()
    #expect(bench.run() == .ready, "\(bench.told)")
    let seen = watcher.stop()
    #expect(seen.contains { $0.contains("--config") })
    let report = try JSONText.page(try #require(bench.report))
    for secret in JoinBench.canaries {
      for text in seen + [bench.told, report] { #expect(!text.contains(secret)) }
    }
    // Every file that is left, the journal and both receipts among them, and what the server logged.
    var files = 0
    let root = bench.folder.url
    for case let file as URL in try #require(
      FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
    {
      guard let content = try? Data(contentsOf: file) else { continue }
      files += 1
      for secret in JoinBench.canaries {
        #expect(content.range(of: Data(secret.utf8)) == nil, "\(file.path) holds a secret")
      }
    }
    #expect(files > 10)
    // They did get there.
    let there = try bench.administer("GET", "/api/v1/namespaces/flux-system/secrets/sops-age")
    #expect(there.contains(JoinBench.canaries[3]))
  }

  /// What a server writes reaches a console: it must not move the cursor there.
  @Test("a server's words cannot play with the console")
  func escapes() throws {
    let bench = try JoinBench("a0")
    let evil = try String(
      decoding: JSONSerialization.data(withJSONObject: [
        "redirect": ["/ping": "https://x/\u{1B}[2J\u{202E}"]
      ]), as: UTF8.self)
    try bench.serve(faults: evil)
    bench.limit = 60
    bench.run()
    #expect(
      bench.lines.allSatisfy { $0.unicodeScalars.allSatisfy { (32..<127).contains($0.value) } },
      "\(bench.told)")
    #expect(!bench.lines.isEmpty)
  }

  /// A report that an older agent left on the boot partition.
  @Test("reports from before there were phases are read")
  func olderReports() throws {
    let bench = try JoinBench("a0")
    bench.limit = 1
    bench.run()
    var report = try #require(bench.report)
    (report.phases, report.schema) = (nil, 1)
    let text = try JSONText.page(report)
    #expect(!text.contains("phases"))
    let read = try JSONText.decode(AgentReport.self, from: Array(text.utf8), name: "a report")
    #expect(read == report)
  }
}
