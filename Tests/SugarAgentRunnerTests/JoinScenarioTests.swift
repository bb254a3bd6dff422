import Foundation
import SugarAgentRunner
import SugarModel
import SugarTestSupport
import Testing

/// How a node joins through a server that behaves as servers do: the scenarios J1 to J14. Each looks
/// at what the server logged, first of all that nothing secret came before the pin was proven.
@Suite(.serialized) struct JoinScenarioTests {
  /// An agent and the first server, which knows its token.
  private func agent(_ faults: String = "{}") throws -> (JoinBench, StandInSupervisor) {
    let bench = try JoinBench("a0")
    let server = try bench.serve(faults: faults)
    try bench.tell()
    bench.onStart = { try bench.register() }
    return (bench, server)
  }

  @Test("an agent joins, and the cluster says so")
  func joins() throws {
    let (bench, server) = try agent()
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.started == ["k3s-agent.service"])
    #expect(bench.enabled == ["k3s-agent.service"])
    #expect(bench.report?.state == .done, "\(bench.told)")
    let phases = bench.lines.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    #expect(
      phases
        == [
          "network", "clock", "peers", "preflight", "join", "ready", "finish",
        ].flatMap { ["sugaragent: \($0) started:", "sugaragent: \($0) done:"] }, "\(bench.told)")
    #expect(
      bench.text("/etc/rancher/k3s/config.yaml.d/90-sugaragent.yaml") == """
        # Written by sugaragent at boot: what only the running node knows.
        flannel-iface: "end0"
        resolv-conf: "/run/systemd/resolve/resolv.conf"

        """)
    // Bearer for what an agent asks, and the kubelet's certificate for the proof.
    #expect(
      Set(server.requests.compactMap(\.scheme)) == ["", "Bearer"])
  }

  @Test("after a reboot it is Ready again, and asks nobody")
  func rejoins() throws {
    let (bench, server) = try agent()
    #expect(bench.run() == .ready, "\(bench.told)")
    let asked = server.count("/v1-k3s/readyz")
    try bench.fake("/proc/sys/kernel/random/boot_id", "boot-2\n")
    bench.unitState = "active"
    bench.onPause = { _ in
      try bench.administer("PUT", "/api/v1/nodes/a0", bench.nodeObject(boot: "boot-2"))
    }
    bench.lines = []
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(server.count("/v1-k3s/readyz") == asked)
    #expect(bench.started.count == 1, "it runs already")
    #expect(
      bench.lines("ready", "waiting").first?.contains("earlier boot") == true, "\(bench.told)")
  }

  @Test("J1: the connection is refused for ten minutes")
  func refusedConnections() throws {
    let bench = try JoinBench("a0")
    var server: StandInSupervisor?
    bench.onPause = { elapsed in
      guard elapsed > 600, server == nil else { return }
      server = try bench.serve()
      try bench.tell()
    }
    bench.onStart = { try bench.register() }
    #expect(bench.run() == .ready, "\(bench.told)")
    try #require(server).expectPinFirst()
    #expect(
      bench.lines("preflight", "waiting").first
        == "sugaragent: preflight waiting: s0 at 127.0.0.1 does not answer: connection refused")
    #expect(bench.lines("preflight", "waiting").count < 4, "one line for a change: \(bench.told)")
    #expect(bench.pauses.max() == 30)
    #expect(bench.pauses.count < 40, "ten minutes in \(bench.pauses)")
  }

  @Test("J2: another cluster's authority")
  func wrongCluster() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve(of: try StandInCluster.other.get())
    #expect(bench.run() == .refused(.wrongCluster), "\(bench.told)")
    server.expectNothingSecret()
    #expect(!server.entries.isEmpty, "it was asked")
    #expect(bench.started.isEmpty)
    #expect(bench.pauses.isEmpty, "it is not tried again")
    #expect(bench.report?.state == .refused)
    #expect(bench.report?.phases?.last?.code == .wrongCluster)
  }

  @Test("J3: not ready five times")
  func notReady() throws {
    let (bench, server) = try agent(#"{"notReady": 5}"#)
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
    #expect(server.count("/v1-k3s/readyz") == 6)
    #expect(bench.lines("preflight", "waiting").first?.contains("runtime core not ready") == true)
  }

  @Test("J4: the first token has ended, the second is good")
  func secondToken() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve()
    try bench.tell(ends: "2020-01-01T00:00:00Z")
    let second = "zzz999.fedcba9876543210"
    try bench.tell(token: second)
    try bench.put("/etc/sugaragent/token.next", "K10\(bench.cluster.pin)::\(second)\n")
    bench.onStart = { try bench.register() }
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
    #expect(server.count("/v1-k3s/readyz") == 2)
    #expect(bench.text("/etc/rancher/k3s/token") == "K10\(bench.cluster.pin)::\(second)\n")
    #expect(bench.text("/etc/sugaragent/token.next") == nil)
    #expect(bench.warnings.contains { $0.contains("the first has ended") }, "\(bench.warnings)")
  }

  @Test("J5: no token is good")
  func noToken() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve()
    try bench.put(
      "/etc/sugaragent/token.next", "K10\(bench.cluster.pin)::zzz999.fedcba9876543210\n")
    bench.limit = 3600
    #expect(bench.run() == .stopped, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.started.isEmpty)
    let refused = bench.lines("preflight", "refused")
    #expect(refused.first?.contains("does not accept this node's token") == true, "\(bench.told)")
    #expect(bench.report?.phases?.last?.code == .credential)
    #expect(bench.report?.next.contains { $0.contains("--renew a0") } == true)
    #expect(
      server.count("/v1-k3s/readyz") < 100,
      "an hour costs \(server.count("/v1-k3s/readyz")) questions")
  }

  @Test("J6: another machine has the node's name")
  func nodePassword() throws {
    let (bench, server) = try agent(#"{"rejectPassword": true}"#)
    bench.limit = 3600
    #expect(bench.run() == .stopped, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.started.isEmpty)
    #expect(bench.report?.phases?.last?.code == .nodePassword)
    #expect(bench.report?.next.contains { $0.contains("kubectl delete node a0") } == true)
    #expect(server.count("/v1-k3s/serving-kubelet.crt") < 8, "no storm in an hour")
  }

  @Test("J6: and a person puts it right on the server")
  func nodePasswordPutRight() throws {
    let (bench, server) = try agent(#"{"rejectPassword": true}"#)
    bench.onPause = { elapsed in if elapsed > 1000 { try server.set(faults: "{}") } }
    #expect(bench.run() == .ready, "\(bench.told)")
  }

  @Test("J7: the server's certificate begins after our clock")
  func notYetValid() throws {
    let bench = try JoinBench("a0")
    bench.isSynchronised = false
    let server = try bench.serve(certificate: "future", faults: #"{"dateSkew": 7200}"#)
    bench.limit = 30
    bench.run()
    server.expectNothingSecret()
    #expect(bench.lines("clock", "done").count == 1, "\(bench.told)")
    let set = try #require(bench.clockWasSet.first)
    #expect(abs(set - Date().timeIntervalSince1970 - 7200) < 30)
    #expect(bench.lines("clock", "done").first?.contains("is set by s0") == true, "\(bench.told)")
    #expect(bench.started.isEmpty)
  }

  @Test("J7: but a clock that a time server sets is left alone")
  func notYetValidForASureClock() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve(certificate: "future", faults: #"{"dateSkew": 7200}"#)
    bench.limit = 120
    #expect(bench.run() == .stopped)
    server.expectNothingSecret()
    #expect(bench.clockWasSet.isEmpty)
    #expect(
      bench.lines("clock", "waiting").first?.contains("not valid yet") == true, "\(bench.told)")
  }

  @Test("J7: nobody sets our clock who cannot prove to be of the cluster")
  func timeOfAStranger() throws {
    let bench = try JoinBench("a0")
    bench.isSynchronised = false
    let server = try bench.serve(
      of: try StandInCluster.other.get(), certificate: "future", faults: #"{"dateSkew": 7200}"#)
    bench.limit = 60
    bench.run()
    server.expectNothingSecret()
    #expect(bench.clockWasSet.isEmpty, "\(bench.told)")
  }
}
