import Foundation

/// NetworkManager's own library as judge of keyfiles: what it reads from one, and what it writes
/// for the same values. (libnm, by Debian's gir1.2-nm-1.0 and python3-gi)
public enum NetworkManagerLibrary {
  /// A Wi-Fi connection as libnm understood it.
  public struct Connection: Decodable, Equatable, Sendable {
    public var id: String
    public var uuid: String
    public var type: String
    public var priority: Int
    public var deviceTimeout: Int
    public var drivers: [String]
    public var mac: String?
    public var ssid: [UInt8]
    public var keyManagement: String
    public var psk: String
    public var ipv4: String
    public var mayFail: Bool
    public var metric: Int
    public var ipv6: String
  }

  /// Reads and verifies the text of a keyfile.
  public static func read(_ keyfile: String) throws -> Connection {
    let json = try run("read", [keyfile])
    return try JSONDecoder().decode(Connection.self, from: Data(json.utf8))
  }

  /// The lines `ssid=…` and `psk=…` that libnm writes for these values.
  public static func write(ssid: [UInt8], psk: String) throws -> [String] {
    try run("write", [ssid.map { String($0) }.joined(separator: " "), psk])
      .split(separator: "\n").map(String.init)
  }

  private static func run(_ verb: String, _ words: [String]) throws -> String {
    try Tool.debianPython(script, [verb] + words).text
  }

  private static let script = """
    import json, sys, gi
    gi.require_version("NM", "1.0")
    from gi.repository import NM, GLib

    def read(text):
        file = GLib.KeyFile()
        file.load_from_data(text, len(text.encode()), GLib.KeyFileFlags.NONE)
        it = NM.keyfile_read(file, "/", NM.KeyfileHandlerFlags.NONE, None, None)
        it.verify()
        one, air, key = it.get_setting_connection(), it.get_setting_wireless(), it.get_setting_wireless_security()
        four, six, match = it.get_setting_ip4_config(), it.get_setting_ip6_config(), it.get_setting_by_name("match")
        print(json.dumps({
            "id": one.get_id(), "uuid": one.get_uuid(), "type": one.get_connection_type(),
            "priority": one.get_autoconnect_priority(), "deviceTimeout": one.get_wait_device_timeout(),
            "drivers": match.get_drivers() if match else [], "mac": air.get_mac_address(),
            "ssid": list(air.get_ssid().get_data()), "keyManagement": key.get_key_mgmt(), "psk": key.get_psk(),
            "ipv4": four.get_method(), "mayFail": four.get_may_fail(), "metric": four.get_route_metric(),
            "ipv6": six.get_method()}))

    def write(ssid, psk):
        it = NM.SimpleConnection.new()
        one = NM.SettingConnection.new()
        one.props.id, one.props.uuid, one.props.type = "x", NM.utils_uuid_generate(), "802-11-wireless"
        air, key = NM.SettingWireless.new(), NM.SettingWirelessSecurity.new()
        air.props.ssid = GLib.Bytes.new(bytes(int(byte) for byte in ssid.split()))
        key.props.key_mgmt, key.props.psk = "wpa-psk", psk
        for setting in (one, air, key):
            it.add_setting(setting)
        text = NM.keyfile_write(it, NM.KeyfileHandlerFlags.NONE, None, None).to_data()[0]
        print("\\n".join(line for line in text.split("\\n") if line.startswith(("ssid=", "psk="))))

    {"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
    """
}
