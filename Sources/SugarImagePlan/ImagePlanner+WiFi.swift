import SugarModel
import SugarProfile

extension ImagePlanner {
  /// Whether the node is on a plane that Wi-Fi carries.
  var usesWiFi: Bool { profile.planes.contains { $0.isWiFi && node.planes[$0.name] != nil } }

  /// The Wi-Fi networks of the planes that the node is on, and nothing of Wi-Fi for any other node.
  mutating func planWiFi() {
    guard usesWiFi else { return }
    var number = 0
    for plane in profile.planes {
      for network in plane.wifi {
        number += 1
        guard let attachment = node.planes[plane.name] else { continue }
        let id = "wifi-\(number)"
        let uuid = Derivation.uuid([
          profile.fleet.name, node.hostname, plane.name, "wifi", network.ssid,
        ])
        let keyfile = WiFiKeyfile(
          id: id, uuid: uuid, network: network, plane: plane, mac: attachment.mac)
        add(
          .write(
            ImagePath(.root, NetworkKeyfile.path(id)), .keyfile(keyfile.parts), .privateFile,
            before: nil),
          because: "Wi-Fi of network \(plane.name)")
      }
    }
    planRadio()
  }

  private mutating func planRadio() {
    // Raspberry Pi OS blocks all radios at first (rfkill.default_state=0) and tells NetworkManager
    // to leave Wi-Fi so; this lets NetworkManager unblock it when it starts. (pi-gen, 02-net-tweaks)
    write(
      "/var/lib/NetworkManager/NetworkManager.state",
      "[main]\nNetworkingEnabled=true\nWirelessEnabled=true\nWWANEnabled=true\n",
      because: "Wi-Fi is switched on")
    // "Startup is not complete as long as profiles are in an activating state", and a network that
    // refuses the key is tried again and again. (NetworkManager-wait-online.service(8))
    write(
      "/etc/systemd/system/NetworkManager-wait-online.service.d/sugarimage.conf",
      """
      # Written by sugarimage: the node goes on without Wi-Fi that is out of reach or refuses the key.
      [Service]
      ExecStart=
      ExecStart=-/usr/bin/nm-online -s -q --timeout=30

      """, because: "Wi-Fi keeps no node from starting")
    noteWiFi()
  }

  /// What a person should know of the node's Wi-Fi.
  mutating func noteWiFi() {
    if usesWiFi, !facts.rootPaths.contains("/usr/sbin/wpa_supplicant") {
      notes.append("the base has no wpa_supplicant: the node can join no Wi-Fi network")
    }
  }
}
