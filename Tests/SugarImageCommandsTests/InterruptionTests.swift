import Foundation
import SugarTestSupport
import Testing

/// Machines that fail in the middle: a full disk, a folder that cannot be written, a process that is killed.
@Suite struct InterruptionTests {
  /// Runs the program where `output` is a small file system of its own.
  private func build(_ fleet: SmallFleet, mount options: String) throws -> (
    status: Int32, text: String
  ) {
    try FileManager.default.createDirectory(atPath: fleet.output, withIntermediateDirectories: true)
    let answer = try Tool("unshare").run(
      [
        "--map-root-user", "--mount", "sh", "-c",
        "mount -t tmpfs -o \(options) tmpfs \"$1\" && \"$2\" build \"$3\" --output \"$1\"; s=$?; ls -A \"$1\" >&2; exit $s",
        "sh", fleet.output, Program.path, fleet.folder,
      ], environment: fleet.environment.merging(["SUGARIMAGE_SHARE": Program.repository]) { $1 })
    return (answer.status, answer.text + answer.complaints)
  }

  @Test func aFullDisk() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let result = try build(fleet, mount: "size=200k")
    #expect(result.status == 74, "\(result.text)")
    #expect(result.text.contains("No space left on device"))
    #expect(
      !result.text.contains("one.delta\n"), "a delta that is not whole has its name: \(result.text)"
    )
    #expect(try fleet.build().status == 0)
  }

  @Test func aReadOnlyFolder() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let result = try build(fleet, mount: "ro")
    #expect(result.status == 74, "\(result.text)")
    #expect(result.text.contains("Read-only file system"))
  }

  @Test func aCacheThatIsNoFolder() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    try "".write(toFile: fleet.cache, atomically: true, encoding: .utf8)
    let result = try fleet.build()
    #expect(result.status == 74, "\(result.complaints)")
    #expect(fleet.results() == [])
  }

  @Test func aCacheThatWasChanged() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    let folder = fleet.cache + "/sugarimage/bases/" + (try #require(fleet.bases().first))
    let chunks = folder + "/chunks"
    try FileManager.default.removeItem(atPath: chunks)
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: chunks))
    let result = try fleet.build()
    #expect(result.status == 65)
    #expect(result.complaints.contains("remove that folder"), "\(result.complaints)")
    try FileManager.default.removeItem(atPath: folder)
    #expect(try fleet.build().status == 0)
  }

  @Test func twoBuildsAtOnce() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    let holder = Process()
    holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
    holder.arguments = ["--no-fork", fleet.output + "/.lock", "sleep", "60"]
    try holder.run()
    defer { kill(holder.processIdentifier, SIGKILL) }
    var result = try fleet.build()
    for _ in 0..<50 where result.status == 0 {
      usleep(100_000)
      result = try fleet.build()
    }
    #expect(result.status == 74)
    #expect(
      result.complaints.contains("another sugarimage writes into this folder"),
      "\(result.complaints)")
  }

  /// Two builds that start together into different folders share one preparation of the base.
  @Test func twoBuildsWithOneCache() async throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let (folder, cache, root) = (fleet.folder, fleet.cache, fleet.root.url.path)
    try await withThrowingTaskGroup(of: Int32.self) { group in
      for number in 0..<3 {
        group.addTask {
          try Program.run(
            ["build", folder, "--output", "\(root)/out\(number)"],
            environment: ["XDG_CACHE_HOME": cache]
          ).status
        }
      }
      for try await status in group { #expect(status == 0) }
    }
    try fleet.checkImages(in: fleet.root.path("out0"))
    for number in 1..<3 {
      #expect(
        FileManager.default.contentsEqual(
          atPath: "\(root)/out0/two.delta", andPath: "\(root)/out\(number)/two.delta"))
    }
    #expect(fleet.bases().count == 1)
  }

  /// `kill -9` at any moment: no torn file has its name, and the next run ends as if nothing had happened.
  @Test func killedAtAnyMoment() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    try Tool("xz").check(["-0", "--block-size=4MiB", "-f", fleet.base])
    try fleet.write(base: "path: \(fleet.base).xz")
    let started = Date()
    #expect(try fleet.run().status == 0)
    let whole = Date().timeIntervalSince(started)
    try fleet.checkImages()
    let names = fleet.results()
    let expected = try names.map {
      try Data(contentsOf: URL(fileURLWithPath: fleet.output + "/" + $0))
    }
    var random = SeededGenerator(seed: 9)
    for round in 0..<14 {
      // Half of the rounds start with nothing, half with the base prepared.
      if round % 2 == 0 { try? FileManager.default.removeItem(atPath: fleet.cache) }
      try? FileManager.default.removeItem(atPath: fleet.output)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = ["build", fleet.folder, "--output", fleet.output]
      process.environment = ProcessInfo.processInfo.environment.merging(fleet.environment) { $1 }
        .merging(["SUGARIMAGE_SHARE": Program.repository]) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32(Double.random(in: 0...whole, using: &random) * 1_000_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      for (name, content) in zip(names, expected) where name != "fleet.json" {
        guard let there = try? Data(contentsOf: URL(fileURLWithPath: fleet.output + "/" + name))
        else { continue }
        #expect(there == content, "\(name) is torn in round \(round)")
      }
      let next = try fleet.build()
      #expect(next.status == 0, "\(next.complaints)")
      #expect(fleet.results() == names)
      #expect(fleet.partials() == [])
      for (name, content) in zip(names, expected) {
        #expect(
          try Data(contentsOf: URL(fileURLWithPath: fleet.output + "/" + name)) == content,
          "\(name)")
      }
    }
  }

  @Test(arguments: [10, 60, 300, 5000]) func aDamagedDeltaIsNoticed(_ place: Int) throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    let path = fleet.output + "/one.delta"
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data[place < 5000 ? place : data.count - place] ^= 0xff
    try data.write(to: URL(fileURLWithPath: path))
    let result = try Program.run(["verify", path], environment: fleet.environment)
    #expect(result.status == 65, "\(result.output)\(result.complaints)")
    try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
    let cut = try Program.run(["inspect", path], environment: fleet.environment)
    #expect(cut.status == 65, "\(cut.complaints)")
    #expect(try fleet.build().status == 0)
    #expect(try Program.run(["verify", path], environment: fleet.environment).status == 0)
  }
}
