import Foundation
import SugarKeys
import SugarModel
import SugarTestSupport
import Testing

/// Names and keys of Wi-Fi networks, which the operator brings.
struct WiFiTests {
  private static let ssid = SecretName.wifiSSID(file: "home-ssid")
  private static let key = SecretName.wifiKey(file: "home-psk")

  private static var request: KeyRequest {
    var request = TestStore.request
    request.wifi = [ssid, key]
    return request
  }

  /// A minted store with the two files.
  private func store(
    ssid: [UInt8]? = Array("Home\n".utf8), key: [UInt8]? = Array("password\n".utf8)
  ) throws -> TestStore {
    let test = try TestStore()
    let folder = test.path("wifi")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, bytes) in [("home-ssid", ssid), ("home-psk", key)] {
      guard let bytes else { continue }
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o600], ofItemAtPath: "\(folder)/\(name)")
    }
    return test
  }

  /// One line end belongs to the text file, everything else to the secret.
  @Test(
    arguments: [
      ("Home", "Home"), ("Home\n", "Home"), ("Home\r\n", "Home"), (" Home \n", " Home "),
      (#"a"b'c#d;e\f"#, #"a"b'c#d;e\f"#), ("Café 📶\n", "Café 📶"), (" \n", " "),
    ])
  func linesEndIsNoPartOfTheName(written: String, expected: String) throws {
    let test = try store(ssid: Array(written.utf8))
    _ = try test.store.credentials(for: Self.request)
    #expect(try test.store.value(of: Self.ssid).reveal() == Array(expected.utf8))
  }

  @Test func namesAreBytes() throws {
    let bytes: [UInt8] = [0xff, 0x00, 0x0b] + Array(repeating: 0x41, count: 29)
    let test = try store(ssid: bytes + [0x0a])
    #expect(try test.store.value(of: Self.ssid).reveal() == bytes)
  }

  @Test(
    arguments: [
      "12345678", String(repeating: "y", count: 63), #"  a "b" 'c' #d; \e ~  "#,
      String(repeating: "0aF9", count: 16),
    ])
  func keysThatOpen(key: String) throws {
    let test = try store(key: Array((key + "\n").utf8))
    _ = try test.store.credentials(for: Self.request)
    #expect(try test.store.value(of: Self.key).reveal() == Array(key.utf8))
  }

  @Test(
    arguments: [
      "", "\n", "1234567", "1234567\n", "Café-passwort", "tab\tinside", "two lines\nof text",
      "password\n\n", String(repeating: "y", count: 64), String(repeating: "a", count: 65),
    ])
  func keysThatCannotBe(key: String) throws {
    try expectComplaint(
      try store(key: Array(key.utf8)), Self.key,
      "wifi/home-psk' holds no key for Wi-Fi: 8 to 63 printable ASCII characters, or 64 hex digits")
  }

  @Test(arguments: ["", "\n", String(repeating: "x", count: 33), "Home\n\n", "Ho\nme", "Ho\rme"])
  func namesThatCannotBe(ssid: String) throws {
    try expectComplaint(
      try store(ssid: Array(ssid.utf8)), Self.ssid,
      "wifi/home-ssid' holds no SSID: 1 to 32 bytes on one line")
  }

  /// Both refuse: the look at all of them, and the use of one. Neither repeats what it saw.
  private func expectComplaint(
    _ test: TestStore, _ name: SecretName, _ expected: String,
    location: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let complaints = try test.store.wifiComplaints(for: Self.request)
    #expect(complaints.count == 1, sourceLocation: location)
    #expect(complaints.first?.hasSuffix(expected) == true, sourceLocation: location)
    let all = #expect(throws: KeyError.self, sourceLocation: location) {
      _ = try test.store.credentials(for: Self.request)
    }
    #expect(all?.description.contains(expected) == true, sourceLocation: location)
    #expect(throws: KeyError.self, sourceLocation: location) { _ = try test.store.value(of: name) }
    // What is minted can be used meanwhile.
    _ = try test.store.credentials(for: Self.request.minted)
  }

  @Test func whatIsMissingIsNamedAtOnceAndNotMinted() throws {
    let test = try store(ssid: nil, key: nil)
    let before = try test.files()
    #expect(try test.mint(Self.request) == [])
    #expect(try test.files() == before)
    let error = #expect(throws: KeyError.self) {
      _ = try test.store.credentials(for: Self.request)
    }
    let folder = test.path("wifi")
    #expect(
      error?.reason
        == "'\(folder)/home-ssid' is missing: write the name of the network (SSID) into it; "
        + "'\(folder)/home-psk' is missing: write the key of the network into it")
  }

  /// `keys` makes the folder and closes what was put there; `build` takes nothing that is open.
  @Test func openFilesAreRefusedUntilKeysClosedThem() throws {
    let test = try TestStore()
    try test.mint(Self.request)
    #expect(try Tool("stat").check(["-c", "%a", test.path("wifi")]).text == "700\n")
    for (name, text) in [("home-ssid", "Home\n"), ("home-psk", "password\n")] {
      try text.write(toFile: test.path("wifi/\(name)"), atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: test.path("wifi/\(name)"))
    }
    let complaints = try test.store.wifiComplaints(for: Self.request)
    #expect(complaints.count == 2)
    #expect(complaints.allSatisfy { $0.hasSuffix("can be read by others: chmod 600") })
    try test.mint(Self.request)
    #expect(try test.store.wifiComplaints(for: Self.request) == [])
    #expect(try Tool("stat").check(["-c", "%a", test.path("wifi/home-psk")]).text == "600\n")
    #expect(try test.text("wifi/home-psk") == "password\n")
  }

  @Test func aFolderIsNoFile() throws {
    let test = try store(key: nil)
    try FileManager.default.createDirectory(
      atPath: test.path("wifi/home-psk"), withIntermediateDirectories: true)
    try expectComplaint(test, Self.key, "wifi/home-psk' is no file")
  }

  @Test func aLongFileIsNotRead() throws {
    let test = try store(key: Array(repeating: 0x61, count: 1 << 16))
    try expectComplaint(test, Self.key, "wifi/home-psk' is too long for one key of the network")
  }
}
