import SugarModel
import Testing

@testable import SugarImagePlan
@testable import SugarProfile

/// NetworkManager's connections, byte for byte.
@Suite struct NetworkKeyfileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var plane: NetworkPlane
    var attachment: NodePlane
    var text: String
  }

  private static func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? IPv4Address(0) }

  private static func plane(
    subnet: String? = "192.168.1.0/24", gateway: String? = nil, dns: [String] = [],
    vlan: VLAN? = nil, drivers: [String] = ["macb"], metric: Int? = nil
  ) -> NetworkPlane {
    NetworkPlane(
      name: "lan", purpose: .k8s, subnet: subnet.flatMap { IPv4Network($0) },
      gateway: gateway.map { address($0) }, dns: dns.map { address($0) }, vlan: vlan,
      drivers: drivers, metric: metric)
  }

  private static let fixed = NodePlane(address: address("192.168.1.50"), mac: nil)

  static let cases = [
    Case(
      testDescription: "fixed address, gateway, name servers, drivers",
      plane: plane(
        gateway: "192.168.1.1", dns: ["192.168.1.1", "9.9.9.9"], drivers: ["macb", "bcmgenet"]),
      attachment: fixed,
      text: """
        # Written by sugarimage
        [connection]
        id=lan
        uuid=uuid of lan
        type=ethernet

        [match]
        driver=macb;bcmgenet;

        [ipv4]
        address1=192.168.1.50/24,192.168.1.1
        dns=192.168.1.1;9.9.9.9;
        method=manual

        [ipv6]
        method=link-local

        """),
    Case(
      testDescription: "by MAC address, no gateway, no name server, a metric",
      plane: plane(subnet: "10.0.0.0/8", metric: 50),
      attachment: NodePlane(address: address("10.1.2.3"), mac: "b8:27:eb:01:02:0f"),
      text: """
        # Written by sugarimage
        [connection]
        id=lan
        uuid=uuid of lan
        type=ethernet

        [ethernet]
        mac-address=B8:27:EB:01:02:0F

        [ipv4]
        address1=10.1.2.3/8
        route-metric=50
        method=manual

        [ipv6]
        method=link-local

        """),
    Case(
      testDescription: "DHCP", plane: plane(subnet: nil),
      attachment: NodePlane(address: nil, mac: nil),
      text: """
        # Written by sugarimage
        [connection]
        id=lan
        uuid=uuid of lan
        type=ethernet

        [match]
        driver=macb;

        [ipv4]
        method=auto

        [ipv6]
        method=link-local

        """),
    Case(
      testDescription: "VLAN on another plane",
      plane: plane(vlan: VLAN(id: 30, parent: "trunk"), drivers: []), attachment: fixed,
      text: """
        # Written by sugarimage
        [connection]
        id=lan
        uuid=uuid of lan
        type=vlan
        interface-name=lan

        [vlan]
        flags=1
        id=30
        parent=uuid of trunk

        [ipv4]
        address1=192.168.1.50/24
        method=manual

        [ipv6]
        method=link-local

        """),
  ]

  @Test(arguments: cases) func text(_ row: Case) {
    #expect(NetworkKeyfile(row.plane, row.attachment) { "uuid of \($0)" }.text == row.text)
  }

  /// A VLAN names the connection that its node really has, under the uuid that this one has.
  @Test func parentOfAVLANIsThere() throws {
    var profile = try PlanFixture.profile("dev-single")
    profile.planes.append(
      NetworkPlane(
        name: "storage", purpose: .mgmt, subnet: IPv4Network("10.9.0.0/24"), gateway: nil, dns: [],
        vlan: VLAN(id: 9, parent: "lan"), drivers: [], metric: nil))
    profile.nodes[0].planes["storage"] = NodePlane(address: Self.address("10.9.0.5"), mac: nil)
    let plan = try ImagePlanner.plan("dev0", PlanFixture.inputs(profile))
    let folder = "/etc/NetworkManager/system-connections"
    let parent = try #require(plan.text(of: ImagePath(.root, "\(folder)/lan.nmconnection")))
    let vlan = try #require(plan.text(of: ImagePath(.root, "\(folder)/storage.nmconnection")))
    let uuid = try #require(parent.firstMatch(of: /uuid=(.*)/)).1
    #expect(vlan.contains("parent=\(uuid)\n"))
    #expect(!vlan.contains("uuid=\(uuid)\n"))
    #expect(
      uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
        != nil)
    for case .write(let path, _, let access, _) in plan.steps.map(\.step)
    where path.path.hasSuffix(".nmconnection") {
      #expect(access == .privateFile, "NetworkManager refuses files that others may read")
    }
  }
}
