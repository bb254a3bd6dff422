import Foundation
import SugarTestSupport
import Testing

/// First boot in an emulated machine with an SD card and an NVMe disk: the real agent, for arm64, in
/// a real system. Killing QEMU is the power cut: what the guest has not flushed is lost or not as
/// the host's own cache decides.
@Suite(.serialized) struct FirstBootTests {
  private static let address = "192.168.1.50"
  private static let done = "The disks of dev0 are as planned"

  /// A node whose root grows, with a partition behind it and two on an NVMe disk.
  private struct Node {
    let folder: TemporaryDirectory
    let image: String
    let nvme: String
    let key: String
    let knownHosts: String

    /// - Parameter flashed: the card is written by `flash`, and is no exported image.
    init(flashed: Bool = false) throws {
      folder = try TemporaryDirectory()
      let fleet = folder.path("fleet")
      key = folder.path("id_ed25519")
      nvme = folder.path("nvme.img")
      try Program.succeed(["init", fleet, "--from", "dev-single"])
      try Tool("ssh-keygen").check(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key])
      let publicKey = try String(contentsOfFile: key + ".pub", encoding: .utf8)
      try """
      base:
        os: rpios-lite-trixie
        path: \(ReferenceFleet.base())
      admin:
        sshAuthorizedKeys:
          - \(publicKey)
      """.write(toFile: fleet + "/fleet.local.yaml", atomically: true, encoding: .utf8)
      let file = fleet + "/fleet.yaml"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let disks = """

        disks:
          - name: storage
            place: behind-root
            partitions: [{ label: storage, size: rest, mount: /storage }]
          - name: data
            select: { bus: nvme, minSize: 500 MiB }
            partitions:
              - { label: data, size: 300 MiB, mount: /srv/data }
              - { label: logs, size: rest }

        """
      try (text.replacingOccurrences(of: "size: 24 GiB", with: "size: 3 GiB") + disks).write(
        toFile: file, atomically: true, encoding: .utf8)
      let cache = ["XDG_CACHE_HOME": try ReferenceFleet.shared().cache]
      knownHosts = folder.path("known_hosts")
      try Program.succeed(["keys", fleet, "--plaintext-keys"], environment: cache).write(
        toFile: knownHosts, atomically: true, encoding: .utf8)
      let output = folder.path("out")
      try Program.succeed(
        ["build", fleet, "--output", output, "--export", "img"], environment: cache)
      image = flashed ? folder.path("card.img") : output + "/dev0.img"
      try Tool("truncate").check(["--size", "4G", image])
      try Tool("truncate").check(["--size", "1G", nvme])
      if flashed { try flash(output, cache) }
    }

    private func flash(_ output: String, _ cache: [String: String]) throws {
      struct Row: Decodable { var identity: String? }
      let card = try LoopDisk(folder, serial: nil, file: image)
      defer { card.detach() }
      let rows = try Program.succeed(["disks", card.path, "--json"], environment: cache)
      let identity = try #require(
        JSONDecoder().decode([Row].self, from: Data(rows.utf8)).first?.identity)
      try Program.succeed(
        [
          "flash", "dev0", "--output", output, "--disk", card.path, "--allow-loop", "--write",
          "--yes", "--expect-serial", identity,
        ], environment: cache)
    }

    /// - Parameter restarts: the emulator goes on when the guest starts itself anew.
    func boot(until: String, restarts: Bool = false) throws -> Machine {
      try Machine(
        image, address: FirstBootTests.address, until: until, options: ["--write"],
        hardware: [
          "-drive", "if=none,id=nv0,file=\(nvme),format=raw,cache=writeback", "-device",
          "nvme,drive=nv0,serial=NVME0001",
        ] + (restarts ? ["-action", "reboot=reset"] : []))
    }

    /// As a power cut leaves the root while it grows, in the middle of writing its superblock: one
    /// sector of that is new, the other, with the checksum, old; and its copy has a journal to replay,
    /// as the kernel writes it, and asks for a check, as the agent had it do. (Linux,
    /// Documentation/filesystems/ext4, super.rst)
    ///
    /// The journal is replayed and emptied before: where it holds that copy as tune2fs left it, with
    /// nothing to replay, the first check after the tear would be enough.
    func tearSuperblock() throws {
      let partitions = try FirstBootTests.partitions(of: image)
      let root = try #require(partitions[1]["start"] as? Int) * 512
      let volume = "\(image)?offset=\(root)"
      // It ends with an error: after the replay it opens the image anew, without the offset.
      let replay = try Tool("e2fsck").run(["-p", volume]).text
      let log = try Tool("debugfs").check(["-R", "logdump", volume]).text
      #expect(log.contains("Journal starts at block 0,"), "\(replay)\n\(log)")
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: image))
      defer { try? file.close() }
      func write(_ bytes: [UInt8], _ place: Int) throws {
        try file.seek(toOffset: UInt64(root + place))
        try file.write(contentsOf: Data(bytes))
      }
      try file.seek(toOffset: UInt64(root + 1024))
      var block = [UInt8](try #require(try file.read(upToCount: 1024)))
      try write(block[0x30..<0x34].map { ~$0 }, 1024 + 0x30)  // s_wtime: when it was last written
      block.replaceSubrange(0x36..<0x38, with: [1, 0])  // s_max_mnt_count
      block.replaceSubrange(0x5a..<0x5c, with: [1, 0])  // s_block_group_nr
      block[0x60] |= 4  // s_feature_incompat: needs_recovery
      var sum = ~UInt32(0)  // CRC-32C
      for byte in block[..<0x3fc] {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0x82f6_3b78) }
      }
      block.replaceSubrange(0x3fc..<0x400, with: (0..<4).map { UInt8(sum >> (8 * $0) & 0xff) })
      let groupSize = (0..<4).reduce(0) { $0 | Int(block[0x20 + $1]) << (8 * $1) }
      try write(block, groupSize << (10 + Int(block[0x18])))
    }

    func shell(_ machine: Machine) throws -> GuestShell {
      try GuestShell(
        machine, address: FirstBootTests.address,
        knownHosts: String(contentsOfFile: knownHosts, encoding: .utf8), key: key,
        folder: folder.url.path)
    }
  }

  @Test("the power goes three times, and the node still comes to its planned end")
  func killedThreeTimes() throws {
    let node = try Node()
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    print("first boot: killed at moments of seed \(seed)")
    let moments = [
      "looking at the disks", "storage: writing the partition table",
      "storage: making the file system", "storage: growing", "data: writing the partition table",
      "data: making the file system 'data'", "data: making the file system 'logs'",
    ]
    var kills: [String] = []
    // `make soak` asks for more.
    let count = ProcessInfo.processInfo.environment["SUGAR_POWER_CUTS"].flatMap { Int($0) } ?? 3
    for _ in 0..<count {
      let moment = moments[Int.random(in: 0..<moments.count, using: &generator)]
      // The work may be done already: then the end of the boot is the moment.
      let machine = try node.boot(until: "\(moment)|\(Self.done)")
      usleep(UInt32.random(in: 0...3_000_000, using: &generator))
      machine.kill()
      kills.append(moment)
    }
    // Once more while the root's superblock is written: no kernel mounts it, the first check of it is
    // not enough, and the node starts anew by itself.
    try node.boot(until: Self.done).kill()
    try node.tearSuperblock()
    try expectDone(node, "seed \(seed), killed at \(kills), superblock torn", restarts: true)
  }

  @Test("a card that flash wrote boots", .enabled(if: getuid() == 0, "needs root: loop devices"))
  func flashed() throws { try expectDone(try Node(flashed: true), "flashed") }

  /// Boots, and everything is as planned: for the node, and for other tools afterwards.
  private func expectDone(_ node: Node, _ story: String, restarts: Bool = false) throws {
    let machine = try node.boot(until: "login:", restarts: restarts)
    defer { machine.stop() }
    let isRestarted = machine.console.contains("Rebooting automatically due to panic=")
    #expect(isRestarted == restarts, "\(story): \(machine.console.prefix(20_000))")
    let guest = try node.shell(machine)
    let report = try guest(
      "until systemctl show -p ActiveState sugaragent | grep -qE 'inactive|failed'; do sleep 2; done; "
        + "sudo /usr/local/lib/sugaragent/sugaragent status --json")
    let told = "\(story): \(report)"
    #expect(report.contains("\"state\" : \"done\""), "\(told)")
    // systemd mounts what the agent asked for, and the agent's end does not wait for it.
    for place in ["/storage", "/srv/data"] {
      let mounted = "timeout 120 sh -c 'until findmnt -no FSTYPE \(place); do sleep 1; done'"
      #expect(try guest(mounted) == "ext4", "\(told)")
    }
    let root = try guest("df --output=size -B1M / | tail -1")
    #expect((Int(root) ?? 0) > 2700, "the root has \(root) MiB")
    let memory = try guest(
      "systemctl show -p Result,NRestarts sugaragent; test -e /run/nologin || echo open")
    #expect(memory.contains("Result=success"), "\(memory)")
    let page = try guest("cat /boot/firmware/sugarimage/report.html | head -c 15")
    #expect(page.lowercased().hasPrefix("<!doctype html>"))
    _ = try? guest("sudo systemctl poweroff")
    machine.waitForEnd()
    try expectSound(node)
  }

  /// Other tools agree about both disks, from outside.
  private func expectSound(_ node: Node) throws {
    for (disk, rows) in [(node.image, [2, 3]), (node.nvme, [1, 2])] {
      let verify = try Tool("sfdisk").run(["--verify", disk])
      #expect(verify.status == 0, "\(verify.complaints)")
      let partitions = try Self.partitions(of: disk)
      for row in rows {
        let start = try #require(partitions[row - 1]["start"] as? Int)
        let check = try Tool("e2fsck").run(["-fn", "\(disk)?offset=\(start * 512)"])
        #expect(check.status == 0, "\(disk) \(row): \(check.text)")
        // dumpe2fs 1.47.1 and later take such a name for a tag.
        let head = try Tool("debugfs").check(["-R", "stats -h", "\(disk)?offset=\(start * 512)"])
        #expect(head.text.contains("Maximum mount count:      -1"), "\(head.text)")
      }
    }
  }

  private static func partitions(of disk: String) throws -> [[String: Any]] {
    let dump = try Tool("sfdisk").check(["--json", disk]).text
    let table = try #require(
      (try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any])?[
        "partitiontable"] as? [String: Any])
    return try #require(table["partitions"] as? [[String: Any]])
  }
}
