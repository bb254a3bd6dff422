import Foundation
import SugarTestSupport
import Testing

/// Wi-Fi from the operator's two files to the image of the one node that uses it.
@Suite struct WiFiTests {
  private static let ssid = "Home; \"Net\" #5"
  private static let key = "open #5; \\sesame"

  private func fleet() throws -> SmallFleet {
    let fleet = try SmallFleet()
    let text = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    let plane = """
          - name: air
            purpose: wan
            address: dhcp
            wifi: [{ ssidRef: home-ssid, pskRef: home-psk, country: CH }]
      """
    try fleet.put(
      text.replacingOccurrences(of: "\nclusters:\n", with: "\n\(plane)\nclusters:\n")
        .replacingOccurrences(of: "10.1.1.12 } }", with: "10.1.1.12 }, air: {} }"),
      at: "fleet.yaml")
    return fleet
  }

  private func write(_ fleet: SmallFleet, key: String = key) throws {
    try fleet.put(Self.ssid + "\n", at: "secrets/wifi/home-ssid")
    try fleet.put(key + "\n", at: "secrets/wifi/home-psk")
  }

  /// `keys` mints the rest and says what is left to do; `build` refuses until that is done.
  @Test func whatTheOperatorBringsIsAskedFor() throws {
    let fleet = try fleet()
    let ssid = "'\(fleet.folder)/secrets/wifi/home-ssid'"
    let key = "'\(fleet.folder)/secrets/wifi/home-psk'"
    for _ in 0..<2 {
      let keys = try Program.run(["keys", fleet.folder, "--plaintext-keys"])
      #expect(keys.status == 0, "\(keys.complaints)")
      #expect(keys.output.contains("ssh-ed25519"))
      for words in [ssid, key] {
        #expect(keys.complaints.contains("still to do for Wi-Fi: \(words) is missing"))
      }
      #expect(!keys.complaints.contains("nothing was missing"))
    }
    let refused = try fleet.build()
    #expect(refused.status == 65)
    #expect(refused.complaints.contains(ssid) && refused.complaints.contains(key))
    #expect(fleet.results() == [])

    try write(fleet)
    let open = try fleet.build()
    #expect(open.status == 65)
    #expect(open.complaints.contains("\(key) can be read by others: chmod 600"))
    let closed = try Program.run(["keys", fleet.folder, "--plaintext-keys"])
    #expect(closed.status == 0 && closed.complaints.contains("nothing was missing"))
    let built = try fleet.build()
    #expect(built.status == 0, "\(built.complaints)")
  }

  @Test func oneNodeHasItAndNothingShowsIt() throws {
    let fleet = try fleet()
    try fleet.keys()
    try write(fleet)
    try fleet.keys()
    let built = try fleet.build(["--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
    let file = "/etc/NetworkManager/system-connections/wifi-1.nmconnection"
    for node in ["one", "two", "three"] {
      let image = try ImageFile(path: "\(fleet.output)/\(node).img")
      #expect(try image.exists(file) == (node == "two"))
    }
    let image = try ImageFile(path: "\(fleet.output)/two.img")
    #expect(try image.access(file) == "0:0 0600")
    let connection = try NetworkManagerLibrary.read(try image.root(file))
    #expect(connection.ssid == Array(Self.ssid.utf8) && connection.psk == Self.key)

    var open = built.output + built.complaints
    for words in [["plan", fleet.folder, "--contents"], ["plan", fleet.folder, "--json"]] {
      open += try Program.succeed(words, environment: fleet.environment)
    }
    open += try Program.succeed(["inspect", image.path])
    for name in fleet.results() where name.hasSuffix(".json") {
      open += try String(contentsOfFile: "\(fleet.output)/\(name)", encoding: .utf8)
    }
    #expect(open.contains("psk=<hidden: Wi-Fi key home-psk>"))
    for word in ["sesame", "Home;", "\"Net\""] { #expect(!open.contains(word), "\(word)") }
    let good = try Program.run(["verify", image.path], environment: fleet.environment)
    #expect(good.status == 0, "\(good.output)")
  }

  /// Another key is another image of the node that uses it, and of no other.
  @Test func anotherKeyChangesOneNode() throws {
    let fleet = try fleet()
    try fleet.keys()
    try write(fleet)
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    let before = try ["one", "two", "three"].map {
      try Data(contentsOf: URL(fileURLWithPath: "\(fleet.output)/\($0).delta"))
    }
    try write(fleet, key: "another #5; \\sesame")
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    let after = try ["one", "two", "three"].map {
      try Data(contentsOf: URL(fileURLWithPath: "\(fleet.output)/\($0).delta"))
    }
    #expect(zip(before, after).map { $0 == $1 } == [true, false, true])
  }

  /// The secret itself where its file's name belongs is never repeated.
  @Test func aKeyInTheFleetIsRefusedAndNotRepeated() throws {
    let fleet = try fleet()
    let text = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    for words in ["psk: hunter2 hunter2", "pskRef: hunter2 hunter2"] {
      try fleet.put(
        text.replacingOccurrences(of: "pskRef: home-psk", with: words), at: "fleet.yaml")
      let result = try fleet.build()
      #expect(result.status == 65)
      #expect(!(result.complaints + result.output).contains("hunter2"), "\(result.complaints)")
    }
  }
}
