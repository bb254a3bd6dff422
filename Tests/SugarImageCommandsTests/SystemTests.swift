import Foundation
import SugarTestSupport
import Testing

/// The same fleet on other systems than Trixie: what other people's tools say of its images, and the
/// systems' own programs of what was written for them.
@Suite struct SystemTests {
  @Test(arguments: StandInSystem.others) func everyToolAgrees(_ system: StandInSystem) throws {
    let reference = try ReferenceFleet.shared()
    let temporary = try TemporaryDirectory()
    let fleet = try system.fleet(reference, in: temporary.url.path)
    let node = "sugarkube1"
    try reference.withImage(of: node, in: fleet) { image in
      try image.checkEverything(secrets: reference.secrets, system: system)
      let fstab = try image.root("/etc/fstab")
      #expect(fstab.contains("PARTUUID=\(image.diskID)-01"))
      #expect(fstab.contains("PARTUUID=\(image.diskID)-02"))
      #expect(!fstab.contains("LABEL="))
      let words = try image.boot(system.commandLine).split(whereSeparator: \.isWhitespace)
      #expect(words.contains("root=PARTUUID=\(image.diskID)-02"))
      #expect(words.contains("cgroup_enable=memory"))
      #expect(!words.contains { $0.hasPrefix("init=") || $0.hasPrefix("root=LABEL") })
      let inspected = try Program.succeed(
        ["inspect", image.path], environment: reference.environment)
      #expect(inspected.contains(node) && inspected.contains(system.os), "\(inspected)")
      #expect(inspected.contains("STAND-IN"), "\(inspected)")
      let verified = try Program.run(
        ["verify", image.path], environment: reference.environment)
      #expect(verified.status == 0, "\(verified.complaints)")
      try checkPrograms(image, system, reference)
    }
  }

  private func checkPrograms(
    _ image: ImageFile, _ system: StandInSystem, _ reference: ReferenceFleet
  ) throws {
    let guest = try GuestRoot(image)
    let judges = ImageTests()
    try judges.checkLogins(guest)
    try judges.checkUnits(guest)
    guard system.usesNetworkManager else {
      try checkCloudInit(image, guest)
      return try checkNetplan(guest)
    }
    #expect(system.seed == nil)
    #expect(try !image.exists("/etc/cloud"))
    #expect(try image.link("/etc/systemd/system/resize2fs_once.service") == "/dev/null")
    try judges.checkConnections(guest)
  }

  private func checkCloudInit(_ image: ImageFile, _ guest: GuestRoot) throws {
    let userData = try image.boot("user-data")
    try userData.write(toFile: guest.folder + "/user-data", atomically: true, encoding: .utf8)
    let schema = try guest.run(["/usr/bin/cloud-init", "schema", "--config-file", "/user-data"])
    #expect(schema.status == 0 && schema.text.contains("Valid schema"), "\(schema.text)")
    #expect(try image.boot("meta-data").contains("instance-id: sugar-sugarkube1-"))
  }

  /// netplan reads the file, and what networkd and wpa_supplicant get is what was planned.
  private func checkNetplan(_ guest: GuestRoot) throws {
    let answer = try guest.run(["/usr/libexec/netplan/generate"])
    #expect(answer.status == 0, "\(answer.text)")
    let lan = try guest.text("/run/systemd/network/10-netplan-lan.network")
    for line in ["Address=192.168.1.22/24", "DNS=192.168.1.1", "Gateway=192.168.1.1"] {
      #expect(lan.contains(line), "\(lan)")
    }
    #expect(lan.contains("Driver="), "\(lan)")
    #expect(!lan.contains("DHCP="), "\(lan)")
    // The name and the key of the network, as wpa_supplicant reads them. (wpa_supplicant.conf(5))
    let radio = try guest.text("/run/netplan/wpa-wlan0.conf")
    let name = ReferenceFleet.ssid.utf8.map { String(format: "%02x", $0) }.joined()
    #expect(
      radio.contains("ssid=P\"\(ReferenceFleet.ssid.escaped)\"")
        || radio.contains("ssid=\"\(ReferenceFleet.ssid)\"") || radio.contains("ssid=\(name)"),
      "\(radio)")
    #expect(radio.contains("psk=\"\(ReferenceFleet.psk)\""), "\(radio)")
  }
}

extension String {
  /// As wpa_supplicant's P"…" wants it.
  fileprivate var escaped: String {
    replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
  }
}
