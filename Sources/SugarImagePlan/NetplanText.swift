import SugarModel
import SugarProfile

/// The networks of one node as netplan reads them, for systemd-networkd. (netplan(5))
struct NetplanText {
  /// Read after what the base or cloud-init may have left in the same folder.
  static let path = "/etc/netplan/90-sugarimage.yaml"

  private(set) var parts: [KeyfilePart] = []

  /// - Parameter planes: those that the node is on, a VLAN's parent among them.
  init(_ planes: [(plane: NetworkPlane, attachment: NodePlane)]) {
    add("# Written by sugarimage\nnetwork:\n  version: 2\n  renderer: networkd\n")
    let wired = planes.filter { !$0.plane.isWiFi && $0.plane.vlan == nil }
    let vlans = planes.filter { $0.plane.vlan != nil }
    let wireless = planes.filter { $0.plane.isWiFi }
    if !wired.isEmpty { add("  ethernets:\n") }
    for (plane, attachment) in wired {
      add("    \(plane.name):\n" + Self.match(plane, attachment))
      add(Self.addresses(plane, attachment, metric: plane.metric))
    }
    if !vlans.isEmpty { add("  vlans:\n") }
    for (plane, attachment) in vlans {
      guard let vlan = plane.vlan else { continue }
      add("    \(plane.name):\n      id: \(vlan.id)\n      link: \(vlan.parent)\n")
      add(Self.addresses(plane, attachment, metric: plane.metric))
    }
    addWiFi(wireless)
  }

  private mutating func add(_ text: String) { parts.append(.text(text)) }

  /// netplan gives Wi-Fi to networkd by the interface's name only; a Raspberry Pi has this one.
  private static let radio = "wlan0"

  private mutating func addWiFi(_ planes: [(plane: NetworkPlane, attachment: NodePlane)]) {
    guard let first = planes.first else { return }
    add("  wifis:\n    \(Self.radio):\n      optional: true\n      access-points:\n")
    for network in planes.flatMap(\.plane.wifi) {
      add("        ")
      parts.append(.secret(.wifiSSID(file: network.ssid)))
      add(":\n          auth:\n            key-management: psk\n            password: ")
      parts.append(.secret(.wifiKey(file: network.psk)))
      add("\n")
    }
    add(
      Self.addresses(
        first.plane, first.attachment, metric: first.plane.metric ?? NetworkPlane.wifiMetric))
  }

  /// By the card's address, else by its driver.
  private static func match(_ plane: NetworkPlane, _ attachment: NodePlane) -> String {
    if let mac = attachment.mac {
      return "      match:\n        macaddress: \"\(mac.lowercased())\"\n"
    }
    return
      "      match:\n        driver: [\(plane.drivers.map { "\"\($0)\"" }.joined(separator: ", "))]\n"
  }

  private static func addresses(
    _ plane: NetworkPlane, _ attachment: NodePlane, metric: Int?
  ) -> String {
    var text = "      link-local: [ipv6]\n"
    if let address = attachment.address, let subnet = plane.subnet {
      text += "      dhcp4: false\n      addresses: [\(address)/\(subnet.prefix)]\n"
      if let gateway = plane.gateway {
        text += "      routes:\n        - to: default\n          via: \(gateway)\n"
        if let metric { text += "          metric: \(metric)\n" }
      }
    } else {
      text += "      dhcp4: true\n"
      if let metric { text += "      dhcp4-overrides:\n        route-metric: \(metric)\n" }
    }
    if !plane.dns.isEmpty {
      text +=
        "      nameservers:\n        addresses: ["
        + plane.dns.map { "\($0)" }.joined(separator: ", ") + "]\n"
    }
    return text
  }
}
