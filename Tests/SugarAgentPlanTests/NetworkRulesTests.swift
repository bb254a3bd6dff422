import SugarAgentPlan
import SugarModel
import Testing

/// A network as the kernel has it, and what a node makes of it.
@Suite struct NetworkRulesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var node = "s0"
    var interfaces = [wired(["192.168.1.21"])]
    var claimant = NetworkFacts.Neighbour.silent
    var gateway: NetworkFacts.Neighbour? = .answers(mac: "aa:aa:aa:aa:aa:aa")
    var anyPeerAnswers = false
    var hasDefaultRoute = true
    var waited = 0
    var word: String
    var says: String = ""
  }

  static func wired(_ addresses: [String], carrier: Bool? = true, name: String = "end0")
    -> NetworkFacts.Interface
  {
    NetworkFacts.Interface(
      name: name, addresses: addresses.compactMap { IPv4Address($0) }, hasCarrier: carrier,
      mac: "dc:a6:32:00:00:01")
  }

  static let rows = [
    Row(testDescription: "as planned", word: "go", says: "end0 has 192.168.1.21"),
    Row(
      testDescription: "F-N1: no interface", interfaces: [], word: "wait",
      says: "no network interface"),
    Row(
      testDescription: "F-N1: no cable", interfaces: [wired([], carrier: false)], word: "wait",
      says: "end0 has no carrier"),
    Row(
      testDescription: "F-N3: another address", interfaces: [wired(["192.168.1.77"])], word: "wait",
      says: "no interface has 192.168.1.21 yet (there is 192.168.1.77)"),
    Row(
      testDescription: "F-N2: by another interface's name",
      interfaces: [wired([], carrier: false), wired(["192.168.1.21"], name: "enx0")], word: "go",
      says: "enx0 has"),
    Row(
      testDescription: "F-N16: somebody else has the address",
      claimant: .answers(mac: "b8:27:eb:00:00:02"), word: "refuse duplicate-address",
      says: "b8:27:eb:00:00:02"),
    Row(
      testDescription: "nobody could be asked", claimant: .unknown("operation not permitted"),
      word: "go"),
    Row(
      testDescription: "F-N4: the gateway is silent", gateway: .silent, waited: 59, word: "wait",
      says: "neither the gateway nor a peer"),
    Row(
      testDescription: "F-N4: a peer answers", gateway: .silent, anyPeerAnswers: true, word: "go"),
    Row(
      testDescription: "F-N4: nobody for a minute", gateway: .silent, waited: 60, word: "go",
      says: "goes on alone"),
    Row(
      testDescription: "F-N10: no default route", hasDefaultRoute: false, word: "go",
      says: "without a default route"),
    Row(
      testDescription: "F-N5: a server by DHCP", node: "stranger",
      interfaces: [wired(["10.0.0.7"])], word: "go", says: "by DHCP"),
    Row(
      testDescription: "no address by DHCP yet", node: "stranger", interfaces: [wired([])],
      word: "wait"),
  ]

  @Test(arguments: rows) func decision(_ row: Row) {
    let ruling = NetworkRules.decide(
      JoinFixture.identity(row.node),
      NetworkFacts(
        interfaces: row.interfaces, hasDefaultRoute: row.hasDefaultRoute, claimant: row.claimant,
        gateway: row.gateway, anyPeerAnswers: row.anyPeerAnswers, waited: row.waited))
    #expect(ruling.word == row.word, "\(ruling)")
    #expect(ruling.sentence.contains(row.says), "\(ruling)")
  }

  private static func finding(_ port: Int, _ outcome: PortRules.Outcome) -> PortRules.Finding {
    let ports = PortRules.ports(
      from: .serverJoin, to: .serverInit, api: 6443, backend: "vxlan")
    let chosen = ports.first { $0.number == port } ?? ports[0]
    return PortRules.Finding(
      node: "s0", address: JoinFixture.address(21), port: chosen, outcome: outcome)
  }

  @Test func aFilterIsNamed() {
    let found = PortRules.warnings([
      Self.finding(6443, .open), Self.finding(2379, .open), Self.finding(2380, .silent),
      Self.finding(10250, .refused),
    ])
    #expect(found.count == 1)
    #expect(found.first?.contains("s0 (192.168.1.21) does not answer on 2380/tcp") == true)
    let turnedAway = PortRules.warnings([Self.finding(6443, .open), Self.finding(8472, .silent)])
    #expect(turnedAway.first?.contains("8472/udp (flannel's VXLAN)") == true, "\(turnedAway)")
    #expect(
      PortRules.warnings([Self.finding(6443, .open), Self.finding(8472, .unknown("silence"))]) == []
    )
  }

  /// A machine that is off, or starting, has nothing in front of it.
  @Test func whatIsNotUpIsNoFilter() {
    let ports = [6443, 2379, 2380, 10250]
    #expect(PortRules.warnings(ports.map { Self.finding($0, .silent) }).isEmpty)
    #expect(PortRules.warnings(ports.map { Self.finding($0, .refused) }).isEmpty)
  }

  @Test func portsFollowFromRoles() {
    func numbers(_ own: ClusterRole, _ other: ClusterRole) -> [Int] {
      PortRules.ports(from: own, to: other, api: 7443).map(\.number)
    }
    #expect(numbers(.serverInit, .serverJoin) == [7443, 2379, 2380, 10250])
    #expect(numbers(.agent, .serverInit) == [7443, 10250])
    #expect(numbers(.serverInit, .agent) == [10250])
    func datagrams(_ backend: String) -> [Int] {
      PortRules.ports(from: .agent, to: .agent, api: 6443, backend: backend)
        .filter(\.isDatagram).map(\.number)
    }
    #expect(datagrams("vxlan") == [8472])
    #expect(datagrams("wireguard-native") == [51820])
    #expect(datagrams("none") == [])
  }
}
