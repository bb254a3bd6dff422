import Foundation
import SugarTestSupport
import Testing

/// Exports when something is missing, changed or fails: a clear word, and nothing that is half written.
@Suite struct ExportFaultTests {
  @Test func thePackedBaseIsGoneOrAnother() throws {
    let bench = try ExportBench()
    _ = try bench.exports(["img", "img.xz"])
    try Tool("xz").check(["-d", "-k", bench.packed])
    try FileManager.default.removeItem(atPath: bench.packed)
    let gone = try bench.exports(["img.xz"])
    #expect(gone[0].keptBlocks == 0)
    #expect(gone[0].note?.contains("is no longer there: all of it is packed anew") == true)
    try bench.expectSame("img.xz")
    // Another preset: the same content in other blocks is not what the cache was made of.
    try Tool("xz").check(["-1", "--block-size=4MiB", bench.fleet.base])
    let other = try bench.exports(["img.xz"])
    #expect(other[0].keptBlocks == 0)
    #expect(other[0].note?.contains("no longer the base that the nodes were built on") == true)
    try bench.expectSame("img.xz")
    let told = try Program.run(
      ["build", bench.fleet.folder, "--output", bench.output, "--export", "img.xz"],
      environment: bench.fleet.environment)
    #expect(told.status == 0)
    #expect(told.complaints.components(separatedBy: "note: ").count == 2, "\(told.complaints)")
  }

  /// A byte of the prepared base that flipped in the cache does not get into an image.
  @Test(arguments: ["img.xz", "img.zst"]) func thePreparedBaseWasChanged(_ format: String) throws {
    let bench = try ExportBench()
    _ = try bench.exports(["img.xz"])
    let before = try bench.bytes("img.xz")
    let folder = "\(bench.fleet.cache)/sugarimage/bases/\(try #require(bench.fleet.bases().first))"
    let image = folder + "/image.raw"
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: image)
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: image))
    // Before the first partition: nobody reads it, and the packed block around it changes with the disk
    // id. What earlier exports packed of it would still be right.
    try FileManager.default.removeItem(atPath: bench.fleet.cache + "/sugarimage/pieces")
    try handle.seek(toOffset: 1_500_000)
    try handle.write(contentsOf: Data([0x77]))
    try handle.close()
    let result = try bench.export([format])
    #expect(result.status == 74, "\(result.complaints)")
    #expect(
      result.complaints.contains("was changed after it was made"), "\(result.complaints)")
    #expect(try bench.bytes("img.xz") == before)
    #expect(format == "img.xz" || !FileManager.default.fileExists(atPath: bench.path(format)))
    #expect(bench.fleet.partials() == [])
  }

  /// What earlier exports kept is proven before it is used; what is damaged is made again.
  @Test func whatWasKeptWasChanged() throws {
    let bench = try ExportBench()
    _ = try bench.exports(["img", "img.xz"])
    let before = try bench.bytes("img.xz")
    let folder = bench.fleet.cache + "/sugarimage/pieces"
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      !$0.hasSuffix(".lock") && !$0.hasPrefix(".")
    }
    let file = URL(fileURLWithPath: folder + "/" + (try #require(kept.first)))
    #expect(kept.count == 1)
    let whole = try Data(contentsOf: file)
    #expect(whole.count > 2000)
    var random = SeededGenerator(seed: 3)
    for round in 0..<6 {
      var broken = whole
      switch round {
      case 0: broken = whole.prefix(whole.count / 2)
      case 1: broken = Data(repeating: 0xff, count: 5000)
      default:
        // Heads of entries stand at their start.
        let place = round == 2 ? 24 : Int.random(in: 0..<whole.count, using: &random)
        broken[place] ^= 0xff
      }
      try broken.write(to: file)
      _ = try bench.exports(["img.xz"])
      #expect(try bench.bytes("img.xz") == before, "round \(round)")
    }
    try bench.expectSame("img.xz")
    // Where it cannot be kept, the export is there all the same.
    try FileManager.default.removeItem(at: file)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
    _ = try bench.exports(["img.xz"])
    #expect(try bench.bytes("img.xz") == before)
  }

  @Test(arguments: ["img", "img.xz", "img.zst", "qcow2"]) func aFullDisk(_ format: String) throws {
    let bench = try ExportBench()
    #expect(try bench.export([]).status == 0)
    let used = try bench.bytes("delta").count
    try FileManager.default.removeItem(atPath: bench.output)
    try FileManager.default.createDirectory(
      atPath: bench.output, withIntermediateDirectories: true)
    let answer = try Tool("unshare").run(
      [
        "--map-root-user", "--mount", "sh", "-c",
        "mount -t tmpfs -o size=$5 tmpfs \"$1\" && \"$2\" build \"$3\" one --output \"$1\" --export $4; s=$?; ls -A \"$1\" >&2; exit $s",
        "sh", bench.output, Program.path, bench.fleet.folder, format, "\(used + (1 << 20))",
      ],
      environment: bench.fleet.environment.merging(["SUGARIMAGE_SHARE": Program.repository]) { $1 }
    )
    let text = answer.text + answer.complaints
    #expect(answer.status == 74, "\(text)")
    #expect(text.contains("No space left on device"), "\(text)")
    #expect(!text.contains("one.\(format)\n") && !text.contains(".partial\n"), "\(text)")
  }

  /// `kill -9` at any moment: the old file or the new one has the name.
  @Test func killedAtAnyMoment() throws {
    let bench = try ExportBench()
    let started = Date()
    _ = try bench.exports(["img.xz", "img.zst"])
    let whole = Date().timeIntervalSince(started)
    let expected = try ["img.xz", "img.zst"].map { ($0, try bench.bytes($0)) }
    var random = SeededGenerator(seed: 12)
    for round in 0..<8 {
      for (ending, _) in expected where round % 2 == 0 {
        try FileManager.default.removeItem(atPath: bench.path(ending))
      }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Program.path)
      process.arguments = [
        "build", bench.fleet.folder, "one", "--output", bench.output, "--export", "img.xz",
        "--export", "img.zst",
      ]
      process.environment = ProcessInfo.processInfo.environment
        .merging(bench.fleet.environment) { $1 }.merging(["SUGARIMAGE_SHARE": Program.repository]) {
          $1
        }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32(Double.random(in: 0...whole, using: &random) * 1_000_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      for (ending, content) in expected {
        guard let there = try? bench.bytes(ending) else { continue }
        #expect(there == content, "\(ending) is torn in round \(round)")
      }
      #expect(try bench.export(["img.xz", "img.zst"]).status == 0)
      for (ending, content) in expected { #expect(try bench.bytes(ending) == content) }
      #expect(bench.fleet.partials() == [])
    }
  }

  @Test func withoutQEMU() throws {
    let bench = try ExportBench()
    #expect(try bench.export([]).status == 0)
    let result = try Program.run(
      ["build", bench.fleet.folder, "one", "--output", bench.output, "--export", "qcow2"],
      environment: bench.fleet.environment.merging(["PATH": "/nowhere"]) { $1 })
    #expect(result.status == 74)
    #expect(result.complaints.contains("qemu-img is not installed"), "\(result.complaints)")
    #expect(result.complaints.contains("qemu-utils"))
  }

  @Test(arguments: [
    ["--export", "img.gz"], ["--imager-manifest"], ["--imager-manifest", "--export", "qcow2"],
  ])
  func wrongWords(_ words: [String]) throws {
    let result = try Program.run(["build", "/nowhere"] + words)
    #expect(result.status == 64, "\(result.complaints)")
    #expect(result.complaints.contains("img.xz"), "\(result.complaints)")
  }

  static let broken: [(name: String, words: String, change: @Sendable (inout Data) -> Void)] = [
    ("cut short", "cut short", { $0.removeLast(1000) }),
    ("without its index", "cut short", { $0 = $0.prefix($0.count - 200) }),
    ("with something behind it", "damaged or cut short", { $0 += Data("garbage!".utf8) }),
    ("with a damaged index", "damaged", { $0[$0.count - 30] ^= 0x10 }),
    ("with a damaged footer", "cut short", { $0[$0.count - 1] ^= 0x10 }),
    ("with a damaged first block", "damaged", { for place in 200..<260 { $0[place] ^= 0x55 } }),
    ("of something else", "no disk image", { _ in }),
  ]

  @Test(arguments: broken.map(\.name)) func packedImagesThatAreBroken(_ name: String) throws {
    let row = try #require(Self.broken.first { $0.name == name })
    let bench = try ExportBench()
    let path = bench.fleet.root.path("broken.img.xz")
    var data = try Data(contentsOf: URL(fileURLWithPath: bench.packed))
    if name == "of something else" {
      try String(repeating: "no image. ", count: 10000).write(
        toFile: bench.fleet.root.path("text"), atomically: true, encoding: .utf8)
      data = Data(try Tool("xz").check(["-c", bench.fleet.root.path("text")]).output)
    }
    row.change(&data)
    try data.write(to: URL(fileURLWithPath: path))
    let result = try Program.run(["inspect", path], environment: bench.fleet.environment)
    #expect(result.status == 65, "\(result.output)\(result.complaints)")
    #expect(result.complaints.contains(row.words), "\(result.complaints)")
    #expect(!result.complaints.contains("should not have happened"))
  }

  /// What has no usable index of blocks works and takes longer; several streams are as one.
  @Test func packedImagesThatAreUnusual() throws {
    let bench = try ExportBench()
    let (root, base) = (bench.fleet.root, bench.fleet.base)
    try Tool("xz").check(["-d", "-k", bench.packed])
    let size = try Data(contentsOf: URL(fileURLWithPath: base)).count
    try Tool("sh").check([
      "-c",
      "head -c 50000000 \"$1\" | xz -0 --block-size=4MiB >\"$2\"; tail -c +50000001 \"$1\" | xz -0 --block-size=4MiB >>\"$2\"",
      "sh", base, root.path("two.img.xz"),
    ])
    let two = try bench.inspect(root.path("two.img.xz"))
    #expect(two.kind == "base" && two.size == size && two.notes == [])
    #expect((two.packed?.decodedBlocks ?? 99) < (two.packed?.blocks ?? 0) / 2)
    try Tool("sh").check(["-c", "xz -0 -T1 <\"$1\" >\"$2\"", "sh", base, root.path("one.img.xz")])
    let one = try bench.inspect(root.path("one.img.xz"))
    #expect(one.kind == "base" && one.size == size && one.packed?.blocks == 1)
    #expect(one.notes.first?.hasPrefix("its one block has 128 MiB") == true, "\(one.notes)")
    try Tool("zip").check(["-q", "-j", root.path("base.zip"), base])
    let zip = try bench.inspect(root.path("base.zip"))
    #expect(zip.kind == "base" && zip.size == size && zip.packed?.format == "zip")
    #expect(zip.notes == ["zip has no index of blocks: all of it was unpacked"])
    try Tool("zip").check(["-q", "-j", root.path("base.zip"), bench.packed])
    let several = try Program.run(
      ["inspect", root.path("base.zip")], environment: bench.fleet.environment)
    #expect(several.status == 65 && several.complaints.contains("more than one file"))
  }
}
