import Foundation
import SugarTestSupport
import Testing

/// Secrets that are looked up when a node is built, and kept nowhere.
@Suite struct ReferenceTests {
  private static let psk = "open sesame 4711"

  private func fleet(_ psk: String) throws -> EncryptedFleet {
    let test = try EncryptedFleet(references: [
      "{ file: wifi/home-ssid, from: file:ssid }", "{ file: wifi/home-psk, from: \"\(psk)\" }",
    ]) { text in
      let plane = """
            - name: air
              purpose: wan
              address: dhcp
              wifi: [{ ssidRef: home-ssid, pskRef: home-psk, country: CH }]
        """
      return text.replacingOccurrences(of: "\nclusters:\n", with: "\n\(plane)\nclusters:\n")
        .replacingOccurrences(of: "10.1.1.12 } }", with: "10.1.1.12 }, air: {} }")
        .replacingOccurrences(of: "10.1.1.13 } }", with: "10.1.1.13 }, air: {} }")
    }
    try test.fleet.put("Home Net\n", at: "ssid")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: test.fleet.folder + "/ssid")
    let keys = try test.run(["keys", test.fleet.folder])
    #expect(keys.status == 0 && !keys.complaints.contains("still to do"), "\(keys.complaints)")
    return test
  }

  @Test func aValueGoesIntoTheImageAndNowhereElse() throws {
    let test = try fleet("env:HOME_PSK")
    // Nobody needs it before.
    for words in [["validate", test.fleet.folder], ["plan", test.fleet.folder, "--contents"]] {
      let result = try test.run(words)
      #expect(result.status == 0, "\(result.complaints)")
    }
    let built = try test.build(["--export", "img"], ["HOME_PSK": Self.psk])
    #expect(built.status == 0, "\(built.complaints)")
    let image = try ImageFile(path: "\(test.fleet.output)/two.img")
    let connection = try NetworkManagerLibrary.read(
      try image.root("/etc/NetworkManager/system-connections/wifi-1.nmconnection"))
    #expect(connection.psk == Self.psk && connection.ssid == Array("Home Net".utf8))
    let open = built.output + built.complaints
    #expect(!open.contains(Self.psk))
    for (name, bytes) in try test.files() {
      #expect(bytes.range(of: Data(Self.psk.utf8)) == nil, "\(name)")
    }
    let manifest = try String(
      contentsOfFile: "\(test.fleet.output)/two.manifest.json", encoding: .utf8)
    #expect(!manifest.contains(Self.psk))
  }

  /// Two nodes need it, and it is asked for once.
  @Test func aCommandIsRunOnce() throws {
    let test = try fleet("command:./ask")
    try test.fleet.put(
      "#!/bin/sh\necho x >> \"$(dirname \"$0\")/count\"\necho \(Self.psk)\n", at: "ask")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: test.fleet.folder + "/ask")
    let built = try test.build()
    #expect(built.status == 0, "\(built.complaints)")
    let count = try String(contentsOfFile: test.fleet.folder + "/count", encoding: .utf8)
    #expect(count == "x\n")
    // A node without Wi-Fi needs nothing of it.
    try FileManager.default.removeItem(atPath: test.fleet.folder + "/ask")
    #expect(try test.build(["one"]).status == 0)
  }

  @Test(arguments: [
    ("env:HOME_PSK", ["that variable is not set"]), ("file:nowhere", ["there is no such file"]),
    ("command:false", ["it ended with 1"]), ("sops:wifi.yaml#psk", ["'sops'"]),
    ("command:printf %s hunter2", ["it holds no key for Wi-Fi"]),
  ]) func whatCannotBeLookedUpIsSaidBeforeAnythingIsWritten(
    _ reference: String, _ words: [String]
  ) throws {
    let test = try fleet(reference)
    let built = try test.build()
    #expect(built.status == 65)
    for word in words + ["'\(reference)'"] {
      #expect(built.complaints.contains(word), "\(built.complaints)")
    }
    #expect(test.fleet.results() == [])
  }
}
