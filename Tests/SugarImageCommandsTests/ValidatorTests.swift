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

    /// A program of the image, in the image, under qemu-user; the test itself needs no root for that.
    func guest(_ words: String...) throws -> (status: Int32, text: String) {
      let inside =
        #"mount --bind /dev/null "$1/dev/null"; root=$1; shift; exec chroot "$root" "$@""#
      let answer = try Tool("unshare").run(
        ["--map-root-user", "--mount", "sh", "-c", inside, "sh", root] + words)
      return (answer.status, answer.text + answer.complaints)
    }
    try Data().write(to: URL(fileURLWithPath: root + "/dev/null"))
    try FileManager.default.createDirectory(
      atPath: root + "/run/sshd", withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755])

    let seed = "/var/lib/cloud/seed/nocloud/user-data"
    let schema = try guest("/usr/bin/cloud-init", "schema", "--config-file", seed)
    #expect(schema.status == 0 && schema.text.contains("Valid schema"), "\(schema.text)")

    let netplan = try guest("/usr/sbin/netplan", "generate")
    #expect(netplan.status == 0, "\(netplan.text)")

    let sshd = try guest("/usr/sbin/sshd", "-T")
    #expect(sshd.status == 0, "\(sshd.text)")
    let settings = Set(sshd.text.lowercased().split(separator: "\n").map(String.init))
    for line in [
      "passwordauthentication no", "kbdinteractiveauthentication no", "permitrootlogin no",
      "authenticationmethods publickey",
    ] {
      #expect(settings.contains(line), "sshd -T lacks '\(line)'")
    }

    let sudo = try guest("/usr/sbin/visudo", "-c")
    #expect(sudo.status == 0, "\(sudo.text)")

    // The agents' unit comes from an agent's image; the rest of the root is the same.
    let agent = try fleet.withImage(of: "sugarkube7") {
      try $0.root("/etc/systemd/system/k3s-agent.service")
    }
    try agent.write(
      toFile: root + "/etc/systemd/system/k3s-agent.service", atomically: true, encoding: .utf8)
    /// A /run of its own: where no systemd runs, systemd-analyze makes a folder there.
    func analyze(_ words: String...) throws -> Tool.Answer {
      try Tool("unshare").run(
        [
          "--map-root-user", "--mount", "sh", "-c", #"mount -t tmpfs tmpfs /run && exec "$@""#,
          "sh", "systemd-analyze", "--root=\(root)", "--no-pager",
        ] + words)
    }
    for unit in ["k3s.service", "k3s-agent.service", "sugaragent.service"] {
      let answer = try analyze("verify", "--man=no", "/etc/systemd/system/\(unit)")
      #expect(answer.status == 0, "\(answer.complaints)")
      #expect(!answer.complaints.contains(unit), "\(answer.complaints)")
    }
    // As systemd counts, from 0 to 10: a service without any protection has 9.6.
    let exposure = try analyze(
      "security", "--offline=true", "--threshold=35", "sugaragent.service")
    #expect(exposure.status == 0, "\(exposure.text)\(exposure.complaints)")
  }
}
