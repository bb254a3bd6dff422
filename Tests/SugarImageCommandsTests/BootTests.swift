import Foundation
import SugarTestSupport
import Testing

/// One exported node boots in emulation on every system, and is what its plan says when somebody logs in.
@Suite struct BootTests {
  /// The agent's journal entry when it starts.
  private static let started = "6f7f2bc1c16c4c1a9bb5b0b8a9d3f5e1"

  @Test(arguments: StandInSystem.all) func aNodeBootsAndIsWhoItShouldBe(_ system: StandInSystem)
    throws
  {
    let fleet = try ReferenceFleet.shared()
    let node = "sugarkube1"
    let temporary = try TemporaryDirectory()
    let folder = try system.fleet(fleet, in: temporary.url.path)
    try fleet.withImage(of: node, in: folder) { image in
      let machine = try Machine(image.path, address: ReferenceFleet.address(node))
      defer { machine.stop() }
      #expect(machine.console.contains("\(node) login:"))
      let guest = try GuestShell(
        machine, address: ReferenceFleet.address(node), knownHosts: fleet.knownHosts,
        key: fleet.userKey, folder: temporary.url.path)
      // All else is asked once the boot has ended.
      if system.seed == nil {
        #expect(try guest("command -v cloud-init || echo none") == "none")
      } else {
        let cloud = try guest("cloud-init status --wait --long || true")
        #expect(cloud.contains("status: done"), "\(cloud)")
        #expect(cloud.contains("errors: []"), "\(cloud)")
        #expect(try guest("cloud-init query instance-id").hasPrefix("sugar-\(node)-"))
      }
      #expect(try guest("systemctl is-system-running --wait || true") == "running")
      #expect(try guest("systemctl --failed --no-legend --plain") == "")
      #expect(try guest("hostname") == node)
      #expect(try guest("cat /etc/machine-id") == fleet.secret("nodes/\(node)/machine-id"))
      let addresses = try guest("ip -4 -o addr show scope global")
      #expect(addresses.contains(" \(ReferenceFleet.address(node))/24 "), "\(addresses)")
      #expect(addresses.split(separator: "\n").count == 1, "\(addresses)")
      #expect(try guest("ip -4 route show default").contains("via 192.168.1.1"))
      // Its Wi-Fi is known and nowhere in reach, and nothing waited for it or calls that a failure.
      let (wifi, waiting) =
        system.usesNetworkManager
        ? ("nmcli -g connection.id,GENERAL.STATE connection show wifi-1", "NetworkManager")
        : ("netplan get network.wifis.wlan0.dhcp4", "systemd-networkd")
      let known = try guest("sudo \(wifi)")
      #expect(known == (system.usesNetworkManager ? "wifi-1" : "true"), "\(known)")
      #expect(try guest("systemctl show -P Result \(waiting)-wait-online.service") == "success")
      #expect(!machine.console.contains("firstboot would change this disk"))
      #expect(try guest("findmnt -no SOURCE,FSTYPE /boot/firmware").contains("vfat"))
      #expect(try guest("sudo -n id -u") == "0")
      #expect(try guest("sudo cat /proc/cmdline").contains("cgroup_enable=memory"))
      #expect(try guest("grep -c memory /sys/fs/cgroup/cgroup.controllers") == "1")
      #expect(
        try guest("ls /etc/ssh/ssh_host_*_key | wc -l") == "2", "somebody made or deleted host keys"
      )
      // The agent ran, said that it is ready, and left an entry that other programs can find.
      let agent = try guest("systemctl show -p Result,ExecMainStatus,NRestarts sugaragent")
      #expect(
        Set(agent.split(separator: "\n")) == ["Result=success", "ExecMainStatus=0", "NRestarts=0"],
        "\(agent)")
      #expect(try guest("sudo stat -c '%U %a' /var/lib/sugaragent") == "root 700")
      let entries = try guest(
        "sudo journalctl -b -o cat --output-fields=MESSAGE MESSAGE_ID=\(Self.started)")
      #expect(entries == "sugaragent 0.1.0 started", "\(entries)")
      // Neither a password nor root gets in.
      let password = try Tool("sshpass").run(
        ["-p", "raspberry", "ssh"] + guest.options + [
          "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1",
          "sugaradmin@127.0.0.1", "true",
        ])
      #expect(password.status == 255)
      #expect(password.complaints.contains("Permission denied"), "\(password.complaints)")
      let root = try Tool("ssh").run(
        guest.options + [
          "-i", fleet.userKey, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "root@127.0.0.1",
          "true",
        ])
      #expect(root.status == 255)
    }
  }
}

/// An emulated machine that runs until it is told to stop. A class, because it owns a process.
final class Machine {
  let port: Int
  private(set) var console = ""
  private let process = Process()
  private let input = Pipe()
  private let image: String

  /// Comes back when the console showed `until`. `options` are the boot script's, `hardware` QEMU's.
  init(
    _ image: String, address: String, until: String = "login:", options: [String] = [],
    hardware: [String] = []
  ) throws {
    self.image = image
    let log = image + ".log"
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Program.repository + "/scripts/boot")
    process.arguments =
      [
        "--address", address, "--ssh-port", "0", "--hold", "--quiet", "--log", log, "--timeout",
        "600", "--until", until,
      ] + options + [image, "--"] + hardware
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var text = ""
    var port = 0
    while true {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }
      text += String(decoding: data, as: UTF8.self)
      for line in text.split(separator: "\n") where line.hasPrefix("ssh-port: ") {
        port = Int(line.dropFirst("ssh-port: ".count)) ?? 0
      }
      if text.contains("ready after") { break }
    }
    self.port = port
    console = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    guard text.contains("ready after"), port > 0 else {
      stop()
      throw Program.Failure(
        description: "the machine did not come up:\n\(text)\n\(console.suffix(3000))")
    }
  }

  /// The power goes: QEMU dies with the script that started it, and on a busy machine a while later.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    for _ in 0..<600 where isLocked { usleep(100_000) }
  }

  /// Whether QEMU still holds the image. (fcntl(2), F_GETLK)
  private var isLocked: Bool {
    let descriptor = open(image, O_RDWR)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }

  /// Comes back when the guest has powered itself off.
  func waitForEnd() { process.waitUntilExit() }

  /// The machine ends when its standard input does.
  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
