import Foundation
import SugarTestSupport
import Testing

/// `plan` as a difference, from what stands built, from another node, and from images, as scripts use
/// it.
@Suite struct PlanDifferenceTests {
  private let fleet: SmallFleet

  init() throws {
    fleet = try SmallFleet(more: "overlays: [mine]\nmodules: [i2c-dev]")
    try fleet.put("greeting: hello\n", at: "overlays/mine/root/etc/mine.conf")
    try fleet.put("password=canary-of-mine\n", at: "overlays/mine/root/etc/mine.key")
    try fleet.put(
      "files:\n  - { path: /etc/mine.key, mode: \"0640\" }\n", at: "overlays/mine/overlay.yaml")
    try fleet.keys()
  }

  private func plan(_ words: [String]) throws -> Program.Result {
    try Program.run(["plan", fleet.folder] + words, environment: fleet.environment)
  }

  /// The same, as text and as JSON; neither shows a secret.
  private func difference(
    _ words: [String], status: Int32
  ) throws -> (text: String, json: [Difference]) {
    let text = try plan(words)
    #expect(text.status == status, "\(text.complaints)\(text.output)")
    let json = try plan(words + ["--json"])
    #expect(json.status == status)
    for result in [text, json, try plan(words + ["--contents"])] {
      try checkSecrecy(result.output + result.complaints)
    }
    return (text.output, try JSONDecoder().decode([Difference].self, from: Data(json.output.utf8)))
  }

  struct Difference: Decodable {
    struct Entry: Decodable {
      var kind: String
      var mode: String?
      var owner: String?
      var size: Int?
      var sha256: String?
      var secret: String?
      var sha256Start: String?
      var target: String?
    }
    struct File: Decodable {
      var path: String
      var change: String
      var before: Entry?
      var after: Entry?
      var diff: [String]
    }
    struct Fact: Decodable, Equatable {
      var name: String
      var before: String?
      var after: String?
    }
    var node: String
    var changed: Bool
    var facts: [Fact]
    var files: [File]
    var unchanged: Int
    var notes: [String]

    subscript(path: String) -> File? { files.first { $0.path == path } }
    func paths(_ change: String) -> [String] { files.filter { $0.change == change }.map(\.path) }
  }

  /// No line of a secret of the fleet, and no whole digest of one.
  private func checkSecrecy(_ text: String) throws {
    #expect(!text.contains("canary"), "\(text)")
    let secrets = URL(fileURLWithPath: fleet.folder + "/secrets")
    let files = FileManager.default.enumerator(at: secrets, includingPropertiesForKeys: nil)
    var checked = 0
    while let file = files?.nextObject() as? URL {
      guard !file.hasDirectoryPath, !["pub", "crt"].contains(file.pathExtension),
        !["machine-id", ".gitignore", ".lock"].contains(file.lastPathComponent)
      else { continue }
      checked += 1
      let bytes = try Data(contentsOf: file)
      let digest = try Tool.sha256(of: file.path)
      #expect(!text.contains(digest), "\(file.path)")
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      for line in lines where line.count > 8 && !line.hasPrefix("-----") {
        // The public half of a host key is in the private one's file, too.
        if text.contains(line) { #expect(isPublic(line), "\(file.path)") }
      }
    }
    #expect(checked > 10)
  }

  private func isPublic(_ line: Substring) -> Bool {
    ["one", "two", "three"].contains { node in
      ["ed25519", "ecdsa"].contains { kind in
        let file = "\(fleet.folder)/secrets/nodes/\(node)/ssh_host_\(kind)_key.pub"
        return (try? String(contentsOfFile: file, encoding: .utf8).contains(line)) == true
      }
    }
  }

  private func edit(_ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    #expect(text.contains(old))
    try fleet.put(text.replacingOccurrences(of: old, with: new), at: "fleet.yaml")
  }

  @Test func fromTheLastBuild() throws {
    #expect(try fleet.run().status == 0)
    let words = ["two", "--diff", "--output", fleet.output]
    let same = try difference(words, status: 0)
    #expect(same.text.hasPrefix("two is the same as its last build, '\(fleet.output)/two.delta': "))
    #expect(same.json.count == 1 && same.json.first?.changed == false)
    #expect(same.json.first?.files.isEmpty == true && same.json.first?.facts == [])

    try edit("overlays: [mine]\nmodules: [i2c-dev]", "overlays: [mine]\ntimezone: Europe/Zurich")
    try edit("10.1.1.13", "10.1.1.14")
    try fleet.put("greeting: goodbye\n", at: "overlays/mine/root/etc/mine.conf")
    try fleet.put("password=canary-of-yours\n", at: "overlays/mine/root/etc/mine.key")
    try fleet.put("new\n", at: "overlays/mine/root/etc/new.conf")
    try fleet.put("\0\u{1}", at: "overlays/mine/root/etc/new.bin")
    let password = fleet.folder + "/secrets/nodes/two/node-password"
    let before = try Tool.sha256(of: password)
    try (String(repeating: "ca", count: 16) + "\n").write(
      toFile: password, atomically: false, encoding: .utf8)
    let after = try Tool.sha256(of: password)
    let changed = try difference(words, status: 2)
    let result = try #require(changed.json.first)
    #expect(result.changed)
    #expect(result.facts.map(\.name) == ["plan"])
    #expect(result.paths("added") == ["/etc/new.bin", "/etc/new.conf"])
    #expect(result.paths("removed") == ["/etc/modules-load.d/sugarimage.conf"])
    #expect(
      result.paths("changed") == [
        "/boot/firmware/sugarimage/identity.json", "/etc/hosts", "/etc/localtime", "/etc/mine.conf",
        "/etc/mine.key", "/etc/rancher/node/password", "/etc/sugaragent/identity.json",
        "/etc/timezone", "/var/lib/cloud/seed/nocloud/meta-data",
      ])
    #expect(result.unchanged > 40)
    #expect(
      result["/etc/mine.conf"]?.diff == ["@@ -1 +1 @@", "-greeting: hello", "+greeting: goodbye"])
    #expect(result["/etc/hosts"]?.diff.contains("+10.1.1.14\tthree.small.home.arpa three") == true)
    #expect(result["/etc/localtime"]?.after?.target == "/usr/share/zoneinfo/Europe/Zurich")
    #expect(result["/etc/new.bin"]?.after?.size == 2 && result["/etc/new.bin"]?.diff == [])
    let key = try #require(result["/etc/mine.key"])
    #expect(key.diff == [] && key.after?.secret == "a file of the fleet" && key.after?.size == nil)
    let secret = try #require(result["/etc/rancher/node/password"])
    #expect(secret.before?.sha256Start == "\(before.prefix(6))")
    #expect(secret.after?.sha256Start == "\(after.prefix(6))")
    #expect(secret.after?.sha256 == nil && secret.diff == [])
    for line in [
      "  + /etc/new.conf  0644 root 4 B  (overlay mine)\n",
      "  - /etc/modules-load.d/sugarimage.conf  0644 root 8 B\n",
      "  ~ /etc/mine.conf  (overlay mine)\n      @@ -1 +1 @@\n      -greeting: hello\n",
      "<hidden: node password of two>  sha256:\(before.prefix(6))… → \(after.prefix(6))…",
      "\n2 added, 9 changed, 1 removed, \(result.unchanged) the same\n",
    ] { #expect(changed.text.contains(line), "\(line) in \(changed.text)") }

    // Once built, nothing is different.
    #expect(try fleet.run().status == 0)
    _ = try difference(words, status: 0)
  }

  /// Files of the fleet may be secret; settings that follow from its text are not, also where only
  /// root may read them.
  @Test func whatIsNotWantedAnyMore() throws {
    try edit("10.43.0.0/16\n", "10.43.0.0/16\n    labels: { color: blue }\n")
    #expect(try fleet.run().status == 0)
    try edit("    labels: { color: blue }\n", "")
    try FileManager.default.removeItem(atPath: fleet.folder + "/overlays/mine/root/etc/mine.key")
    try fleet.put("", at: "overlays/mine/overlay.yaml")
    let result = try difference(["two", "--diff", "--output", fleet.output], status: 2)
    let json = try #require(result.json.first)
    #expect(json.paths("removed") == ["/etc/mine.key"])
    #expect(json["/etc/mine.key"]?.before?.secret == "a file that not everybody may read")
    #expect(json["/etc/mine.key"]?.before?.sha256 == nil && json["/etc/mine.key"]?.diff == [])
    let settings = try #require(json["/etc/rancher/k3s/config.yaml"]).diff
    #expect(settings.suffix(2) == ["-node-label:", "-  - \"color=blue\""], "\(settings)")
  }

  /// What was never built is compared with the base that it is made of.
  @Test func fromTheBase() throws {
    let result = try difference(["two", "--diff", "--output", fleet.output], status: 2)
    #expect(result.text.hasPrefix("two, different from its base; it was not built yet in"))
    let json = try #require(result.json.first)
    #expect(json.facts.map(\.name) == ["disk id"])
    #expect(json["/boot/firmware/cmdline.txt"]?.diff.count == 3)
    #expect(json["/boot/firmware/user-data"]?.change == "removed")
    #expect(json["/etc/rancher/k3s/token"]?.after?.secret == "join token of two")
    // Hashes of passwords may stand there.
    #expect(json["/etc/shadow"]?.diff == [])
    #expect(json["/etc/passwd"]?.diff.contains("-pi:x:1000:1000::/home/pi:/bin/bash") == true)
  }

  @Test func fromAnotherNode() throws {
    let result = try difference(["two", "three", "--against-node", "three"], status: 2)
    #expect(result.json.map(\.node) == ["two"])
    let json = try #require(result.json.first)
    #expect(
      json.facts.map(\.name) == ["node", "disk id", "plan"]
        && json.facts.first == .init(name: "node", before: "three", after: "two"))
    #expect(json["/etc/hostname"]?.diff == ["@@ -1 +1 @@", "-three", "+two"])
    #expect(json["/etc/rancher/k3s/token"]?.diff == [])
    #expect(json["/etc/ssh/ssh_host_ecdsa_key.pub"]?.diff.count == 3)
    #expect(!result.text.contains("holds a secret"))
    #expect(json["/etc/mine.conf"] == nil && json.paths("added") == [])
    // An agent has none of what makes a server.
    let server = try difference(["one", "--against-node", "two"], status: 2)
    let tls = "/var/lib/rancher/k3s/server/tls/server-ca.key"
    #expect(server.json.first?[tls]?.change == "added")
    #expect(server.json.first?[tls]?.after?.secret == "server-ca.key of cluster dev")
    let nobody = try plan(["one", "--against-node", "nobody"])
    #expect(nobody.status == 65 && nobody.complaints.contains("cannot find 'nobody'"))
    let itself = try plan(["one", "--against-node", "one"])
    #expect(itself.status == 65 && itself.complaints.contains("cannot compare 'one' with itself"))
  }

  @Test(arguments: [
    ["--diff", "--against", "x"], ["--against", "x", "--against-node", "one"],
    ["--diff", "--against-node", "one"],
  ])
  func wordsThatExcludeEachOther(_ words: [String]) throws {
    #expect(try plan(words).status == 64)
  }
}
