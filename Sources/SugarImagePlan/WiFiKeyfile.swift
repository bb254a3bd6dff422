import SugarModel
import SugarProfile

/// NetworkManager's connection for one Wi-Fi network, in its keyfile format.
/// (nm-settings-keyfile(5), nm-settings(5))
///
/// Nothing in it makes a boot wait for the network: an address may fail to come, no time is spent
/// on an interface that does not appear (`wait-device-timeout`), and routes are behind those of a
/// cable. What remains is the time that NetworkManager takes to try, which `planWiFi` bounds.
struct WiFiKeyfile: Hashable {
  var id: String
  var uuid: String
  var network: WiFiNetwork
  var plane: NetworkPlane
  var mac: String?

  /// `wpa-psk` is WPA2 and WPA3 Personal: NetworkManager takes SAE where both sides know it. `sae`
  /// would be WPA3 alone.
  var parts: [KeyfilePart] {
    let matching =
      plane.drivers.isEmpty
      ? "" : "[match]\ndriver=\(plane.drivers.map { $0 + ";" }.joined())\n\n"
    let interface = mac.map { "mac-address=\($0.uppercased())\n" } ?? ""
    return [
      .text(
        """
        # Written by sugarimage
        [connection]
        id=\(id)
        uuid=\(uuid)
        type=wifi
        autoconnect-priority=\(network.priority)
        wait-device-timeout=0

        \(matching)[wifi]
        \(interface)ssid=
        """),
      .secret(.wifiSSID(file: network.ssid)),
      .text("\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk="),
      .secret(.wifiKey(file: network.psk)),
      .text(
        """


        [ipv4]
        may-fail=true
        method=auto
        route-metric=\(plane.metric ?? NetworkPlane.wifiMetric)

        [ipv6]
        method=link-local

        """),
    ]
  }
}
