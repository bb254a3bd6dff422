import Foundation
import SugarTestSupport
import Testing

/// A fleet with a packed base that was built and exported once, and what `cache` says of its cache.
struct CacheBench {
  let bench: ExportBench
  var fleet: SmallFleet { bench.fleet }
  var folder: String { fleet.cache + "/sugarimage" }

  init() throws {
    bench = try ExportBench()
    _ = try bench.exports(["img.xz"])
  }

  struct Entry: Decodable {
    var kind: String
    var path: String
    var name: String
    var os: String?
    var sizeOnDisk: Int
    var lastUsed: Date
    var inUse: Bool
    var note: String?
    var kept: String?
  }

  struct Pruned: Decodable {
    var dryRun: Bool
    var freed: Int
    var removed: [Entry]
    var kept: [Entry]
  }

  private func decode<T: Decodable>(_ words: [String], as type: T.Type) throws -> T {
    let text = try Program.succeed(
      ["cache"] + words + ["--json"], environment: fleet.environment)
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(type, from: Data(text.utf8))
  }

  func list() throws -> [Entry] {
    struct Listing: Decodable { var entries: [Entry] }
    return try decode(["list"], as: Listing.self).entries
  }

  func prune(_ words: [String] = []) throws -> Pruned {
    try decode(["prune"] + words, as: Pruned.self)
  }

  /// The names of everything below the cache, hidden ones too.
  func names() throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: folder))
  }

  func put(_ name: String, _ text: String = "x") throws {
    let file = URL(fileURLWithPath: folder + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  /// As if no run had begun to use anything for so many days.
  func age(days: Int) throws {
    let date = Date(timeIntervalSinceNow: -Double(days) * 86400)
    for name in try names() where name.contains("/.use-") || name.hasSuffix(".partial") {
      try FileManager.default.setAttributes(
        [.modificationDate: date], ofItemAtPath: folder + "/" + name)
    }
  }
}

/// What `cache list` and `cache prune` say and do.
@Suite struct CacheTests {
  @Test func everythingIsListed() throws {
    let cache = try CacheBench()
    try cache.put("agent-sdk/1/file")
    try cache.put("flash/0123.journal")
    let entries = try cache.list()
    let kinds = entries.map(\.kind)
    #expect(kinds == ["base", "pieces", "journal", "other"], "\(entries)")
    #expect(entries[0].name == "base.img.xz" && entries[1].name == "of base.img.xz")
    #expect(entries[0].os == "Debian GNU/Linux 13 (trixie)")
    #expect(entries[3].note == "kept by scripts/agent-sdk")
    #expect(entries.allSatisfy { !$0.inUse && $0.sizeOnDisk > 0 })
    #expect(entries[0].lastUsed.timeIntervalSinceNow > -600)
    let disk = try Tool("du").check(["-s", "-B1", entries[0].path]).text.split(separator: "\t")
    #expect(Int(disk[0]) == entries[0].sizeOnDisk)
    let text = try Program.succeed(["cache", "list"], environment: cache.fleet.environment)
    #expect(text.contains("base.img.xz") && text.contains("today"), "\(text)")
  }

  @Test func anEmptyCache() throws {
    let folder = try TemporaryDirectory()
    let environment = ["XDG_CACHE_HOME": folder.path("none")]
    let text = try Program.succeed(["cache", "list"], environment: environment)
    #expect(text == "nothing is in '\(folder.path("none"))/sugarimage'\n")
    #expect(try Program.run(["cache", "prune"], environment: environment).status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("none")))
  }

  /// Use is what a run notes, not what anybody reads: neither looking nor a file's time of access counts.
  @Test func whatIsOldIsWhatNoRunUsed() throws {
    let cache = try CacheBench()
    try cache.age(days: 40)
    let base = try #require(try cache.list().first)
    try Tool("touch").check(["-a", base.path, base.path + "/image.raw"])
    #expect(try cache.list().first?.lastUsed == base.lastUsed)
    #expect(try cache.prune(["--older-than", "41d"]).removed.isEmpty)
    let before = try cache.names()
    let planned = try cache.prune(["--dry-run"])
    #expect(planned.dryRun && planned.removed.map(\.kind) == ["base", "pieces"])
    #expect(try cache.names() == before, "a dry run changed something")
    // A build uses the base, an export of raw images no packed blocks.
    #expect(try cache.bench.export([]).status == 0)
    let done = try cache.prune()
    #expect(done.removed.map(\.kind) == ["pieces"] && done.kept.map(\.kind) == ["base"])
    #expect(done.freed == done.removed[0].sizeOnDisk && done.freed > 0)
    for words in [["verify", cache.bench.path("delta")], ["plan", cache.fleet.folder]] {
      try cache.age(days: 40)
      #expect(try Program.run(words, environment: cache.fleet.environment).status == 0)
      #expect(
        try (cache.list().first?.lastUsed.timeIntervalSinceNow ?? -1e9) > -600,
        "\(words[0]) does not count as use")
    }
  }

  @Test func whatARunUsesStays() throws {
    let cache = try CacheBench()
    let base = try #require(try cache.list().first)
    let use = cache.folder + "/bases/.use-" + URL(fileURLWithPath: base.path).lastPathComponent
    let holder = Process()
    holder.executableURL = URL(fileURLWithPath: try Tool("flock").path)
    holder.arguments = ["--shared", "--no-fork", use, "sleep", "60"]
    try holder.run()
    defer { kill(holder.processIdentifier, SIGKILL) }
    for _ in 0..<50 where try cache.list().first?.inUse == false { usleep(100_000) }
    #expect(try cache.list().first?.inUse == true)
    let pruned = try cache.prune(["--all"])
    #expect(pruned.removed.map(\.kind) == ["pieces"])
    #expect(pruned.kept.first?.kept == "in use")
    // Another run uses it beside that one.
    #expect(try cache.bench.export([]).status == 0)
    kill(holder.processIdentifier, SIGKILL)
    holder.waitUntilExit()
    #expect(try cache.prune(["--all"]).removed.map(\.kind) == ["base"])
  }

  @Test func whatKilledRunsLeftGoesAndNothingElseDoes() throws {
    let cache = try CacheBench()
    let digest = String(repeating: "ab", count: 32)
    let leftovers = [
      "bases/.partial-\(digest)/image.raw", "bases/.pruned-\(digest)-grown-7/chunks",
      "pieces/.\(digest)-1-2.partial", "flash/.blocks", "flash/.unpacked",
      "firmware/.\(digest).partial",
    ]
    let others = [
      "flash/0123.journal", "agent-sdk/92a4/sysroot/file", "reference-base/x", "bases/mine/file",
      "downloads/notes.txt", "somebody.txt",
    ]
    let download = "downloads/.\(digest).partial"
    for name in leftovers + others + [download] { try cache.put(name) }
    let pruned = try cache.prune()
    #expect(pruned.removed.count == leftovers.count, "\(pruned.removed)")
    let left = try cache.names()
    for name in leftovers { #expect(!left.contains(name), "\(name)") }
    // `fetch` goes on with it.
    #expect(left.isSuperset(of: others + [download]))
    try cache.age(days: 31)
    #expect(try cache.prune().removed.contains { $0.kind == "partialDownload" })
    _ = try cache.prune(["--all"])
    let rest = try cache.names()
    #expect(rest.isSuperset(of: others))
    #expect(!rest.contains { $0.contains("/.use-") || $0.contains("/.lock-") })
    #expect(rest.filter { $0.hasSuffix(".lock") } == ["unpacking.lock"])
    // Everything is made again.
    #expect(try cache.bench.export(["img.xz"]).status == 0)
  }

  @Test func aDownloadIsNamedAndUsedWithItsBase() throws {
    let cache = try CacheBench()
    let sha256 = try Tool.sha256(of: cache.bench.packed)
    try cache.fleet.write(
      base: "imageURL: file://\(cache.bench.packed)\n  sha256: \"\(sha256)\"")
    try Program.succeed(["fetch", cache.fleet.folder], environment: cache.fleet.environment)
    let download = try #require(try cache.list().first { $0.kind == "download" })
    #expect(download.name == "base.img.xz")
    try cache.age(days: 40)
    #expect(try cache.bench.export([]).status == 0)
    #expect(try cache.prune().removed.map(\.kind) == ["pieces"])
  }

  @Test(arguments: [
    ["prune", "--older-than", "30"], ["prune", "--older-than", "-1d"],
    ["prune", "--older-than", "3y"], ["prune", "--all", "--older-than", "3d"], ["empty"],
  ])
  func wrongWords(_ words: [String]) throws {
    #expect(try Program.run(["cache"] + words).status == 64)
  }
}
