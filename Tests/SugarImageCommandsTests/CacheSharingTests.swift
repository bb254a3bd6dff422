import Foundation
import SugarTestSupport
import Testing

/// The cache while several use it at the same time, and bases that change underneath.
@Suite struct CacheSharingTests {
  /// Starts a shell that runs the program again and again; `$SUGAR` is the program.
  private func start(_ script: String, _ words: [String], _ cache: CacheBench, log: String) throws
    -> Process
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-e", "-c", script, "sh"] + words
    process.environment = ProcessInfo.processInfo.environment.merging(cache.fleet.environment) {
      $1
    }
    .merging(["SUGARIMAGE_SHARE": Program.repository, "SUGAR": Program.path]) { $1 }
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    process.standardError = process.standardOutput
    try process.run()
    return process
  }

  /// Builds and exports side by side, and somebody who removes all that he may, again and again: no
  /// build notices, and all make the same bytes.
  @Test func pruningBesideBuilds() throws {
    let cache = try CacheBench()
    let (root, isDone) = (cache.fleet.root.url.path, cache.fleet.root.path("done"))
    let pruning = try start(
      "while [ ! -e \"$1\" ]; do \"$SUGAR\" cache prune --all; done", [isDone], cache,
      log: root + "/prune.log")
    defer { kill(pruning.processIdentifier, SIGKILL) }
    let builds = try (0..<2).map { number in
      try start(
        "for i in 1 2 3 4; do \"$SUGAR\" build \"$1\" one --output \"$2\" --export img.xz --export img; done",
        [cache.fleet.folder, "\(root)/out\(number)"], cache, log: "\(root)/build\(number).log")
    }
    for (number, build) in builds.enumerated() {
      build.waitUntilExit()
      let log = try String(contentsOfFile: "\(root)/build\(number).log", encoding: .utf8)
      #expect(build.terminationStatus == 0, "\(log)")
    }
    _ = FileManager.default.createFile(atPath: isDone, contents: nil)
    pruning.waitUntilExit()
    let removed = try String(contentsOfFile: root + "/prune.log", encoding: .utf8)
    #expect(pruning.terminationStatus == 0, "\(removed)")
    #expect(removed.contains("removed: base"), "nothing was removed, so the test shows nothing")
    for number in 0..<2 {
      for ending in ["delta", "img.xz"] {
        #expect(
          try Data(contentsOf: URL(fileURLWithPath: "\(root)/out\(number)/one.\(ending)"))
            == cache.bench.bytes(ending), "\(ending)")
      }
    }
    #expect(try cache.prune(["--all"]).kept.map(\.kind) == [])
    #expect(try cache.names().isSubset(of: ["bases", "pieces", "digests"]))
  }

  /// The fleet pins a digest: what was prepared of it is right whatever stands in the file's place now.
  @Test func theBaseIsReplacedAfterItWasPrepared() throws {
    let cache = try CacheBench()
    let before = try cache.bench.bytes("delta")
    try Data("another release".utf8).write(to: URL(fileURLWithPath: cache.bench.packed))
    let result = try cache.bench.export([])
    #expect(result.status == 0, "\(result.complaints)")
    #expect(try cache.bench.bytes("delta") == before)
  }

  /// A base that is not what the fleet pins is refused, and what the cache holds stays as it was.
  @Test func theBaseIsReplacedBeforeItWasPrepared() throws {
    let cache = try CacheBench()
    let before = try cache.list().map(\.path)
    let sha256 = String(repeating: "cd", count: 32)
    try cache.fleet.write(base: "path: \(cache.bench.packed)\n  sha256: \(sha256)")
    let result = try cache.bench.export([])
    #expect(result.status == 65)
    #expect(result.complaints.contains("the fleet says \(sha256)"), "\(result.complaints)")
    #expect(try cache.list().map(\.path) == before)
    try cache.bench.pin(cache.bench.packed)
    #expect(try cache.bench.export([]).status == 0)
  }

  /// Two readings of a file that is being written are of two files: neither counts.
  @Test func theBaseIsWrittenWhileItIsUnpacked() throws {
    let cache = try CacheBench()
    try Tool("xz").check(["-d", "-k", cache.bench.packed])
    try cache.bench.pin(cache.fleet.base)
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/bin/sh")
    writer.arguments = ["-c", "while :; do touch -m \"$1\"; done", "sh", cache.fleet.base]
    try writer.run()
    defer { kill(writer.processIdentifier, SIGKILL) }
    let result = try cache.bench.export([])
    kill(writer.processIdentifier, SIGKILL)
    writer.waitUntilExit()
    #expect(result.status == 65, "\(result.complaints)")
    #expect(result.complaints.contains("changed while it was unpacked"), "\(result.complaints)")
    #expect(cache.fleet.bases().count == 1 && cache.fleet.partials() == [])
    #expect(try cache.bench.export([]).status == 0)
    #expect(cache.fleet.bases().count == 2)
  }
}
