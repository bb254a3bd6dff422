import Foundation
import SugarAgentPlan
import SugarAgentRunner
import SugarHost
import SugarModel
import SugarTestSupport
import Synchronization
import Testing

/// A node that joins: the agent's own code and the system's curl against stand-in servers, in a
/// time that only passes while the agent waits.
final class JoinBench {
  let folder: TemporaryDirectory
  let cluster: StandInCluster
  let port: Int
  var identity: NodeIdentity
  var servers: [StandInSupervisor] = []
  /// Seconds that passed in the agent's waits, after which it is told to end.
  var elapsed = 0.0
  var limit = 7200.0
  var isSynchronised = true
  /// By how much the node's clock is ahead of this machine's.
  var clockOffset = 0.0
  var clockWasSet: [Double] = []
  var started: [String] = []
  var enabled: [String] = []
  var restarted: [String] = []
  var onRestart: () throws -> Void = {}
  /// The addresses that the node's cable has.
  var addresses: [IPv4Address]?
  var reboots = 0
  var pauses: [Int] = []
  var lines: [String] = []
  var unitState = "inactive"
  /// Called after each wait with the seconds that passed so far.
  var onPause: (Double) throws -> Void = { _ in }
  /// What starting the unit brings about.
  var onStart: () throws -> Void = {}
  var claimant: String?
  var report: AgentReport?
  /// What the part of the disks decided.
  var layouts: [AgentReport.LayoutResult] = []
  /// What systemd says of fstrim.service, and how often it was started.
  var trimState = "inactive"
  var trims = 0
  var keepsBootOrder = false
  /// Called whenever the agent looks at the clock: before each line of its journal, before each
  /// question and after its answer.
  var onClock: () -> Void = {}
  var warnings: [String] = []
  private(set) var failures: [String] = []

  static let members = [
    MemberIdentity(node: "s0", role: .serverInit, address: IPv4Address("127.0.0.1")),
    MemberIdentity(node: "s1", role: .serverJoin, address: IPv4Address("127.0.0.2")),
    MemberIdentity(node: "s2", role: .serverJoin, address: IPv4Address("127.0.0.3")),
    MemberIdentity(node: "a0", role: .agent, address: IPv4Address("127.0.0.8")),
  ]
  static let machineID = String(repeating: "c", count: 32)
  static let password = "5f0e6d7c8b9a0f1e2d3c4b5a69788796"
  static let agentToken = "abc123.0123456789abcdef"

  init(
    _ node: String, members: [MemberIdentity] = members, network: NetworkRenderer = .networkManager
  ) throws {
    folder = try TemporaryDirectory()
    cluster = try StandInCluster.shared.get()
    port = Self.freePort()
    let role = members.first { $0.node == node }?.role ?? .agent
    identity = NodeIdentity(
      fleet: "sugarkube", site: "lab", node: node, domain: "home.arpa", generation: 1,
      cluster: ClusterIdentity(
        name: "prod", tier: "prod", distribution: "k3s", version: "v1.33.5+k3s1", pin: cluster.pin,
        server: role == .serverInit ? nil : "https://127.0.0.1:\(port)", members: members,
        binaryIncluded: true, port: port,
        settings: ClusterSettings(
          pods: "10.42.0.0/16", services: "10.43.0.0/16", dns: "10.43.0.10",
          domain: "cluster.local", backend: "vxlan", disabled: [])),
      role: role, spare: false, address: members.first { $0.node == node }?.address, networks: [],
      labels: [:], taints: [], disk: DiskIdentity(target: "sd", id: "0badcafe", rootSize: .gib(8)),
      boot: BootIdentity(order: nil, hardware: "rpi5-8"),
      base: BaseIdentity(
        os: "test", name: "test", sha256: "", standIn: nil,
        network: network == .networkManager ? nil : network), clockFloor: 1)
    try writeNode()
  }

  /// A port that nobody uses, nor another bench is about to, below those that the kernel gives to
  /// whoever connects.
  private static func freePort() -> Int {
    while true {
      let port = Int.random(in: 20_000..<32_000)
      let addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].compactMap { IPv4Address($0) }
      guard addresses.allSatisfy({ isFree($0, port) }) else { continue }
      if givenPorts.withLock({ $0.insert(port).inserted }) { return port }
    }
  }

  private static let givenPorts = Mutex<Set<Int>>([])

  /// Closed on exec: a program that another test starts meanwhile would hold the port while it runs.
  private static func isFree(_ address: IPv4Address, _ port: Int) -> Bool {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, kind, 0)
    defer { close(descriptor) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = in_port_t(port).bigEndian
    place.sin_addr.s_addr = address.value.bigEndian
    return withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  var places: AgentPlaces { AgentPlaces(root: folder.path("root")) }

  func put(_ path: String, _ text: String, mode: Int = 0o600) throws {
    let place = URL(fileURLWithPath: folder.path("root") + path)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place.path)
  }

  func text(_ path: String) -> String? {
    try? String(contentsOfFile: folder.path("root") + path, encoding: .utf8)
  }

  func fake(_ path: String, _ text: String) throws {
    let place = URL(fileURLWithPath: folder.path("machine") + path)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
  }

  func copy(_ source: String, to path: String) throws {
    try put(path, String(contentsOfFile: source, encoding: .utf8))
  }

  /// What the image holds of this node.
  private func writeNode() throws {
    try writeIdentity()
    try copy(cluster.tls + "/server-ca.crt", to: "/etc/sugaragent/cluster-ca.crt")
    let role = identity.role
    try put(
      "/etc/rancher/k3s/config.yaml",
      role == .serverInit
        ? "cluster-init: true\n" : "server: \"https://127.0.0.1:\(port)\"\n")
    try put("/etc/rancher/node/password", Self.password + "\n")
    try put("/boot/firmware/cmdline.txt", "console=tty1 root=PARTUUID=0badcafe-02\n", mode: 0o755)
    try put(
      "/etc/rancher/k3s/token",
      role == .agent
        ? "K10\(cluster.pin)::\(Self.agentToken)\n"
        : try String(contentsOfFile: cluster.token, encoding: .utf8))
    if role == .serverInit {
      try copy(
        cluster.tls + "/server-ca.crt", to: "/var/lib/rancher/k3s/server/tls/server-ca.crt")
    }
    let admin = "/var/lib/rancher/k3s/server/tls/client-admin"
    let kubelet = "/var/lib/rancher/k3s/agent/client-kubelet"
    for end in ["crt", "key"] where role.isServer {
      try copy("\(cluster.tls)/client-admin.\(end)", to: "\(admin).\(end)")
    }
    for end in ["key"] where role == .agent {
      try copy("\(cluster.tls)/kubelet-a0.\(end)", to: "\(kubelet).\(end)")
    }
    try put(
      "/var/lib/rancher/k3s/agent/kubelet.kubeconfig",
      "clusters:\n- cluster:\n    server: https://127.0.0.1:\(port)\n")
    try fake("/proc/sys/kernel/random/boot_id", "boot-1\n")
    try fake("/etc/machine-id", Self.machineID + "\n")
    try fake("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
    try fake(
      "/proc/self/mountinfo",
      "21 1 179:2 / / rw,relatime shared:1 - ext4 /dev/mmcblk0p2 rw\n")
    try fake("/etc/resolv.conf", "nameserver 127.0.0.53\n")
    try fake("/run/systemd/resolve/resolv.conf", "nameserver 192.168.1.1\n")
  }

  func writeIdentity() throws {
    let text = try JSONText.page(identity)
    try put("/etc/sugaragent/identity.json", text, mode: 0o644)
    try put("/boot/firmware/sugarimage/identity.json", text, mode: 0o755)
  }

  @discardableResult
  func serve(
    _ address: String = "127.0.0.1", of cluster: StandInCluster? = nil, options: [String] = [],
    certificate: String? = "served", faults: String = "{}"
  ) throws -> StandInSupervisor {
    let chosen = cluster ?? self.cluster
    let server = try StandInSupervisor(
      folder, tls: chosen.tls, token: chosen.token, address: address, port: port,
      options: options + (certificate.map { ["--certificate", "\(chosen.tls)/\($0)"] } ?? []),
      faults: faults)
    servers.append(server)
    return server
  }

  /// Speaks to a server's API as its administrator.
  @discardableResult
  func administer(_ method: String, _ path: String, _ body: String? = nil) throws -> String {
    try Tool("curl").check(
      [
        "-sS", "-f", "-X", method, "--cacert", cluster.tls + "/server-ca.crt", "--cert",
        cluster.tls + "/client-admin.crt", "--key", cluster.tls + "/client-admin.key",
        "https://127.0.0.1:\(port)\(path)",
      ] + (body.map { ["-d", $0] } ?? [])
    ).text
  }

  func nodeObject(boot: String = "boot-1", machine: String = machineID, ready: String = "True")
    -> String
  {
    """
    {"apiVersion":"v1","kind":"Node","metadata":{"name":"\(identity.node)"},"status":{"conditions":
    [{"type":"Ready","status":"\(ready)"}],"nodeInfo":{"machineID":"\(machine)","bootID":"\(boot)"}}}
    """
  }

  func register() throws {
    try administer("PUT", "/api/v1/nodes/\(identity.node)", nodeObject())
    if identity.role == .agent {
      try copy(
        "\(cluster.tls)/kubelet-a0.crt", to: "/var/lib/rancher/k3s/agent/client-kubelet.crt")
    }
  }

  /// Makes a server know an agent's token.
  func tell(token: String = agentToken, ends: String = "2036-01-01T00:00:00Z") throws {
    let parts = token.split(separator: ".")
    try administer(
      "PUT", "/api/v1/namespaces/kube-system/secrets/bootstrap-token-\(parts[0])",
      secret(String(parts[0]), String(parts[1]), ends))
  }

  func secret(_ id: String, _ secret: String, _ ends: String = "2036-01-01T00:00:00Z") -> String {
    """
    {"apiVersion":"v1","kind":"Secret","metadata":{"name":"bootstrap-token-\(id)","namespace":"kube-system"},
    "type":"bootstrap.kubernetes.io/token","stringData":{"token-id":"\(id)","token-secret":"\(secret)",
    "expiration":"\(ends)","usage-bootstrap-authentication":"true",
    "auth-extra-groups":"system:bootstrappers:k3s:default-node-token"}}
    """
  }

  private var machine: JoinMachine {
    JoinMachine(
      now: {
        self.onClock()
        return SystemClock.now + self.clockOffset
      }, uptime: { self.elapsed },
      pause: { seconds in
        self.pauses.append(seconds)
        self.elapsed += Double(seconds)
        do { try self.onPause(self.elapsed) } catch { self.failures.append("\(error)") }
        return self.elapsed < self.limit
      }, isSynchronised: { self.isSynchronised },
      setClock: { time in
        self.clockWasSet.append(time)
        self.clockOffset = time - SystemClock.now
      },
      interfaces: {
        [
          .init(name: "lo", addresses: [], hasCarrier: true, mac: nil),
          .init(
            name: "end0", addresses: self.addresses ?? [self.identity.address].compactMap { $0 },
            hasCarrier: true,
            mac: "dc:a6:32:00:00:01"),
        ]
      }, hasDefaultRoute: { true }, owner: { _, _ in self.claimant },
      knock: { PortProbe.knock($0, port: $1, milliseconds: 300) },
      state: { $0 == "fstrim.service" ? self.trimState : self.unitState },
      restarts: { _ in 0 },
      start: { unit in
        guard unit != "fstrim.service" else { return self.trims += 1 }
        self.started.append(unit)
        self.unitState = "active"
        do { try self.onStart() } catch { self.failures.append("\(error)") }
      }, enable: { self.enabled.append($0) },
      restart: { unit in
        self.restarted.append(unit)
        do { try self.onRestart() } catch { self.failures.append("\(error)") }
      }, reload: { self.restarted.append("daemon-reload") }, reboot: { self.reboots += 1 },
      latency: { _ in try WriteLatency.measure(in: self.folder.url.path, seconds: 0.1, writes: 20)
      },
      tree: SystemTree(overlays: [folder.path("machine")]))
  }

  /// One run; the agent starts anew each time.
  @discardableResult
  func run() -> JoinRun.End {
    let machine = machine
    let board = AgentReport.Board(
      model: nil, serial: nil, throttled: nil, celsius: nil, nvme: [], clockIsSynchronised: false,
      clock: 0)
    var disks = AgentReport(
      agent: "test", identity: identity, state: .done, summary: "The disks are as planned.",
      next: [], board: board, disks: [], layouts: layouts, warnings: [],
      boot: (try? String(
        contentsOfFile: folder.path("machine/proc/sys/kernel/random/boot_id"), encoding: .utf8))?
        .trimmingCharacters(in: .whitespacesAndNewlines) ?? "", boots: 1)
    disks.phases = []
    let teller = PhaseTeller(
      report: disks, uptime: machine.uptime,
      show: { record in
        self.lines.append(record.line)
        if ProcessInfo.processInfo.environment["SUGAR_TRACE"] != nil {
          FileHandle.standardError.write(Data((record.line + "\n").utf8))
        }
      },
      save: { self.report = $0 })
    let run = JoinRun(places: places, machine: machine, teller: teller, disks: { disks })
    run.keepsBootOrder = keepsBootOrder
    let end = run.run()
    warnings = teller.warnings
    report = teller.report
    for failure in failures { Issue.record("the bench failed: \(failure)") }
    return end
  }

  /// The lines of a phase in a state.
  func lines(_ phase: String, _ state: String) -> [String] {
    lines.filter { $0.hasPrefix("sugaragent: \(phase) \(state): ") }
  }

  var told: String { lines.joined(separator: "\n") }
}
