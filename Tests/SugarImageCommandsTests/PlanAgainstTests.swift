import Foundation
import SugarTestSupport
import Testing

/// `plan --against`: a definition compared with what somebody has in his hands.
@Suite struct PlanAgainstTests {
  private let fleet: SmallFleet

  init() throws {
    fleet = try SmallFleet()
    try fleet.keys()
    let built = try fleet.run(["two", "--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
  }

  private var image: String { fleet.output + "/two.img" }

  private func plan(_ words: [String]) throws -> Program.Result {
    try Program.run(["plan", fleet.folder] + words, environment: fleet.environment)
  }

  private func difference(
    _ words: [String], status: Int32 = 2
  ) throws -> PlanDifferenceTests.Difference {
    let result = try plan(words + ["--json"])
    #expect(result.status == status, "\(result.complaints)")
    return try #require(
      JSONDecoder().decode([PlanDifferenceTests.Difference].self, from: Data(result.output.utf8))
        .first)
  }

  /// As built: whole, packed, as a delta and as a disk there is nothing to say, and the node is told
  /// by the image.
  @Test func whatWasBuiltIsTheSame() throws {
    try Tool("xz").check(["-0", "-k", "--block-size=4MiB", image])
    try Tool("gzip").check(["-1", "-k", image])
    let folder = try TemporaryDirectory()
    let disk = try LoopDisk(folder, serial: nil, file: image)
    defer { disk.detach() }
    for path in [image, image + ".xz", image + ".gz", fleet.output + "/two.delta", disk.path] {
      let text = try plan(["--against", path])
      #expect(text.status == 0, "\(path): \(text.complaints)\(text.output)")
      #expect(text.output.hasPrefix("two is the same as '\(path)', two, generation 1: "))
      #expect(text.output.contains("a running node changes") == !path.hasSuffix("delta"))
    }
    let gzip = try difference(["--against", image + ".gz"], status: 0)
    #expect(gzip.notes.contains { $0.contains("gzip has no index of blocks") })
  }

  /// Another definition than the one that the image was built of.
  @Test func anotherGeneration() throws {
    let file = fleet.folder + "/fleet.yaml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try fleet.put(
      text.replacingOccurrences(
        of: "domain: small.home.arpa", with: "domain: small.home.arpa, generation: 2"),
      at: "fleet.yaml")
    let result = try difference(["--against", image])
    // The manifest beside the image says what it was planned as; a copy elsewhere has none.
    #expect(result.facts.map(\.name) == ["generation", "disk id", "plan"])
    #expect(result.facts.first == .init(name: "generation", before: "1", after: "2"))
    let copy = fleet.root.path("copy.img")
    try Tool("cp").check(["--sparse=always", image, copy])
    #expect(try difference(["--against", copy]).facts.map(\.name) == ["generation", "disk id"])
    #expect(try difference(["one", "--against", copy]).facts.first?.name == "node")
  }

  /// Whatever was done to a card is seen, file by file, and no secret of it.
  @Test func whatWasChangedByHand() throws {
    let card = fleet.root.path("card.img")
    try Tool("cp").check(["--sparse=always", image, card])
    let found = try ImageFile(path: card)
    let token = try String(
      contentsOfFile: fleet.folder + "/secrets/nodes/two/node-password", encoding: .utf8)
    try put(try found.boot("cmdline.txt") + "quiet\n# \(token)", boot: "cmdline.txt", found)
    let settings = try found.root("/etc/rancher/k3s/config.yaml")
    try put(
      settings + "node-ip: \"10.9.9.9\"\nmine: canary-of-settings\n",
      root: "/etc/rancher/k3s/config.yaml", found)
    try put("root:$y$j9T$canary$hash:1::::::\n", root: "/etc/shadow", found, mode: "0100640")
    try put("K10canary::node:canary-of-token\n", root: "/etc/rancher/k3s/token", found)
    try put("two \u{1B}[31m canary\n", root: "/etc/hostname", found, mode: "0100644")
    try debugfs(
      [
        "rm /etc/timezone", "rm /etc/localtime", "symlink /etc/localtime /usr/share/zoneinfo/Mars",
        "set_inode_field /etc/hosts mode 0100600", "set_inode_field /etc/hosts uid 1000",
        "rm /etc/machine-id", "mkdir /etc/machine-id",
      ], found)
    let result = try difference(["--against", card])
    #expect(result.facts == [])
    #expect(result.paths("added") == ["/etc/timezone"])
    #expect(result.paths("access") == ["/etc/hosts"])
    #expect(
      result.paths("changed") == [
        "/boot/firmware/cmdline.txt", "/etc/hostname", "/etc/localtime", "/etc/machine-id",
        "/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/token", "/etc/shadow",
      ])
    #expect(
      result["/boot/firmware/cmdline.txt"]?.diff.suffix(2) == [
        "-quiet", "-<hidden: it holds a secret>",
      ])
    let k3s = try #require(result["/etc/rancher/k3s/config.yaml"]).diff
    #expect(
      k3s.suffix(2) == ["-node-ip: \"10.9.9.9\"", "-<hidden: a line that the plan does not have>"])
    #expect(result["/etc/rancher/k3s/token"]?.before?.secret == "join token of two")
    #expect(result["/etc/shadow"]?.before?.secret == "passwords of accounts")
    #expect(result["/etc/machine-id"]?.before?.kind == "folder")
    #expect(result["/etc/hosts"]?.before?.owner == "1000:0")
    for more in [[], ["--json"], ["--contents"]] {
      let text = try plan(["--against", card] + more)
      let lines = text.output.replacingOccurrences(of: "canary\n", with: "\n")
      #expect(!(lines + text.complaints).contains("canary-of"), "\(lines)")
      #expect(!text.output.contains("j9T") && !text.output.contains("\u{1B}"))
      #expect(!text.output.contains(token.dropLast(1)))
    }
  }

  /// Somebody else's image has no node, and none of its files is ours.
  @Test func aBaseIsOfNoNode() throws {
    let refused = try plan(["--against", fleet.base])
    #expect(refused.status == 65 && refused.complaints.contains("is of no node"))
    let result = try difference(["two", "--against", fleet.base])
    #expect(result.facts.map(\.name) == ["disk id"])
    #expect(result["/etc/sugaragent/identity.json"]?.change == "added")
  }

  @Test func whatCannotBeRead() throws {
    try fleet.put("no image", at: "x.img")
    for (path, status, words) in [
      ("/nowhere/x.img", 74, "cannot open '/nowhere/x.img'"),
      (fleet.folder + "/x.img", 65, "x.img"),
    ] {
      let result = try plan(["two", "--against", path])
      #expect(result.status == status, "\(result.complaints)")
      #expect(result.complaints.contains(words) && result.output == "")
    }
  }

  private func put(_ text: String, boot name: String, _ image: ImageFile) throws {
    let file = fleet.root.path("put")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    try Tool("mcopy").check(["-o", "-i", "\(image.path)@@\(image.bootStart)", file, "::\(name)"])
  }

  private func put(
    _ text: String, root path: String, _ image: ImageFile, mode: String = "0100600"
  ) throws {
    let file = fleet.root.path("put")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    try debugfs(
      [
        "rm \(path)", "write \(file) \(path)", "set_inode_field \(path) mode \(mode)",
        "set_inode_field \(path) gid \(path == "/etc/shadow" ? 42 : 0)",
      ], image)
  }

  private func debugfs(_ commands: [String], _ image: ImageFile) throws {
    let script = fleet.root.path("script")
    try commands.map { $0 + "\n" }.joined().write(
      toFile: script, atomically: true, encoding: .utf8)
    try Tool("debugfs").check(["-w", "-f", script, image.rootName])
  }
}
