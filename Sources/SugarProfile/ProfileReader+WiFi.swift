internal import SugarModel

extension ProfileReader {
  /// The networks that carry a plane, one file name each for what they are called and what opens
  /// them.
  static func wifi(_ value: ValueCursor) -> [WiFiNetwork]? {
    guard let networks = value.list(.placeholder, wifiNetwork) else { return nil }
    return networks.isEmpty
      ? value.fail("'wifi' names no network", note: "leave it out on a wired plane") : networks
  }

  private static func wifiNetwork(_ value: ValueCursor) -> WiFiNetwork? {
    guard let network = value.mapping(.wifi) else { return nil }
    return WiFiNetwork(
      ssid: network.required("ssidRef", "", secretFile),
      psk: network.required("pskRef", "", secretFile),
      country: network.optional("country") { $0.text(Country.objection) },
      priority: network.value("priority", default: 0) { $0.number(in: -999...999) })
  }

  /// The name of a file in `secrets/wifi`. What is no such name may be the secret itself, so it is
  /// not repeated, and neither is its line.
  private static func secretFile(_ value: ValueCursor) -> String? {
    guard case .scalar(let scalar) = value.value.content, ScalarKind(scalar) == .text,
      NameSyntax.folder(scalar.text) == nil
    else {
      return value.refuseHidden(
        "'\(value.name)' must be the name of a file in secrets/wifi",
        note: "letters, digits, '-', '_' and '.'; the file holds what must not stand here")
    }
    return scalar.text
  }

  /// A plane on the air takes its address from whoever runs the network, and carries no VLAN.
  static func checkWiFi(_ plane: MappingCursor) {
    guard let wifi = plane.value("wifi") else { return }
    if plane.has("subnet") {
      let _: Int? = wifi.fail(
        "a plane with 'wifi' has no 'subnet': its addresses come by DHCP",
        note: "write 'address: dhcp' in place of 'subnet'")
    }
    if plane.has("vlanId") {
      let _: Int? = wifi.fail("a VLAN has no 'wifi': it runs on the interface of its 'parent'")
    }
  }
}
