import Foundation
import SugarTestSupport
import Testing

/// The cache while several use it at the same time, and bases that change underneath.
@Suite struct CacheSharingTests {
  /// Builds and exports side by side, and somebody who removes all that he may, again and again: no
  /// build notices, and all make the same bytes.
  @Test func pruningBesideBuilds() async throws {
    let cache = try CacheBench()
    let (fleet, environment) = (cache.fleet.folder, cache.fleet.environment)
    let root = cache.fleet.root.url.path
    let isDone = cache.fleet.root.path("done")
    let (builds, removed) = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
      group.addTask {
        var removed = 0
        while !FileManager.default.fileExists(atPath: isDone) {
          let text = try Program.succeed(["cache", "prune", "--all"], environment: environment)
          removed += text.components(separatedBy: "removed: base").count - 1
        }
        return (0, removed)
      }
      group.addTask {
        let count = try await withThrowingTaskGroup(of: Int.self) { builders in
          for number in 0..<2 {
            builders.addTask {
              for _ in 0..<4 {
                try Program.succeed(
                  [
                    "build", fleet, "one", "--output", "\(root)/out\(number)", "--export", "img.xz",
                    "--export", "img",
                  ], environment: environment)
              }
              return 4
            }
          }
          return try await builders.reduce(0, +)
        }
        _ = FileManager.default.createFile(atPath: isDone, contents: nil)
        return (count, 0)
      }
      return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    }
    #expect(builds == 8)
    #expect(removed > 0, "nothing was ever removed: the test shows nothing")
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
