import Foundation
import SugarTestSupport
import Testing

/// Everything else that can be wrong with what a build is given.
@Suite struct BadInputTests {
  private func expectRefusal(
    _ fleet: SmallFleet, _ words: [String], status: Int32 = 65,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try fleet.build()
    #expect(result.status == status, "\(result.complaints)", sourceLocation: location)
    for word in words {
      #expect(result.complaints.contains(word), "\(result.complaints)", sourceLocation: location)
    }
    #expect(fleet.results() == [], sourceLocation: location)
  }

  @Test func secretsThatWereNotMinted() throws {
    let fleet = try SmallFleet()
    try expectRefusal(fleet, ["they were not minted; run `sugarimage keys \(fleet.folder)`\n"])
  }

  @Test func aMissingOverlayIsShownAtItsPlace() throws {
    let fleet = try SmallFleet(more: "overlays: [nowhere]")
    try fleet.mintWithSoundFleet()
    try expectRefusal(fleet, ["fleet.yaml:", "there is no folder for 'nowhere'", "^", "1 error"])
  }

  /// One run tells everything that is wrong, in all texts.
  @Test func allTextsAtOnce() throws {
    let fleet = try SmallFleet(more: "overlays: [mine, nowhere]\ntimezon: Etc/UTC")
    try fleet.put("files: { /etc/x: { mode: 9 } }", at: "overlays/mine/overlay.yaml")
    try fleet.put("nodes: []", at: "fleet.local.yaml")
    let result = try Program.run(["validate", fleet.folder])
    #expect(result.status == 65)
    for words in [
      "unknown", "timezone", "fleet.local.yaml:1:1", "overlay.yaml:1",
      "there is no folder for 'nowhere'",
    ] {
      #expect(result.output.contains(words), "\(words) is not in:\n\(result.output)")
    }
    let json = try Program.run(["validate", fleet.folder, "--json"])
    #expect(json.status == 65)
    #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
  }

  @Test func anOverlaysLinkMustNotLeaveTheImage() throws {
    let fleet = try SmallFleet(more: "overlays: [mine]")
    try fleet.put("x", at: "overlays/mine/root/etc/file")
    try fleet.keys()
    try FileManager.default.createSymbolicLink(
      atPath: fleet.folder + "/overlays/mine/root/etc/out",
      withDestinationPath: "../../../../etc/passwd")
    try expectRefusal(fleet, ["leaves the root of the image"])
  }

  @Test func anOverlaysFolderMustNotBeALink() throws {
    let fleet = try SmallFleet(more: "overlays: [mine]")
    try fleet.put("", at: "overlays/mine/overlay.yaml")
    try FileManager.default.createSymbolicLink(
      atPath: fleet.folder + "/overlays/mine/root", withDestinationPath: "/etc")
    try fleet.keys()
    try expectRefusal(fleet, ["is not a folder", "out of the overlay"])
  }

  @Test func aPathThatLeavesTheImageThroughTheBasesLinkIsRefused() throws {
    let fleet = try SmallFleet(more: "overlays: [mine]")
    try fleet.put("x", at: "overlays/mine/root/srv/escape/file")
    try Tool("debugfs").check([
      "-w", "-R", "mkdir /srv", "\(fleet.base)?offset=\(SmallBase.rootStart)",
    ])
    try Tool("debugfs").check([
      "-w", "-R", "symlink /srv/escape ../../../outside",
      "\(fleet.base)?offset=\(SmallBase.rootStart)",
    ])
    try fleet.keys()
    try expectRefusal(fleet, ["leaves the root of the image"])
  }

  static func elf(_ machine: UInt8) -> Data {
    Data([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9) + [2, 0, machine, 0])
      + Data(repeating: 7, count: 4096)
  }

  private func withK3s(_ data: Data, sha256: String? = nil) throws -> SmallFleet {
    let fleet = try SmallFleet()
    let path = fleet.root.path("k3s")
    try data.write(to: URL(fileURLWithPath: path))
    let sum = try sha256 ?? Tool.sha256(of: path)
    try fleet.write(cluster: "    k3s: { path: \(path), sha256: \"\(sum)\" }")
    try fleet.keys()
    return fleet
  }

  @Test func k3sForAnotherProcessor() throws {
    try expectRefusal(withK3s(Self.elf(62)), ["x86-64", "k3s-arm64"])
    try expectRefusal(withK3s(Self.elf(40)), ["ARM (32 bit)"])
    try expectRefusal(withK3s(Data("#!/bin/sh\n".utf8)), ["no Linux program"])
  }

  @Test func k3sWithAnotherChecksum() throws {
    try expectRefusal(
      withK3s(Self.elf(183), sha256: String(repeating: "0", count: 64)), ["its sha256 is"])
  }

  @Test func k3sThatIsNotThere() throws {
    let fleet = try SmallFleet(
      cluster: "    k3s: { path: nowhere, sha256: \"\(String(repeating: "0", count: 64))\" }")
    try fleet.keys()
    try expectRefusal(fleet, ["no such file"])
  }

  @Test func aBinaryGoesIntoTheImage() throws {
    let fleet = try withK3s(Self.elf(183))
    let result = try fleet.build(["--export", "img"])
    #expect(result.status == 0, "\(result.complaints)")
    #expect(!result.output.contains("PLACEHOLDER"))
    let image = try ImageFile(path: fleet.output + "/two.img")
    #expect(try image.access("/usr/local/bin/k3s") == "0:0 0755")
    #expect(try image.link("/usr/local/bin/kubectl") == "k3s")
  }

  /// A base without room grows, twice to the same bytes; one that may not grow is refused with numbers.
  @Test func theRootGrowsWhereItMay() throws {
    let large =
      Self.elf(183) + Data((0..<(40 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) })
    let fleet = try withK3s(large)
    let result = try fleet.build(["--export", "img"])
    #expect(result.status == 0, "\(result.complaints)")
    let image = try ImageFile(path: fleet.output + "/one.img")
    #expect(try image.exists("/usr/local/bin/k3s"))
    #expect(fleet.bases().count == 2)
    let first = try Data(contentsOf: URL(fileURLWithPath: fleet.output + "/one.delta"))
    try FileManager.default.removeItem(atPath: fleet.cache)
    try FileManager.default.removeItem(atPath: fleet.output)
    #expect(try fleet.build().status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: fleet.output + "/one.delta")) == first)
    let verified = try Program.run(
      ["verify", fleet.output + "/one.delta"], environment: fleet.environment)
    #expect(verified.status == 0, "\(verified.output)\(verified.complaints)")
    try FileManager.default.removeItem(atPath: fleet.output)
    let text = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    try fleet.put(
      text.replacingOccurrences(of: "size: 8 GiB", with: "size: 256 MiB"), at: "fleet.yaml")
    let refused = try fleet.build()
    #expect(refused.status == 65)
    #expect(
      refused.complaints.contains("more than root.size allows")
        || refused.complaints.contains("size"), "\(refused.complaints)")
    #expect(fleet.results() == [])
  }

  @Test func tokensThatEnd() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let file = fleet.folder + "/secrets/nodes/two/join-token.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    func expire(in days: Double) throws {
      let date = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: days * 86400))
      try text.replacingOccurrences(
        of: #""expires" : "[^"]*""#, with: #""expires" : "\#(date)""#, options: .regularExpression
      )
      .write(toFile: file, atomically: true, encoding: .utf8)
    }
    try expire(in: -1)
    let renewal = "`sugarimage keys \(fleet.folder) --plaintext-keys --renew two`"
    try expectRefusal(fleet, ["join token has expired", renewal])
    try expire(in: 10.5)
    let soon = try fleet.build()
    #expect(soon.status == 0)
    #expect(
      soon.complaints.contains(
        "the join token of two expires in 10 days; renew it with \(renewal)"),
      "\(soon.complaints)")
    try Program.succeed(["keys", fleet.folder, "--plaintext-keys", "--renew", "two"])
    let renewed = try fleet.build()
    #expect(renewed.status == 0 && !renewed.complaints.contains("expires in"))
    let server = try Program.run(["keys", fleet.folder, "--plaintext-keys", "--renew", "one"])
    #expect(server.status == 65 && server.complaints.contains("only agents"))
  }

  @Test func aSecretInTheFleetIsRefusedAndNotRepeated() throws {
    let fleet = try SmallFleet(
      cluster: "    config: { token: K10abcdefabcdef::server:hunter2hunter2 }")
    let result = try fleet.build()
    #expect(result.status == 65)
    #expect(!(result.complaints + result.output).contains("hunter2"))
  }

  @Test(arguments: [
    (["build", "nowhere"], 65, "cannot find 'nowhere/fleet.yaml'"),
    (["build", "FLEET", "four"], 65, "its nodes are one, two, three"),
    (["build", "FLEET", "--cluster", "prod"], 65, "its clusters are dev"),
    (["keys", "FLEET"], 65, "--plaintext-keys"),
    (["keys", "FLEET", "--rotate", "prod"], 64, "authorities"),
    (["build", "FLEET", "--export", "vmdk"], 64, "img"),
    (["fly"], 64, "fly"),
    (["inspect", "FLEET/fleet.yaml"], 65, "no disk image"),
    (["inspect", "FLEET/none.img"], 74, "No such file"),
    (["kubeconfig", "prod", "--fleet", "FLEET"], 65, "its clusters are dev"),
    (["kubeconfig", "dev", "--fleet", "FLEET", "--days", "0"], 64, "--days"),
    (["init", "FLEET", "--from", "dev-single"], 65, "not empty"),
    (["init", "FLEET-new", "--from", "nothing"], 65, "dev-single, sugarkube-3x3"),
  ]) func wrongWords(_ words: [String], _ status: Int32, _ expected: String) throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let result = try Program.run(
      words.map { $0.replacingOccurrences(of: "FLEET", with: fleet.folder) },
      in: fleet.root.url.path,
      environment: fleet.environment)
    #expect(result.status == status, "\(result.complaints)")
    #expect(result.complaints.contains(expected), "\(result.complaints)")
  }
}

extension SmallFleet {
  /// Mints keys although the fleet as it stands has an error.
  fileprivate func mintWithSoundFleet() throws {
    let text = try String(contentsOfFile: folder + "/fleet.yaml", encoding: .utf8)
    try write()
    try keys()
    try text.write(toFile: folder + "/fleet.yaml", atomically: true, encoding: .utf8)
  }
}
