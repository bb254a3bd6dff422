import Foundation
import SugarTestSupport
import Testing

/// The STAND-IN for k3s, before anybody relies on it.
@Suite struct StandInTests {
  private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  @Test("three of it make a cluster on this machine, and refuse what k3s refuses")
  func aSmallCluster() throws {
    let answer = try Tool("python3").run([Self.repository + "/Tests/StandIn/check.py"])
    #expect(answer.status == 0, "\(answer.complaints)")
    #expect(answer.complaints.contains("Ran 6 tests"), "\(answer.complaints)")
  }

  @Test("the program for arm64 is the same bytes twice, and says what it is")
  func theProgram() throws {
    let folder = try TemporaryDirectory()
    var digests: [String] = []
    var path = ""
    for name in ["one", "two"] {
      path = try Tool("env").check([
        "XDG_CACHE_HOME=\(folder.path(name))", Self.repository + "/scripts/k3s-stand-in",
      ]).text.trimmingCharacters(in: .newlines)
      digests.append(try Tool.sha256(of: path))
    }
    #expect(digests[0] == digests[1])
    let told = try Tool("qemu-aarch64-static").check([path, "--version"]).text
    #expect(told == "k3s version v1.33.5+k3s1 (STAND-IN)\nSTAND-IN, not k3s\n")
  }
}
