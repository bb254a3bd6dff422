import Foundation
import SugarTestSupport
import Testing

/// What a run of the whole program leaves and finds on a block device.
@Suite(.enabled(if: getuid() == 0, "needs root: loop devices"), .serialized)
struct FlashResumeTests {
  /// Killed after it noted how far it is: the next run goes on there, and compares what is below.
  ///
  /// A note is made every five seconds, and writing takes less here. So the program runs in slices of
  /// a few milliseconds and stands still between them, until it has made the note that is due. It
  /// stands still whenever it is looked at, and whoever stops it comes before all others, so that a
  /// machine at work changes nothing.
  @Test func goesOnInTheMiddle() throws {
    let bench = try FlashTests.Bench(own: true)
    var noted: String?
    for _ in 0..<5 where noted == nil { noted = try cutInTheMiddle(bench) }
    let place = try #require(noted, "it never noted how far it was")
    #expect(try bench.bootsNothing())
    let shown = try bench.flash()
    let resumed = try bench.write()
    #expect(resumed.status == 0, "\(resumed.complaints)")
    #expect(resumed.output.contains("taken up at"), "noted \(place): \(resumed.output)")
    #expect(shown.output.contains("go on"), "\(shown.output)")
    #expect(bench.journals == [])
    let verified = try Program.run(
      ["verify", bench.disk.path, "--output", bench.fleet.output], environment: bench.environment)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaints)")
  }

  /// What the program noted before it was killed; nil when it was done before that.
  private func cutInTheMiddle(_ bench: FlashTests.Bench) throws -> String? {
    try bench.fill()
    let running = try FlashTests.Running(bench)
    let program = running.process.processIdentifier
    // Of this thread alone, on Linux. (setpriority(2))
    let process = Int32(PRIO_PROCESS.rawValue)
    let before = getpriority(process, 0)
    setpriority(process, 0, -20)
    setpriority(process, id_t(program), 19)
    defer {
      setpriority(process, 0, before)
      kill(program, SIGKILL)
      running.process.waitUntilExit()
    }
    _ = try running.waitForJournal()
    while running.process.isRunning, !bench.journals.isEmpty {
      kill(program, SIGSTOP)
      usleep(300_000)
      if let noted = bench.noted { return noted }
      kill(program, SIGCONT)
      usleep(3_000)
    }
    return nil
  }

  /// Where the node will make a partition behind its root, nothing of what was there is left; beyond
  /// that, every byte stays.
  @Test func theRoomBehindTheRoot() throws {
    let bench = try FlashTests.Bench(mebibytes: 384, own: true)
    try bench.fleet.write(
      more: """
        disks:
          - name: own
            place: behind-root
            partitions: [{ label: data, size: 32 MiB, mount: /var/lib/data }]
        """, size: "256 MiB")
    #expect(try bench.fleet.run(["one", "--export", "img"]).status == 0)
    // An old file system lies where the partition will be.
    try bench.fill(mebibytes: 384)
    try Tool("mkfs.ext4").check([
      "-q", "-F", "-E", "offset=\(328 << 20)", bench.disk.path, "20m",
    ])
    let far = try bench.disk.read(1 << 20, at: 380 << 20)
    let written = try bench.write()
    #expect(written.status == 0, "\(written.complaints)")
    let end = try rootEnd(bench)
    let room = try bench.disk.read(32 << 20, at: end)
    #expect(room.allSatisfy { $0 == 0 }, "old bytes are left behind the root, from \(end)")
    #expect(try bench.disk.read(1 << 20, at: 380 << 20) == far)
  }

  /// Where the root ends, by sfdisk.
  private func rootEnd(_ bench: FlashTests.Bench) throws -> UInt64 {
    struct Answer: Decodable {
      struct Table: Decodable {
        struct Row: Decodable {
          var start: UInt64
          var size: UInt64
        }
        var partitions: [Row]
      }
      var partitiontable: Table
    }
    let text = try Tool("sfdisk").check(["--json", bench.disk.path]).text
    let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    let rows = answer.partitiontable.partitions
    let root = try #require(rows.count >= 2 ? rows[1] : nil)
    return (root.start + root.size) << 9
  }
}

extension FlashTests.Bench {
  /// How far the interrupted run says it is.
  fileprivate var noted: String? {
    for name in journals {
      let path = fleet.cache + "/sugarimage/flash/" + name
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let last = text.split(separator: "\n").last.map(String.init)
      if let last, last.hasPrefix("done ") { return last }
    }
    return nil
  }
}
