import Foundation
import SugarTestSupport
import Testing

/// The base's own programs judge what was written for them: they run under qemu-user in the image's own root.
@Suite struct ValidatorTests {
  @Test func theImagesOwnProgramsAgree() throws {
    let fleet = try ReferenceFleet.shared()
    let root = fleet.output + "-root"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try fleet.withImage(of: "sugarkube0") { try $0.extractRoot(to: root) }

    let seed = "/var/lib/cloud/seed/nocloud/user-data"
    let schema = try Tool("chroot").run([
      root, "/usr/bin/cloud-init", "schema", "--config-file", seed,
    ])
    #expect(schema.status == 0, "\(schema.text)\(schema.complaints)")
    #expect((schema.text + schema.complaints).contains("Valid schema"))

    let netplan = try Tool("chroot").run([root, "/usr/sbin/netplan", "generate"])
    #expect(netplan.status == 0, "\(netplan.text)\(netplan.complaints)")

    try Tool("mknod").check(["-m", "666", root + "/dev/null", "c", "1", "3"])
    try FileManager.default.createDirectory(
      atPath: root + "/run/sshd", withIntermediateDirectories: true)
    let sshd = try Tool("chroot").run([root, "/usr/sbin/sshd", "-T"])
    #expect(sshd.status == 0, "\(sshd.complaints)")
    let settings = Set(sshd.text.lowercased().split(separator: "\n").map(String.init))
    for line in [
      "passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no",
      "authenticationmethods publickey",
    ] {
      #expect(settings.contains(line), "sshd -T lacks '\(line)'")
    }

    let sudo = try Tool("chroot").run([root, "/usr/sbin/visudo", "-c"])
    #expect(sudo.status == 0, "\(sudo.text)\(sudo.complaints)")

    let units = try Tool("systemd-analyze").run([
      "verify", "--man=no", "--root=\(root)", "/etc/systemd/system/k3s.service",
    ])
    #expect(units.status == 0, "\(units.complaints)")
    #expect(!units.complaints.contains("k3s.service"), "\(units.complaints)")
  }
}
