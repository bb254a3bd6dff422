import SugarModel
import SugarProfile

/// A NetworkManager connection in its keyfile format, byte for byte. (nm-settings-keyfile(5))
struct NetworkKeyfile: Hashable {
  private var sections: [(name: String, keys: [(String, String)])] = []

  static func == (a: NetworkKeyfile, b: NetworkKeyfile) -> Bool { a.text == b.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }

  var text: String {
    "# Written by sugarimage\n"
      + sections.map { section in
        "[\(section.name)]\n" + section.keys.map { "\($0.0)=\($0.1)\n" }.joined()
      }.joined(separator: "\n")
  }

  /// Where a connection of this name stands.
  static func path(_ plane: String) -> String {
    "/etc/NetworkManager/system-connections/\(plane).nmconnection"
  }

  /// - Parameters:
  ///   - uuid: of the connection of a plane by its name; a VLAN names its parent's.
  init(_ plane: NetworkPlane, _ attachment: NodePlane, uuid: (String) -> String) {
    var connection = [("id", plane.name), ("uuid", uuid(plane.name))]
    if let vlan = plane.vlan {
      connection += [("type", "vlan"), ("interface-name", plane.name)]
      sections = [
        ("connection", connection),
        ("vlan", [("flags", "1"), ("id", String(vlan.id)), ("parent", uuid(vlan.parent))]),
      ]
    } else {
      connection += [("type", "ethernet")]
      sections = [("connection", connection)]
      if let mac = attachment.mac {
        sections.append(("ethernet", [("mac-address", mac.uppercased())]))
      } else {
        sections.append(("match", [("driver", plane.drivers.map { $0 + ";" }.joined())]))
      }
    }
    sections.append(("ipv4", Self.ipv4(plane, attachment)))
    sections.append(("ipv6", [("method", "link-local")]))
  }

  private static func ipv4(_ plane: NetworkPlane, _ attachment: NodePlane) -> [(String, String)] {
    var keys: [(String, String)] = []
    if let address = attachment.address, let subnet = plane.subnet {
      let gateway = plane.gateway.map { ",\($0)" } ?? ""
      keys.append(("address1", "\(address)/\(subnet.prefix)\(gateway)"))
    }
    if !plane.dns.isEmpty { keys.append(("dns", plane.dns.map { "\($0);" }.joined())) }
    if let metric = plane.metric { keys.append(("route-metric", String(metric))) }
    keys.append(("method", attachment.address == nil ? "auto" : "manual"))
    return keys
  }
}
