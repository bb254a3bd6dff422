import Foundation
import SugarTestSupport
import Testing

/// The base's own programs judge what was written for them, in every node's own root file system.
extension ImageTests {
  /// cloud-init takes its time under qemu-user, so the same user-data is judged once.
  private static let cloudInit = Verdicts()
  private static let netplan = Verdicts()

  func checkPrograms(_ image: ImageFile) throws {
    let guest = try GuestRoot(image)
    try checkCloudInit(guest)
    try checkNetwork(guest)
    try checkLogins(guest)
    try checkUnits(guest)
  }

  private func checkCloudInit(_ guest: GuestRoot) throws {
    let seed = "/var/lib/cloud/seed/nocloud/user-data"
    let schema = try Self.cloudInit.verdict(on: try guest.text(seed)) {
      try guest.run(["/usr/bin/cloud-init", "schema", "--config-file", seed])
    }
    #expect(schema.status == 0 && schema.text.contains("Valid schema"), "\(schema.text)")
  }

  /// netplan has nothing to complain of, and NetworkManager reads every connection.
  private func checkNetwork(_ guest: GuestRoot) throws {
    let generator = try guest.run(["/usr/libexec/netplan/generate"])
    #expect(generator.status == 0, "\(generator.text)")
    // The command itself, which is the same generator behind slow Python.
    let files = try ["/etc/netplan", "/usr/lib/netplan"].flatMap { folder in
      try guest.list(folder).map { try guest.text("\(folder)/\($0)") }
    }
    let netplan = try Self.netplan.verdict(on: files.joined(separator: "\0")) {
      try guest.run(["/usr/sbin/netplan", "generate"])
    }
    #expect(netplan.status == 0, "\(netplan.text)")
    try checkConnections(guest)
  }

  func checkConnections(_ guest: GuestRoot) throws {
    let folder = "/etc/NetworkManager/system-connections"
    for name in try guest.list(folder) {
      let answer = try guest.run(
        ["/usr/bin/nmcli", "--offline", "connection", "modify", "connection.autoconnect", "yes"],
        input: "\(folder)/\(name)")
      #expect(answer.status == 0, "\(name): \(answer.text)")
      // Every line that is a value is one that NetworkManager would write itself.
      let written = Set(answer.text.split(separator: "\n"))
      for line in try guest.text("\(folder)/\(name)").split(separator: "\n")
      where line.hasPrefix("ssid=") || line.hasPrefix("psk=") || line.hasPrefix("uuid=") {
        #expect(written.contains(line), "\(name): '\(line)' became\n\(answer.text)")
      }
    }
  }

  func checkLogins(_ guest: GuestRoot) throws {
    let sshd = try guest.run(["/usr/sbin/sshd", "-T"])
    #expect(sshd.status == 0, "\(sshd.text)")
    let settings = Set(sshd.text.lowercased().split(separator: "\n").map(String.init))
    for line in [
      "passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no",
      "authenticationmethods publickey",
    ] {
      #expect(settings.contains(line), "sshd -T lacks '\(line)'")
    }
    let sudo = try guest.run(["/usr/sbin/visudo", "-c"])
    #expect(sudo.status == 0, "\(sudo.text)")
  }

  /// systemd judges every unit that was written, and every one that a file was added to.
  func checkUnits(_ guest: GuestRoot) throws {
    let folder = "/etc/systemd/system"
    let written = try guest.list(folder).filter { name in
      let path = guest.folder + folder + "/" + name
      let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
      let isAddition =
        name.hasSuffix(".service.d")
        && FileManager.default.fileExists(atPath: path + "/sugarimage.conf")
      return (name.hasSuffix(".service") && !isLink) || isAddition
    }
    let units = written.map { $0.hasSuffix(".d") ? String($0.dropLast(2)) : $0 }
    #expect(units.contains("k3s.service") || units.contains("k3s-agent.service"), "\(units)")
    for unit in units {
      let answer = try analyze(guest, ["verify", "--man=no", unit])
      #expect(answer.status == 0, "\(answer.complaints)")
      #expect(!answer.complaints.contains(unit), "\(answer.complaints)")
    }
    // As systemd counts, from 0 to 10: a service without any protection has 9.6.
    let exposure = try analyze(
      guest, ["security", "--offline=true", "--threshold=35", "sugaragent.service"])
    #expect(exposure.status == 0, "\(exposure.text)\(exposure.complaints)")
    let setting = try analyze(
      guest, ["security", "--offline=true", "--threshold=30", "sugaragent-eeprom.service"])
    #expect(setting.status == 0, "\(setting.text)\(setting.complaints)")
    let joining = try analyze(
      guest, ["security", "--offline=true", "--threshold=30", "sugaragent-join.service"])
    #expect(joining.status == 0, "\(joining.text)\(joining.complaints)")
  }

  /// With a /run of its own: where no systemd runs, systemd-analyze makes a folder there.
  private func analyze(_ guest: GuestRoot, _ words: [String]) throws -> Tool.Answer {
    try Tool("unshare").run(
      [
        "--map-root-user", "--mount", "sh", "-c", #"mount -t tmpfs tmpfs /run && exec "$@""#,
        "sh", "systemd-analyze", "--root=\(guest.folder)", "--no-pager",
      ] + words)
  }
}
