import Foundation
import SugarTestSupport
import Testing

/// The whole program writes to real block devices: loop devices over sparse files.
@Suite(.enabled(if: getuid() == 0, "needs root: loop devices"), .serialized)
struct FlashTests {
  /// A fleet with a node built, and the disk that it goes to.
  final class Bench {
    let fleet: SmallFleet
    let folder: TemporaryDirectory
    var disk: LoopDisk
    var environment: [String: String]

    // Safe: the suite is serialized.
    nonisolated(unsafe) private static let built = Result { try build() }

    private static func build() throws -> SmallFleet {
      let fleet = try SmallFleet(size: "256 MiB")
      try fleet.keys()
      let built = try fleet.run(["one", "two", "--export", "img"])
      guard built.status == 0 else { throw Program.Failure(description: built.complaints) }
      return fleet
    }

    /// - Parameter own: a fleet for this test alone, which may change it.
    init(mebibytes: UInt64 = 320, own: Bool = false) throws {
      fleet = own ? try Self.build() : try Self.built.get()
      folder = try TemporaryDirectory()
      disk = try LoopDisk(folder, serial: nil, mebibytes: mebibytes)
      environment = fleet.environment.merging(["XDG_CONFIG_HOME": folder.path("config")]) { $1 }
    }

    func words(_ words: [String], image: String = "one") -> [String] {
      ["flash", image, "--output", fleet.output, "--disk", disk.path, "--allow-loop"] + words
    }

    func flash(_ more: [String] = [], image: String = "one") throws -> Program.Result {
      try Program.run(words(more, image: image), environment: environment)
    }

    /// With consent, as a script gives it.
    func write(_ more: [String] = [], image: String = "one") throws -> Program.Result {
      try flash(["--write", "--yes", "--expect-serial", identity()] + more, image: image)
    }

    func identity() throws -> String {
      struct Row: Decodable { var identity: String? }
      let text = try Program.succeed(["disks", disk.path, "--json"], environment: environment)
      return try #require(JSONDecoder().decode([Row].self, from: Data(text.utf8)).first?.identity)
    }

    /// Old bytes, as a used card has them.
    func fill(mebibytes: Int = 160) throws {
      try Tool("dd").check(
        [
          "if=/dev/urandom", "of=\(disk.path)", "bs=1M", "count=\(mebibytes)", "status=none",
          "oflag=direct",
        ])
    }

    var journals: [String] {
      let folder = fleet.cache + "/sugarimage/flash"
      return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
        $0.hasSuffix(".journal")
      }
    }

    /// Nothing would boot from it.
    func bootsNothing() throws -> Bool { try disk.read(4096, at: 0).allSatisfy { $0 == 0 } }
  }

  @Test func aNodeIsWrittenVerifiedAndBootable() throws {
    let bench = try Bench()
    try bench.fill()
    let before = try bench.disk.digest()
    let shown = try bench.flash()
    #expect(shown.status == 0, "\(shown.complaints)")
    #expect(shown.output.contains("nothing was written"), "\(shown.output)")
    #expect(shown.output.contains("one, dev, generation 1"))
    #expect(try bench.disk.digest() == before, "showing wrote to the disk")

    let written = try bench.write()
    #expect(written.status == 0, "\(written.complaints)\(written.output)")
    #expect(written.output.contains("every byte read back"), "\(written.output)")
    #expect(bench.journals == [])
    try checkImage(bench)

    let verified = try Program.run(
      ["verify", bench.disk.path, "--output", bench.fleet.output], environment: bench.environment)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaints)")
    let inspected = try Program.run(["inspect", bench.disk.path], environment: bench.environment)
    #expect(
      inspected.output.contains("a disk, 320 MiB"), "\(inspected.output)\(inspected.complaints)")
    #expect(inspected.output.contains("one (small, site here)"))
    let listed = try Program.succeed(["disks", bench.disk.path], environment: bench.environment)
    #expect(listed.contains("the system of one, dev, generation 1"), "\(listed)")

    // A finished thing again: nothing is written.
    let digest = try bench.disk.digest()
    let again = try bench.write()
    #expect(again.status == 0)
    #expect(again.output.contains("already"), "\(again.output)")
    #expect(try bench.disk.digest() == digest)

    // One byte of the image is another: verify finds it.
    try bench.disk.write([0x5a], at: 60 << 20)
    let differs = try Program.run(
      ["verify", bench.disk.path, "--output", bench.fleet.output], environment: bench.environment)
    #expect(differs.status == 65, "\(differs.output)")
  }

  /// A disk says whose it is, and not who initialises its cluster; `--json` says the same to programs.
  @Test func anotherNodeOnTheSameDisk() throws {
    let bench = try Bench()
    #expect(try bench.write().status == 0)
    let written = try bench.write(["--json"], image: "two")
    #expect(written.status == 0, "\(written.complaints)")
    struct Answer: Decodable {
      struct Outcome: Decodable {
        var wasAlreadyThere: Bool
        var wasVerified: Bool
      }
      var image: String
      var disk: String
      var onIt: String
      var lost: [String]
      var outcome: Outcome
    }
    let answer = try JSONDecoder().decode(Answer.self, from: Data(written.output.utf8))
    #expect(answer.image == "two, dev, generation 1")
    #expect(answer.disk == bench.disk.path)
    #expect(answer.onIt == "the system of one, dev, generation 1")
    #expect(answer.lost.count == 2)
    #expect(answer.outcome.wasVerified && !answer.outcome.wasAlreadyThere)
    let listed = try Program.succeed(["disks", bench.disk.path], environment: bench.environment)
    #expect(listed.contains("the system of two, dev, generation 1"), "\(listed)")
    #expect(listed.contains("✗ identity") && listed.contains("✓ unused"), "\(listed)")
    let verified = try Program.run(
      ["verify", bench.disk.path, "--output", bench.fleet.output, "--json"],
      environment: bench.environment)
    #expect(verified.status == 0 && verified.output.contains("\"node\" : \"two\""))
  }

  /// The disk is the exported image to the last byte but for the root's row, and other people's tools
  /// find nothing wrong.
  private func checkImage(_ bench: Bench) throws {
    let image = try Data(contentsOf: URL(fileURLWithPath: bench.fleet.output + "/one.img"))
    let disk = try Data(bench.disk.read(image.count, at: 0))
    #expect(image[512...] == disk[512...])
    #expect(image[0..<474] == disk[0..<474] && image[478..<512] == disk[478..<512])
    let table = try Tool("sfdisk").check(["--json", bench.disk.path]).text
    #expect(table.contains("\"size\": \(256 << 11)"), "the root has its size: \(table)")
    #expect(try Tool("sfdisk").run(["--verify", bench.disk.path]).status == 0)
    _ = try Tool("partx").run(["--update", bench.disk.path])
    try Tool("e2fsck").check(["-fn", bench.disk.path + "p2"])
    // The kernel mounts it and grows it, as the agent has it do on first boot.
    let place = bench.folder.path("mnt")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try Tool("mount").check(["-o", "ro", bench.disk.path + "p2", place])
    #expect(FileManager.default.fileExists(atPath: place + "/etc/sugaragent/identity.json"))
    try Tool("umount").check([place])
    let partx = try Tool("partx").run(["--delete", bench.disk.path])
    #expect(partx.status == 0, "\(partx.complaints)")
  }

  @Test func whatElseIsOnADisk() throws {
    let bench = try Bench()
    try Tool("mkfs.ext4").check(["-q", "-F", "-L", "backup", bench.disk.path])
    let inspected = try Program.run(["inspect", bench.disk.path], environment: bench.environment)
    #expect(inspected.status == 0, "\(inspected.complaints)")
    #expect(inspected.output.contains("ext4 file system 'backup', 320 MiB"), "\(inspected.output)")
    let shown = try bench.flash()
    #expect(shown.output.contains("lost       ext4 file system 'backup'"), "\(shown.output)")
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var what: String
    var words: String
    var status: Int32 = 77
    var arguments: [String] = []
    var consents = true
    var prepare: @Sendable (Bench) throws -> Void = { _ in }
    var testDescription: String { what }
  }

  static let refusals: [Refusal] = [
    Refusal(what: "nobody is there to be asked", words: "nobody is there", consents: false),
    Refusal(
      what: "another identity was expected", words: "was expected",
      arguments: ["--yes", "--expect-serial", "S5GXNF0R"], consents: false),
    Refusal(
      what: "yes without an identity", words: "--expect-serial", status: 64, arguments: ["--yes"],
      consents: false),
    Refusal(what: "mounted", words: "is mounted at") { bench in
      try Tool("mkfs.ext4").check(["-q", "-F", bench.disk.path])
      let place = bench.folder.path("mnt")
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try Tool("mount").check(["-o", "ro,noload", bench.disk.path, place])
    },
    Refusal(what: "too small for root.size", words: "`root.size` is 256 MiB") { bench in
      bench.disk.detach()
      bench.disk = try LoopDisk(bench.folder, serial: nil, mebibytes: 200)
    },
    Refusal(what: "sectors of 4096 bytes", words: "has sectors of 4096 bytes") { bench in
      bench.disk.detach()
      bench.disk = try LoopDisk(bench.folder, serial: nil, mebibytes: 320, sectorSize: 4096)
    },
    Refusal(
      what: "no partition has that label", words: "is not sound", arguments: ["--preserve", "data"]),
    Refusal(what: "protected", words: "is on the never-write list") { bench in
      try Program.succeed(["disks", "--protect", bench.disk.path], environment: bench.environment)
    },
    Refusal(what: "a never-write list that cannot be read", words: "never-write list") { bench in
      try FileManager.default.createDirectory(
        atPath: bench.folder.path("config/sugarimage/never-write"),
        withIntermediateDirectories: true)
    },
  ]

  /// Every refusal leaves every byte of the disk, and names the reason.
  @Test(arguments: refusals) func refused(_ row: Refusal) throws {
    let bench = try Bench()
    try bench.disk.write([UInt8](repeating: 0x21, count: 1 << 16), at: 100 << 20)
    try row.prepare(bench)
    let before = try bench.disk.digest()
    let consent =
      row.consents
      ? ["--yes", "--expect-serial", (try? bench.identity()) ?? "unknown"] : []
    let result = try bench.flash(["--write"] + consent + row.arguments)
    #expect(result.status == row.status, "\(result.complaints)\(result.output)")
    #expect((result.complaints + result.output).contains(row.words), "\(result.complaints)")
    #expect(try bench.disk.digest() == before)
    #expect(bench.journals == [])
    _ = try Tool("umount").run([bench.folder.path("mnt")])
  }

  @Test func aLoopDeviceWantsLeave() throws {
    let bench = try Bench()
    let before = try bench.disk.digest()
    let result = try Program.run(
      ["flash", "one", "--output", bench.fleet.output, "--disk", bench.disk.path, "--write"],
      environment: bench.environment)
    #expect(result.status == 77)
    #expect(result.complaints.contains("is a loop device"), "\(result.complaints)")
    #expect(try bench.disk.digest() == before)
  }

  /// The program at work.
  final class Running {
    let process = Process()
    private let bench: Bench

    init(_ bench: Bench) throws {
      self.bench = bench
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = try bench.words([
        "--write", "--yes", "--expect-serial", bench.identity(),
      ])
      process.environment = ProcessInfo.processInfo.environment.merging(bench.environment) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
    }

    /// Comes back when the program is about to write.
    func waitForJournal() throws -> Date {
      for _ in 0..<60_000 {
        if !bench.journals.isEmpty { return Date() }
        guard process.isRunning else { break }
        usleep(1000)
      }
      throw Program.Failure(description: "nothing was begun")
    }
  }

  /// Killed at moments all over the run: the disk boots nothing, no byte of another disk changed, and
  /// the same command finishes.
  @Test func killedAtAnyMoment() throws {
    let bench = try Bench()
    let other = try LoopDisk(bench.folder, serial: nil, mebibytes: 64)
    try other.write([UInt8](repeating: 7, count: 1 << 20), at: 5 << 20)
    let neighbour = try other.digest()
    try bench.fill()
    // How long it takes from the journal's first line to the end.
    let whole = try Running(bench)
    let start = try whole.waitForJournal()
    whole.process.waitUntilExit()
    let span = Date().timeIntervalSince(start)
    var (cut, finished) = (0, 0)
    for moment in 0..<6 {
      try bench.fill()
      let running = try Running(bench)
      _ = try running.waitForJournal()
      usleep(UInt32(span * 1_000_000 * Double(moment) / 6))
      kill(running.process.processIdentifier, SIGKILL)
      running.process.waitUntilExit()
      let began = !bench.journals.isEmpty
      if began {
        cut += 1
        let start = try bench.disk.read(512, at: 0)
        let isOld = start[0..<510].contains { $0 != 0 } && !Self.isTable(start)
        let isNothing = try bench.bootsNothing()
        #expect(isNothing || isOld || Self.isTable(start), "moment \(moment)")
      }
      let result = try bench.write()
      #expect(result.status == 0, "moment \(moment): \(result.complaints)")
      if began { finished += 1 }
      #expect(bench.journals == [])
      let verified = try Program.run(
        ["verify", bench.disk.path, "--output", bench.fleet.output],
        environment: bench.environment)
      #expect(verified.status == 0, "moment \(moment): \(verified.output)")
      #expect(try other.digest() == neighbour)
    }
    #expect(cut > 2, "the kills came too early or too late to prove anything: \(cut) of 6")
    print("killed \(cut) times in the middle, finished \(finished) times")
  }

  /// The whole first block is there, which only the last write does.
  private static func isTable(_ sector: [UInt8]) -> Bool {
    sector[510] == 0x55 && sector[511] == 0xaa && sector[450] == 0x0c
  }

  /// The second one is refused, and the first one is not disturbed.
  @Test func twoAtOnce() throws {
    let bench = try Bench()
    try bench.fill()
    let first = try Running(bench)
    _ = try first.waitForJournal()
    kill(first.process.processIdentifier, SIGSTOP)
    let second = try bench.flash(["--write", "--yes", "--expect-serial", "any"])
    kill(first.process.processIdentifier, SIGCONT)
    first.process.waitUntilExit()
    #expect(first.process.terminationStatus == 0)
    #expect(second.status == 77, "\(second.complaints)")
    #expect(second.complaints.contains("for itself alone"), "\(second.complaints)")
    let verified = try Program.run(
      ["verify", bench.disk.path, "--output", bench.fleet.output], environment: bench.environment)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaints)")
  }

  /// A data partition behind the root stays, byte for byte, and has its row in the new table.
  @Test func whatIsPreserved() throws {
    let bench = try Bench(mebibytes: 640)
    let script = bench.folder.path("table")
    try
      "label: gpt\nstart=2048, size=65536, name=old\nstart=\(400 << 11), size=\(200 << 11), name=stuff\n"
      .write(toFile: script, atomically: true, encoding: .utf8)
    try Tool("sh").check(["-c", "sfdisk -q \"$1\" < \"$2\"", "sh", bench.disk.path, script])
    let part = try LoopPart(bench.disk, 2)
    try Tool("mkfs.ext4").check(["-q", "-F", "-L", "data", part.path])
    let before = try part.digest()
    part.remove()
    let written = try bench.write(["--preserve", "data"])
    #expect(written.status == 0, "\(written.complaints)\(written.output)")
    #expect(
      written.output.contains("'data', 200 MiB from 400 MiB, as partition 3"), "\(written.output)")
    let after = try LoopPart(bench.disk, 3)
    #expect(try after.digest() == before)
    after.remove()
    let verified = try Program.run(
      ["verify", bench.disk.path, "--output", bench.fleet.output], environment: bench.environment)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaints)")
    let table = try Tool("sfdisk").check(["--json", bench.disk.path]).text
    #expect(table.contains("\"start\": \(400 << 11)"), "\(table)")
  }

  /// A partition of a loop device, as the kernel shows it.
  private final class LoopPart {
    let disk: LoopDisk
    let path: String

    init(_ disk: LoopDisk, _ number: Int) throws {
      self.disk = disk
      path = "\(disk.path)p\(number)"
      _ = try Tool("partx").run(["--update", disk.path])
    }

    func digest() throws -> String {
      try Tool("blockdev").check(["--flushbufs", path])
      return try Tool.sha256(of: path)
    }

    func remove() { _ = try? Tool("partx").run(["--delete", disk.path]) }
  }

  /// Somebody else's image, packed: the same rails, and its table stays as it is.
  @Test func aForeignPackedImage() throws {
    let bench = try Bench()
    let image = bench.folder.path("foreign.img")
    try Tool("cp").check([bench.fleet.base, image])
    try Tool("xz").check(["-k", "-0", image])
    let written = try bench.write(image: image + ".xz")
    #expect(written.status == 0, "\(written.complaints)\(written.output)")
    let whole = try Data(contentsOf: URL(fileURLWithPath: image))
    #expect(try Data(bench.disk.read(whole.count, at: 0)) == whole)
    let left = try FileManager.default.contentsOfDirectory(
      atPath: bench.fleet.cache + "/sugarimage/flash")
    #expect(left == [], "\(left)")
  }

  @Test(arguments: [
    ("fleet/fleet.yaml", "no disk image"), ("nowhere", "it is no file, and no node"),
  ])
  func noImage(_ name: String, _ words: String) throws {
    let bench = try Bench()
    let path = name.contains("/") ? bench.fleet.root.path(name) : name
    let result = try bench.flash(image: path)
    #expect(result.status == 65, "\(result.complaints)")
    #expect(result.complaints.contains(words), "\(result.complaints)")
  }

  /// A base that was changed in the cache is found before the disk may boot.
  @Test func aBaseThatWasChanged() throws {
    let bench = try Bench(own: true)
    let folder = "\(bench.fleet.cache)/sugarimage/bases/\(try #require(bench.fleet.bases().first))"
    let file = folder + "/image.raw"
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.seek(toOffset: 57 << 20)
    try handle.write(contentsOf: Data([1, 2, 3]))
    try handle.close()
    let result = try bench.write()
    #expect(result.status == 65, "\(result.complaints)\(result.output)")
    #expect(result.complaints.contains("not those that were built"), "\(result.complaints)")
    #expect(try bench.bootsNothing())
  }

  /// The fleet gives a node a disk: no other one is written.
  @Test func theFleetBindsADisk() throws {
    let bench = try Bench(own: true)
    let file = bench.fleet.folder + "/fleet.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try text.replacingOccurrences(
      of: "hostname: one,", with: "hostname: one, medium: [\"S5GXNF0R\"],"
    ).write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try bench.fleet.run(["one"]).status == 0)
    let before = try bench.disk.digest()
    let result = try bench.write()
    #expect(result.status == 77)
    #expect(result.complaints.contains("the fleet names S5GXNF0R"), "\(result.complaints)")
    #expect(try bench.disk.digest() == before)
  }

  /// Somebody who may not open the disk is told who may.
  @Test func withoutTheRight() throws {
    let bench = try Bench(own: true)
    for folder in [bench.fleet.root, bench.folder] {
      try Tool("chown").check(["-R", "65534:65534", folder.url.path])
    }
    let result = try Tool("setpriv").run(
      [
        "--reuid=65534", "--regid=65534", "--clear-groups", Program.path,
      ] + bench.words(["--write"]),
      environment: bench.environment.merging(["SUGARIMAGE_SHARE": Program.repository]) { $1 })
    #expect(result.status == 77, "\(result.complaints)")
    #expect(result.complaints.contains("Permission denied"), "\(result.complaints)")
    #expect(result.complaints.contains("setfacl"), "\(result.complaints)")
  }
}
