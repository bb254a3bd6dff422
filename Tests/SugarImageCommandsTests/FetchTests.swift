import Foundation
import SugarTestSupport
import Testing

/// Bringing the base: over TLS on loopback, from servers that behave and from others.
@Suite struct FetchTests {
  /// A fleet whose base is what `server` gives, and the digest of that.
  private struct Scene {
    let fleet: SmallFleet
    let server: FileServer
    let sha256: String
    var environment: [String: String] {
      fleet.environment.merging(["SSL_CERT_FILE": server.certificate]) { $1 }
    }
    var download: String { fleet.cache + "/sugarimage/downloads/" + sha256 }
    var partial: String { fleet.cache + "/sugarimage/downloads/." + sha256 + ".partial" }

    init(_ behaviour: String, sha256 wanted: String? = nil) throws {
      fleet = try SmallFleet()
      try Tool("xz").check(["-0", "-f", "-k", fleet.base])
      let file = fleet.base + ".xz"
      server = try FileServer(file, behaviour: behaviour, in: fleet.root)
      sha256 = try wanted ?? Tool.sha256(of: file)
      try fleet.write(base: "imageURL: \(server.url)\n  sha256: \"\(sha256)\"")
    }

    func fetch() throws -> Program.Result {
      try Program.run(["fetch", fleet.folder], environment: environment)
    }
  }

  @Test func itIsFetchedOnceAndThenBuilt() throws {
    let scene = try Scene("good")
    try scene.fleet.keys()
    #expect(try scene.fleet.build().status == 65)
    let first = try scene.fetch()
    #expect(first.status == 0, "\(first.complaints)")
    #expect(first.output.contains("fetched: base.img.xz"))
    let second = try scene.fetch()
    #expect(second.output.contains("already here"))
    #expect(scene.server.requests == ["-"])
    let built = try scene.fleet.build()
    #expect(built.status == 0, "\(built.complaints)")
    #expect(scene.server.requests == ["-"], "build asked the network")
  }

  @Test func aBrokenConnectionGoesOnWhereItStopped() throws {
    let scene = try Scene("cut")
    let result = try scene.fetch()
    #expect(result.status == 0, "\(result.complaints)")
    #expect(scene.server.requests.count > 1)
    #expect(
      scene.server.requests.dropFirst().allSatisfy { $0.hasPrefix("bytes=") && $0 != "bytes=0-" })
    #expect(FileManager.default.fileExists(atPath: scene.download))
  }

  @Test func aKilledRunGoesOnWhereItStopped() throws {
    let scene = try Scene("good")
    let whole = try Data(contentsOf: URL(fileURLWithPath: scene.fleet.base + ".xz"))
    try FileManager.default.createDirectory(
      atPath: scene.fleet.cache + "/sugarimage/downloads", withIntermediateDirectories: true)
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: scene.partial))
    let result = try scene.fetch()
    #expect(result.status == 0, "\(result.complaints)")
    #expect(scene.server.requests == ["bytes=\(whole.count / 2)-"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: scene.download)) == whole)
  }

  @Test func aServerWithoutRangesStartsAgain() throws {
    let scene = try Scene("no-ranges")
    try FileManager.default.createDirectory(
      atPath: scene.fleet.cache + "/sugarimage/downloads", withIntermediateDirectories: true)
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: scene.partial))
    let result = try scene.fetch()
    #expect(result.status == 0, "\(result.complaints)")
  }

  @Test func whatAnEarlierRunLeftMayBeWrong() throws {
    let scene = try Scene("good")
    try FileManager.default.createDirectory(
      atPath: scene.fleet.cache + "/sugarimage/downloads", withIntermediateDirectories: true)
    let size = try Data(contentsOf: URL(fileURLWithPath: scene.fleet.base + ".xz")).count
    try Data(repeating: 9, count: size + 10).write(to: URL(fileURLWithPath: scene.partial))
    let result = try scene.fetch()
    #expect(result.status == 0, "\(result.complaints)")
  }

  @Test func anotherFileThanThePinnedOneIsThrownAway() throws {
    let scene = try Scene("good", sha256: String(repeating: "ab", count: 32))
    let result = try scene.fetch()
    #expect(result.status == 65)
    #expect(result.complaints.contains("the fleet says abab"), "\(result.complaints)")
    #expect(!FileManager.default.fileExists(atPath: scene.download))
    #expect(!FileManager.default.fileExists(atPath: scene.partial))
  }

  @Test func aServerThatIsNotTrustedGetsNothing() throws {
    let scene = try Scene("good")
    let result = try Program.run(
      ["fetch", scene.fleet.folder], environment: scene.fleet.environment)
    #expect(result.status == 74, "\(result.complaints)")
    #expect(scene.server.requests == [])
  }

  @Test(arguments: [("404", Int32(65)), ("500", Int32(74))])
  func aServerThatRefuses(_ behaviour: String, _ status: Int32) throws {
    let scene = try Scene(behaviour)
    let result = try scene.fetch()
    #expect(result.status == status, "\(result.complaints)")
    #expect(result.complaints.contains("the server answered \(behaviour)"), "\(result.complaints)")
  }

  @Test func fromAFile() throws {
    let scene = try Scene("good")
    try scene.fleet.write(
      base: "imageURL: file://\(scene.fleet.base).xz\n  sha256: \"\(scene.sha256)\"")
    let result = try scene.fetch()
    #expect(result.status == 0, "\(result.complaints)")
    #expect(scene.server.requests == [])
    try scene.fleet.keys()
    #expect(try scene.fleet.build().status == 0)
  }
}
