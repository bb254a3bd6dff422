import SugarModel
import SugarTestSupport
import Testing

@testable import SugarImagePlan
@testable import SugarProfile

/// Awkward names and keys of Wi-Fi networks, byte for byte, with NetworkManager's own library as
/// second opinion.
@Suite struct WiFiKeyfileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var ssid: [UInt8]
    var psk: String
    var lines: [String]
    var testDescription: String { "\(lines)" }

    init(_ ssid: String, _ psk: String, _ lines: String...) {
      self.init(bytes: Array(ssid.utf8), psk, lines)
    }

    init(bytes: [UInt8], _ psk: String, _ lines: [String]) {
      (ssid, self.psk, self.lines) = (bytes, psk, lines)
    }
  }

  static let cases = [
    Case("Home", "password", "ssid=Home", "psk=password"),
    Case("Home Net 5G", "correct horse battery", "ssid=Home Net 5G", "psk=correct horse battery"),
    Case(" in front", "  in front", #"ssid=\sin front"#, #"psk=\s\sin front"#),
    Case("behind ", "behind  ", "ssid=behind ", "psk=behind  "),
    Case(" ", "        ", #"ssid=\s"#, #"psk=\s\s\s\s\s\s\s\s"#),
    Case(#""quoted""#, #""quoted""#, #"ssid="quoted""#, #"psk="quoted""#),
    Case("it's", "it's it's", "ssid=it's", "psk=it's it's"),
    Case("#hash", "#hash#hash", "ssid=#hash", "psk=#hash#hash"),
    Case(";", ";;;;;;;;", #"ssid=\\;"#, "psk=;;;;;;;;"),
    Case("a;b;", "a;b;c;d;", #"ssid=a\\;b\\;"#, "psk=a;b;c;d;"),
    Case(#"back\slash"#, #"back\slash"#, #"ssid=back\\slash"#, #"psk=back\\slash"#),
    Case(#"\s\n"#, #"\s\n\t\\"#, #"ssid=\\s\\n"#, #"psk=\\s\\n\\t\\\\"#),
    Case(#"\;"#, #"\;\;\;\;"#, #"ssid=\\\\;"#, #"psk=\\;\\;\\;\\;"#),
    Case("[wifi]", "[ipv4]psk=", "ssid=[wifi]", "psk=[ipv4]psk="),
    Case("=", "=equals=", "ssid==", "psk==equals="),
    Case("$HOME `id` %s", "$HOME `id` %s", "ssid=$HOME `id` %s", "psk=$HOME `id` %s"),
    // Digits alone are text, and what looks like a list of bytes is made to look like none.
    Case("65", "12345678", "ssid=65", "psk=12345678"),
    Case("65;66;", "65;66;67;", #"ssid=65\\;66\\;"#, "psk=65;66;67;"),
    Case("true", "null null", "ssid=true", "psk=null null"),
    Case("Café", "password", "ssid=67;97;102;195;169;", "psk=password"),
    Case("無線", "password", "ssid=231;132;161;231;183;154;", "psk=password"),
    Case("📶", "password", "ssid=240;159;147;182;", "psk=password"),
    Case("tab\tinside", "password", "ssid=116;97;98;9;105;110;115;105;100;101;", "psk=password"),
    Case(
      bytes: [0xff, 0x00, 0x41, 0xfe], "password", ["ssid=255;0;65;254;", "psk=password"]),
    Case(
      String(repeating: "x", count: 32), String(repeating: "y", count: 63),
      "ssid=" + String(repeating: "x", count: 32), "psk=" + String(repeating: "y", count: 63)),
    Case(
      "x", String(repeating: "0aF9", count: 16), "ssid=x",
      "psk=" + String(repeating: "0aF9", count: 16)),
  ]

  private static let plane = NetworkPlane(
    name: "air", purpose: .wan, subnet: nil, gateway: nil, dns: [], vlan: nil, drivers: [],
    metric: nil, wifi: [network])
  private static let network = WiFiNetwork(ssid: "s", psk: "p", country: "CH", priority: 10)
  private static let uuid = "01234567-89ab-8def-8123-456789abcdef"

  private static func text(_ row: Case, _ change: (inout WiFiKeyfile) -> Void = { _ in }) -> String
  {
    var keyfile = WiFiKeyfile(id: "wifi-1", uuid: uuid, network: network, plane: plane, mac: nil)
    change(&keyfile)
    return keyfile.parts.text { name in
      name == .wifiSSID(file: "s") ? row.ssid : Array(row.psk.utf8)
    }
  }

  @Test(arguments: cases) func valuesAreThoseThatNetworkManagerWrites(_ row: Case) throws {
    let text = Self.text(row)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.filter { $0.hasPrefix("ssid=") || $0.hasPrefix("psk=") } == row.lines)
    #expect(try NetworkManagerLibrary.write(ssid: row.ssid, psk: row.psk) == row.lines)
    let connection = try NetworkManagerLibrary.read(text)
    #expect(connection.ssid == row.ssid)
    #expect(connection.psk == row.psk)
  }

  @Test func theWholeFile() throws {
    let row = Case("Home; Net", "pass word")
    #expect(
      Self.text(row) == """
        # Written by sugarimage
        [connection]
        id=wifi-1
        uuid=01234567-89ab-8def-8123-456789abcdef
        type=wifi
        autoconnect-priority=10
        wait-device-timeout=0

        [wifi]
        ssid=Home\\\\; Net

        [wifi-security]
        key-mgmt=wpa-psk
        psk=pass word

        [ipv4]
        may-fail=true
        method=auto
        route-metric=600

        [ipv6]
        method=link-local

        """)
    let connection = try NetworkManagerLibrary.read(Self.text(row))
    #expect(connection.id == "wifi-1" && connection.uuid == Self.uuid)
    #expect(connection.type == "802-11-wireless")
    #expect(connection.ssid == row.ssid && connection.psk == row.psk)
    #expect(connection.keyManagement == "wpa-psk")
    #expect(connection.priority == 10 && connection.deviceTimeout == 0)
    #expect(connection.drivers == [] && connection.mac == nil)
    #expect(connection.ipv4 == "auto" && connection.mayFail && connection.metric == 600)
    #expect(connection.ipv6 == "link-local")
  }

  @Test func interfaceAndMetric() throws {
    let text = Self.text(Case("Home", "pass word")) { keyfile in
      keyfile.plane.drivers = ["brcmfmac", "mt76"]
      keyfile.plane.metric = 700
      keyfile.network.priority = -999
      keyfile.mac = "b8:27:eb:01:02:0f"
    }
    #expect(
      text.contains(
        "\n\n[match]\ndriver=brcmfmac;mt76;\n\n[wifi]\nmac-address=B8:27:EB:01:02:0F\nssid=Home\n"))
    let connection = try NetworkManagerLibrary.read(text)
    #expect(connection.drivers == ["brcmfmac", "mt76"])
    #expect(connection.mac == "B8:27:EB:01:02:0F")
    #expect(connection.metric == 700)
    #expect(connection.priority == -999)
  }
}
