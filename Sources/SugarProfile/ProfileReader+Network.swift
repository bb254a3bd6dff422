internal import SugarModel

extension ProfileReader {
  struct Network {
    var planes: [NetworkPlane]
    var nodeIPPlane: String
    static let placeholder = Network(planes: [], nodeIPPlane: "")
  }

  /// Drivers of the wired interfaces that a node can have: Raspberry Pi 5, Raspberry Pi 4,
  /// emulation.
  static let wiredDrivers = ["macb", "bcmgenet", "virtio_net"]

  static func network(_ value: ValueCursor) -> Network? {
    guard let network = value.mapping(.planes) else { return nil }
    let planes = network.required("planes", []) { $0.list(NetworkPlane.placeholder, plane) }
    let carrying = planes.filter { $0.purpose == .k8s }
    if network.has("nodeIPPlane") || carrying.count == 1 {
      let standard = carrying.first?.name ?? ""
      let name = network.value("nodeIPPlane", default: standard) { $0.text() }
      return Network(planes: planes, nodeIPPlane: name)
    }
    let place = network.value("planes")?.value.location ?? network.location
    network.reading.markBroken("network.nodeIPPlane")
    let purposes = planes.indices.map { "network.planes[\($0)].purpose" }
    if network.has("planes"), !purposes.contains(where: network.reading.broken.contains) {
      network.reading.error(
        "'nodeIPPlane' is missing in 'network': \(carrying.count) planes have the purpose k8s",
        at: place)
    }
    return Network(planes: planes, nodeIPPlane: "")
  }

  private static func plane(_ value: ValueCursor) -> NetworkPlane? {
    guard let plane = value.mapping(.plane) else { return nil }
    let vlan = vlan(plane)
    if vlan != nil, let drivers = plane.value("drivers") {
      let _: Int? = drivers.fail("a VLAN has no drivers: it runs on the interface of its 'parent'")
    }
    checkAddressing(plane)
    checkWiFi(plane)
    return NetworkPlane(
      name: plane.required("name", "") { $0.text(NameSyntax.label) },
      purpose: plane.required("purpose", .mgmt) { $0.word(NetworkPlane.Purpose.self) },
      subnet: plane.optional("subnet") { $0.network() },
      gateway: plane.optional("gateway") { $0.address() },
      dns: plane.value("dns", default: []) { addresses($0) },
      vlan: vlan,
      drivers: vlan != nil
        ? []
        : plane.value("drivers", default: plane.has("wifi") ? [] : wiredDrivers) {
          $0.texts(NameSyntax.module)
        },
      metric: plane.optional("metric") { $0.number(in: 0...9999) },
      wifi: plane.value("wifi", default: [], wifi))
  }

  /// A plane has a `subnet`, or says `address: dhcp`.
  private static func checkAddressing(_ plane: MappingCursor) {
    if let address = plane.value("address"), let text = address.text(), text != "dhcp" {
      let _: Int? = address.fail(
        "'address' of a plane can only be 'dhcp'",
        note: "the address of a node stands in its 'planes'")
    }
    if plane.has("address"), plane.has("subnet") {
      plane.reading.error(
        "a plane has either 'subnet' or 'address: dhcp'",
        at: plane.value("address")?.value.location ?? plane.location)
    }
    if !plane.has("address"), !plane.has("subnet") {
      plane.reading.error(
        "'subnet' is missing in '\(plane.path)'", at: plane.location,
        note: "write 'address: dhcp' for a plane without fixed addresses")
      plane.reading.markBroken(plane.path(of: "subnet"))
    }
    for key in ["gateway", "dns"] where plane.has("address") && plane.has(key) {
      let _: Int? = plane.value(key)?.fail("'\(key)' comes by DHCP on this plane")
    }
  }

  private static func vlan(_ plane: MappingCursor) -> VLAN? {
    let id = plane.optional("vlanId") { $0.number(in: 1...4094) }
    let parent = plane.optional("parent") { $0.text() }
    if plane.has("vlanId") != plane.has("parent") {
      let missing = plane.has("vlanId") ? "parent" : "vlanId"
      plane.reading.error(
        "'\(missing)' is missing in '\(plane.path)': a VLAN has 'vlanId' and 'parent'",
        at: plane.location)
    }
    guard plane.has("vlanId"), plane.has("parent") else { return nil }
    return VLAN(id: id ?? 1, parent: parent ?? "")
  }

  private static func addresses(_ value: ValueCursor) -> [IPv4Address]? {
    var seen: Set<IPv4Address> = []
    return value.list(IPv4Address(0)) { element in
      guard let address = element.address() else { return nil }
      return seen.insert(address).inserted
        ? address : element.fail("'\(address)' stands twice in 'dns'")
    }
  }
}
