import Foundation
import SugarAgentRunner
import SugarModel
import SugarTestSupport
import Testing

/// Who starts a cluster, who joins it when, and what a reflashed node may do.
@Suite(.serialized) struct ClusterStartTests {
  private static let overlay = "/etc/rancher/k3s/config.yaml.d/90-sugaragent.yaml"

  /// The first server; its own supervisor comes up with its unit.
  private func first(tokens: [(String, String)] = []) throws -> JoinBench {
    let bench = try JoinBench("s0")
    for (id, secret) in tokens {
      try bench.put(
        "/etc/sugaragent/staged/bootstrap-token-\(id).json", bench.secret(id, secret))
    }
    bench.onStart = {
      try bench.serve()
      try bench.put("/var/lib/rancher/k3s/server/db/etcd/member/wal/0.wal", "")
      try bench.register()
    }
    return bench
  }

  @Test("silence for three rounds in a minute: the first server starts the cluster")
  func initialises() throws {
    let bench = try first()
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.pauses.prefix(2) == [30, 30], "three rounds in a minute: \(bench.pauses)")
    #expect(bench.started == ["k3s.service"])
    #expect(bench.enabled == ["k3s.service"])
    let journal = try #require(bench.text("/var/lib/sugaragent/join.jsonl"))
    let events = journal.split(separator: "\n").map {
      $0.contains("initialising") ? "began" : $0.contains("initialised") ? "did" : ""
    }.filter { !$0.isEmpty }
    #expect(events == ["began", "did"], "\(journal)")
    #expect(bench.text(Self.overlay)?.contains("server:") == false)
    #expect(bench.lines("peers", "done").first?.contains("starts the cluster") == true)
  }

  @Test("J12: a peer answers with our authority, so the first server joins")
  func joinsInstead() throws {
    let bench = try first()
    let peer = try bench.serve(
      "127.0.0.3", options: ["--datastore", try members(bench, ["s1", "s2"])])
    bench.onStart = {
      try bench.serve()
      try bench.register()
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    peer.expectPinFirst()
    let overlay = try #require(bench.text(Self.overlay))
    #expect(
      overlay.contains("cluster-init: false\nserver: \"https://127.0.0.3:\(bench.port)\"\n"),
      "\(overlay)")
    #expect(
      bench.text("/var/lib/sugaragent/join.jsonl")?.contains("initialising") == false)
    #expect(
      bench.lines("peers", "done").first?.contains("so this node joins") == true, "\(bench.told)")
  }

  /// A datastore with voting members, as a file.
  private func members(_ bench: JoinBench, _ nodes: [String], learner: String? = nil) throws
    -> String
  {
    let path = bench.folder.path("datastore-\(UUID().uuidString)")
    var all: [[String: Any]] = nodes.map { ["name": "\($0)-1234abcd", "peerURLs": []] }
    if let learner { all.append(["name": "\(learner)-9999aaaa", "isLearner": true]) }
    let state: [String: Any] = [
      "objects": [String: Any](), "members": all, "passwords": [String: Any](), "serial": 0,
    ]
    try JSONSerialization.data(withJSONObject: state).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test("F-K3: a reflashed first server that its peers still know refuses, with the commands")
  func reflashedFirstServer() throws {
    let bench = try first()
    let peer = try bench.serve(
      "127.0.0.2", options: ["--datastore", try members(bench, ["s0", "s1"])])
    bench.limit = 300
    #expect(bench.run() == .stopped, "\(bench.told)")
    peer.expectPinFirst()
    #expect(bench.started.isEmpty)
    #expect(bench.report?.phases?.last?.code == .knownMember)
    #expect(
      bench.report?.next.first
        == "on s1 at 127.0.0.2: sudo k3s kubectl delete node s0", "\(bench.report?.next ?? [])")
  }

  @Test("F-K3: its data is gone, nobody answers: no second cluster by itself")
  func lostData() throws {
    let bench = try first()
    #expect(bench.run() == .ready, "\(bench.told)")
    bench.servers.forEach { $0.stop() }
    try FileManager.default.removeItem(
      atPath: bench.folder.path("root/var/lib/rancher/k3s/server/db"))
    bench.started = []
    bench.lines = []
    #expect(bench.run() == .refused(.initialisedBefore), "\(bench.told)")
    #expect(bench.started.isEmpty)
  }

  @Test("the power went before the first server had begun to keep data: it begins again")
  func cutWhileInitialising() throws {
    let bench = try first()
    bench.onStart = {}
    bench.limit = 200
    #expect(bench.run() == .stopped, "\(bench.told)")
    #expect(bench.started == ["k3s.service"])
    let again = bench
    again.unitState = "inactive"
    (again.limit, again.started, again.lines) = (7200, [], [])
    again.onStart = {
      try again.serve()
      try again.register()
    }
    #expect(again.run() == .ready, "\(again.told)")
    #expect(again.started == ["k3s.service"])
  }

  @Test("the first server tells the cluster of its agents' tokens, and keeps none")
  func appliesTokens() throws {
    let bench = try first(tokens: [("abc123", "0123456789abcdef"), ("def456", "0123456789abcdef")])
    #expect(bench.run() == .ready, "\(bench.told)")
    let server = try #require(bench.servers.first)
    for id in ["abc123", "def456"] {
      let path = "/api/v1/namespaces/kube-system/secrets/bootstrap-token-\(id)"
      #expect(try bench.administer("GET", path).contains("bootstrap.kubernetes.io/token"))
      #expect(server.requests.contains { $0.method == "PATCH" && $0.path == path })
      #expect(bench.text("/etc/sugaragent/staged/bootstrap-token-\(id).json") == nil)
    }
    // Now an agent with one of them is let in; one that nobody was told of is not.
    let pin = "--cacert"
    func status(_ token: String) throws -> String {
      try Tool("curl").check([
        "-sS", "-o", "/dev/null", "-w", "%{http_code}", pin, bench.cluster.tls + "/server-ca.crt",
        "-H",
        "Authorization: Bearer \(token)", "https://127.0.0.1:\(bench.port)/v1-k3s/readyz",
      ]).text
    }
    #expect(try status("abc123.0123456789abcdef") == "200")
    #expect(try status("ghi789.0123456789abcdef") == "401")
  }

  @Test("without the first server's word no agent joins")
  func untoldToken() throws {
    let bench = try JoinBench("a0")
    let server = try bench.serve()
    bench.onStart = { try bench.register() }
    bench.onPause = { elapsed in if elapsed > 300 { try bench.tell() } }
    #expect(bench.run() == .ready, "\(bench.told)")
    server.expectPinFirst()
    #expect(bench.elapsed > 300)
    #expect(
      bench.lines("preflight", "waiting").first?.contains("does not know this node's token yet")
        == true,
      "\(bench.told)")
  }

  @Test("servers join one at a time, in the order of the plan")
  func oneAtATime() throws {
    let bench = try JoinBench("s2")
    let path = try members(bench, ["s0"])
    var server = try bench.serve(options: ["--datastore", path])
    var stage = 0
    bench.onPause = { elapsed in
      // The second server comes as a learner, and becomes a voter.
      if elapsed > 60, stage == 0 {
        stage = 1
        server.stop()
        server = try bench.serve(
          options: ["--datastore", try self.members(bench, ["s0"], learner: "s1")])
      }
      if elapsed > 120, stage == 1 {
        stage = 2
        #expect(bench.started.isEmpty)
        server.stop()
        server = try bench.serve(options: ["--datastore", try self.members(bench, ["s0", "s1"])])
      }
    }
    bench.onStart = { try bench.register() }
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(bench.elapsed > 120)
    let waiting = bench.lines("preflight", "waiting").joined(separator: "\n")
    #expect(waiting.contains("s2 joins as server 3, when 2 are voting; now 1 is"), "\(waiting)")
    #expect(waiting.contains("s1 is joining; servers join one at a time"), "\(waiting)")
    for server in bench.servers { server.expectPinFirst() }
  }

  @Test("P13: a joining server without its line never starts a cluster")
  func noLine() throws {
    for text in ["", "cluster-init: true\nserver: \"https://127.0.0.1:1\"\n", "debug: true\n"] {
      let bench = try JoinBench("s1")
      try bench.put("/etc/rancher/k3s/config.yaml", text)
      #expect(bench.run() == .refused(.badConfiguration), "\(bench.told)")
      #expect(bench.started.isEmpty)
    }
  }

  @Test("RP4: the data of another cluster is not taken for ours")
  func foreignState() throws {
    let bench = try JoinBench("s1")
    try bench.copy(
      try StandInCluster.other.get().tls + "/server-ca.crt",
      to: "/var/lib/rancher/k3s/server/tls/server-ca.crt")
    #expect(bench.run() == .refused(.foreignState), "\(bench.told)")
    #expect(bench.started.isEmpty)
  }

  @Test("a disk was mounted over the authorities: they are put where k3s wants them")
  func stagedAuthorities() throws {
    let bench = try first()
    try FileManager.default.removeItem(
      atPath: bench.folder.path("root/var/lib/rancher/k3s/server/tls/server-ca.crt"))
    for file in ["server-ca.crt", "etcd/peer-ca.key"] {
      try bench.copy(bench.cluster.tls + "/" + file, to: "/etc/sugaragent/staged/tls/" + file)
    }
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(
      bench.text("/var/lib/rancher/k3s/server/tls/etcd/peer-ca.key")?.contains("PRIVATE") == true)
    #expect(bench.text("/etc/sugaragent/staged/tls/server-ca.crt") == nil)
  }

  @Test("no memory cgroup: the command line is put right, and one reboot follows; three at most")
  func memoryCgroup() throws {
    let bench = try first()
    try bench.fake("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n")
    try bench.put(
      "/boot/firmware/cmdline.txt", "console=tty1 cgroup_disable=memory root=X\r\n", mode: 0o755)
    #expect(bench.run() == .rebooting, "\(bench.told)")
    #expect(bench.reboots == 1)
    #expect(
      bench.text("/boot/firmware/cmdline.txt")
        == "console=tty1 root=X cgroup_enable=cpuset cgroup_memory=1 cgroup_enable=memory\n")
    #expect(
      bench.text("/boot/firmware/cmdline.txt.bak")
        == "console=tty1 cgroup_disable=memory root=X\r\n")
    #expect(bench.run() == .refused(.noMemoryControl), "\(bench.told)")
    #expect(bench.reboots == 1)
    // Something takes the words out again, time after time.
    for boot in 2...5 {
      try bench.put("/boot/firmware/cmdline.txt", "console=tty1\n", mode: 0o755)
      try bench.fake("/proc/sys/kernel/random/boot_id", "boot-\(boot)\n")
      bench.run()
    }
    #expect(bench.reboots == 3)
    #expect(bench.report?.phases?.last?.code == .reboots)
    #expect(bench.started.isEmpty)
  }

  @Test("F-N16: another machine has the node's address")
  func twin() throws {
    let bench = try JoinBench("a0")
    bench.claimant = "b8:27:eb:00:00:02"
    let server = try bench.serve()
    bench.limit = 3600
    #expect(bench.run() == .stopped, "\(bench.told)")
    #expect(server.requests.isEmpty, "nobody was asked")
    #expect(bench.report?.phases?.last?.code == .duplicateAddress)
    bench.claimant = nil
    (bench.limit, bench.lines) = (.infinity, [])
    try bench.tell()
    bench.onStart = { try bench.register() }
    #expect(bench.run() == .ready, "\(bench.told)")
  }

  @Test(
    "F-N4: an address that nobody answers on goes back to the one that worked",
    arguments: NetworkRenderer.allCases)
  func networkFallsBack(_ renderer: NetworkRenderer) throws {
    let bench = try JoinBench("a0", network: renderer)
    let (lan, more) = ("lan\(renderer.suffix)", "more\(renderer.suffix)")
    let file = "\(renderer.folder)/\(lan)"
    try bench.put(file, "address 127.0.0.8\n")
    try bench.put("\(renderer.folder)/README", "no network")
    try bench.serve()
    try bench.tell()
    bench.onStart = { try bench.register() }
    #expect(bench.run() == .ready, "\(bench.told)")
    // Its end did not come, so what worked is still there.
    #expect(bench.text("/var/lib/sugaragent/network/\(lan)") == nil)
    try bench.put("/var/lib/sugaragent/network/\(lan)", "address 127.0.0.8\n")
    // Somebody changes the address, and adds a network.
    try bench.put(file, "address 10.99.99.8\n")
    try bench.put("\(renderer.folder)/\(more)", "x")
    bench.addresses = [IPv4Address("10.99.99.8")].compactMap { $0 }
    bench.onRestart = { bench.addresses = nil }
    (bench.lines, bench.elapsed) = ([], 0)
    #expect(bench.run() == .ready, "\(bench.told)")
    #expect(
      bench.restarted
        == (renderer == .networkd
          ? ["daemon-reload", "systemd-networkd.service"] : ["NetworkManager.service"]))
    #expect(bench.text(file) == "address 127.0.0.8\n")
    #expect(bench.text("\(renderer.folder)/\(more)") == nil)
    #expect(bench.text("\(renderer.folder)/README") == "no network")
    #expect(bench.warnings.contains { $0.contains("last Ready boot") }, "\(bench.warnings)")
  }

  @Test("F-N4: without one that worked, the files stay and the node waits")
  func nothingToFallBackTo() throws {
    let bench = try JoinBench("a0")
    let file = "/etc/NetworkManager/system-connections/lan.nmconnection"
    try bench.put(file, "[ipv4]\naddress1=10.99.99.8/24\n")
    bench.addresses = []
    bench.limit = 600
    #expect(bench.run() == .stopped, "\(bench.told)")
    #expect(bench.restarted.isEmpty)
    #expect(bench.text(file) == "[ipv4]\naddress1=10.99.99.8/24\n")
  }
}
