import Foundation
import SugarModel
import SugarTestSupport
import Testing

/// The agent goes into every image, and into none that could not run it.
@Suite struct AgentTests {
  private let agent: AgentBinary

  init() throws { agent = try AgentBinary() }

  private static let place = "/usr/local/lib/sugaragent/sugaragent"
  private static let unit = "/etc/systemd/system/sugaragent.service"

  @Test func itIsInEveryImage() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let built = try fleet.build(["--export", "img"])
    #expect(built.status == 0, "\(built.complaints)")
    let digest = try Tool.sha256(of: agent.path)
    #expect(built.output.contains("agent: sugaragent 0.1.0, sha256:\(digest.prefix(12))…"))
    for node in ["one", "two", "three"] {
      let image = try ImageFile(path: "\(fleet.output)/\(node).img")
      #expect(try image.access(Self.place) == "0:0 0755")
      let copy = fleet.root.path("agent-of-\(node)")
      try image.extract(Self.place, to: copy)
      #expect(try Tool.sha256(of: copy) == digest)
      #expect(try image.access(Self.unit) == "0:0 0644")
      #expect(try image.root(Self.unit).contains("ExecStart=\(Self.place) run\n"))
      #expect(
        try image.link("/etc/systemd/system/multi-user.target.wants/sugaragent.service")
          == Self.unit)
      for end in ["img", "delta"] {
        let text = try Program.succeed(["inspect", "\(fleet.output)/\(node).\(end)"])
        #expect(text.contains("sugaragent 0.1.0") && text.contains(digest), "\(text)")
      }
      let manifest = try json(
        String(contentsOfFile: "\(fleet.output)/\(node).manifest.json", encoding: .utf8))
      #expect(
        manifest["agent"] as? [String: String] == ["version": "0.1.0", "sha256": digest])
    }
    let plan = try Program.succeed(["plan", fleet.folder, "two"], environment: fleet.environment)
    #expect(
      plan.contains("+ \(Self.place)  0755 root") && plan.contains("sha256:\(digest.prefix(12))")
        && plan.contains("(the agent, sugaragent 0.1.0)"), "\(plan)")
    // An image that lost it says so.
    let image = try ImageFile(path: fleet.output + "/one.img")
    try Tool("debugfs").check([
      "-w", "-R", "rm \(Self.place)", "\(image.path)?offset=\(image.rootStart)",
    ])
    #expect(try Program.succeed(["inspect", image.path]).contains("the image has no agent"))
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  struct Lack: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var words: [String]
    var change: @Sendable (inout SmallBase) throws -> Void
  }

  static let lacks: [Lack] = [
    Lack(testDescription: "a library", words: ["the library libparted.so.2"]) {
      $0.libraries["libparted.so.2"] = nil
    },
    Lack(testDescription: "the loader", words: ["the loader /lib/ld-linux-aarch64.so.1"]) {
      $0.libraries["ld-linux-aarch64.so.1"] = nil
    },
    Lack(testDescription: "a library for this processor", words: ["the library libblkid.so.1"]) {
      $0.libraries["libblkid.so.1"] = URL(fileURLWithPath: "/lib/x86_64-linux-gnu/libblkid.so.1")
    },
    Lack(
      testDescription: "the versions of a library", words: ["libc.so.6 with GLIBC_2.17, GLIBC_2."]
    ) { $0.libraries["libc.so.6"] = $0.libraries["libblkid.so.1"] },
    Lack(testDescription: "a program", words: ["not found: the program resize2fs\n"]) {
      $0.programs.remove("resize2fs")
    },
    Lack(
      testDescription: "several things, and all of them are named",
      words: ["the library libsystemd.so.0; the program sfdisk; the program curl\n"]
    ) {
      $0.libraries["libsystemd.so.0"] = nil
      $0.programs.subtract(["sfdisk", "curl"])
    },
  ]

  @Test(arguments: lacks) func aBaseThatLacksItIsRefused(_ lack: Lack) throws {
    var base = try SmallBase()
    try lack.change(&base)
    let fleet = try SmallFleet(base: base)
    try fleet.keys()
    let result = try fleet.build()
    #expect(result.status == 65, "\(result.complaints)")
    #expect(result.complaints.contains("sugaragent 0.1.0 cannot run on it"))
    for word in lack.words { #expect(result.complaints.contains(word), "\(result.complaints)") }
    #expect(fleet.results() == [])
  }

  /// There, but not to be run: without the permission, or made for another machine.
  @Test func aProgramThatCannotRunIsNone() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let place = "\(fleet.base)?offset=\(SmallBase.rootStart)"
    try Tool("debugfs").check(["-w", "-R", "set_inode_field /usr/sbin/curl mode 0100644", place])
    try Tool("debugfs").check(["-w", "-R", "rm /usr/sbin/mke2fs", place])
    try Tool("debugfs").check(["-w", "-R", "write /bin/true /usr/sbin/mke2fs", place])
    let result = try fleet.build()
    #expect(result.status == 65, "\(result.complaints)")
    #expect(result.complaints.contains("the program mke2fs; the program curl\n"))
  }

  /// Bytes of the agent with its release changed where its note says it.
  private func agent(ofRelease release: String) throws -> Data {
    var data = Data(try agent.bytes)
    let note = try #require(data.range(of: Data(#""version":"0.1.0""#.utf8)))
    data.replaceSubrange(note, with: Data(#""version":"\#(release)""#.utf8))
    return data
  }

  @Test func whatIsNoAgentIsRefused() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let library = agent.sysroot + "/" + SmallBase.libraryFolder
    let older = fleet.root.path("older")
    try agent(ofRelease: "0.0.9").write(to: URL(fileURLWithPath: older))
    let script = fleet.root.path("script")
    try "#!/bin/sh\nexit 0\n".write(toFile: script, atomically: true, encoding: .utf8)
    for (path, words) in [
      ("/bin/true", "it is made for x86-64, the nodes are arm64"),
      (script, "it is no Linux program"),
      ("/nowhere/agent", "cannot find the agent '/nowhere/agent'"),
      (fleet.folder, "cannot find the agent"),
      ("\(library)/libblkid.so.1", "it is no position-independent program"),
      ("\(library)/libc.so.6", "it does not say that it is sugaragent"),
      (older, "it is sugaragent 0.0.9, and this is sugarimage 0.1.0"),
    ] {
      for command in ["build", "plan"] {
        let result = try Program.run(
          [command, fleet.folder, "--agent", path], in: fleet.root.url.path,
          environment: fleet.environment)
        #expect(result.status == 65, "\(command) \(path): \(result.complaints)")
        #expect(result.complaints.contains(words), "\(result.complaints)")
        #expect(result.complaints.contains("`make agent`"), "\(result.complaints)")
      }
    }
    #expect(fleet.results() == [])
  }

  /// What was named, what the environment says, what was installed, what was built: in this order.
  @Test func whereItIsLookedFor() throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let share = fleet.root.path("share")
    let files = FileManager.default
    try files.createDirectory(
      atPath: share + "/.build/agent", withIntermediateDirectories: true)
    for name in ["profiles", "overlays", "bootfiles"] {
      try files.createSymbolicLink(
        atPath: "\(share)/\(name)", withDestinationPath: "\(Program.repository)/\(name)")
    }
    /// The end of the message that says which file was taken; every one of them is refused.
    func taken(_ words: [String] = [], told: String = "") throws -> String {
      let result = try Program.run(
        ["plan", fleet.folder] + words,
        environment: fleet.environment.merging([
          "SUGARIMAGE_SHARE": share, "SUGARIMAGE_AGENT": told,
        ]) { $1 })
      #expect(result.status == 65)
      return result.complaints
    }
    let none = try taken()
    #expect(none.contains("cannot find the agent") && none.contains("run `make agent`"), "\(none)")
    for (path, release) in [(".build/agent/sugaragent", "0.0.1"), ("sugaragent", "0.0.2")] {
      try agent(ofRelease: release).write(to: URL(fileURLWithPath: "\(share)/\(path)"))
      let words = try taken()
      #expect(words.contains("it is sugaragent \(release)"), "\(words)")
    }
    for (name, release) in [("told", "0.0.3"), ("named", "0.0.4")] {
      try agent(ofRelease: release).write(to: URL(fileURLWithPath: fleet.root.path(name)))
    }
    let told = fleet.root.path("told")
    #expect(try taken(told: told).contains("it is sugaragent 0.0.3"))
    #expect(
      try taken(["--agent", fleet.root.path("named")], told: told).contains(
        "it is sugaragent 0.0.4"))
  }
}
