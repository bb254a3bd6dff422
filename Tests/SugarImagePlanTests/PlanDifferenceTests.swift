import Foundation
import SugarModel
import Testing

@testable import SugarImagePlan

/// What a difference says of every kind of change, in words.
@Suite struct PlanDifferenceTests {
  private static func file(
    _ text: String, _ access: FileAccess? = .publicFile, isGuarded: Bool = false,
    secret: String? = nil
  ) -> ImageEntry {
    let bytes = Array(text.utf8)
    return ImageEntry(
      .file(
        FileFacts(
          size: ByteCount(bytes.count), sha256: SHA256Hash.hex(text), bytes: bytes,
          isGuarded: isGuarded, secret: secret)), access: access)
  }

  private static let before: [ImagePath: ImageEntry] = [
    ImagePath(.boot, "config.txt"): file("a=1\nb=2\n", nil),
    ImagePath(.root, "/etc/hostname"): file("one\n"),
    ImagePath(.root, "/etc/old"): file("gone\n"),
    ImagePath(.root, "/etc/program"): file("\0old"),
    ImagePath(.root, "/etc/token"): file(
      "canary of before\n", .privateFile, secret: "token of dev"),
    ImagePath(.root, "/etc/mode"): file("same\n", FileAccess(0o600, owner: 1000, group: 1000)),
    ImagePath(.root, "/etc/link"): ImageEntry(.link(target: "/x\u{1B}"), access: nil),
    ImagePath(.root, "/etc/turned"): ImageEntry(.folder, access: FileAccess(0o755)),
    ImagePath(.root, "/etc/same"): file("same\n"),
  ]
  private static let after: [ImagePath: ImageEntry] = [
    ImagePath(.boot, "config.txt"): file("a=1\nb=3\n", nil),
    ImagePath(.root, "/etc/hostname"): file("one\n"),
    ImagePath(.root, "/etc/new"): file("come\n", FileAccess(0o640, group: 42)),
    ImagePath(.root, "/etc/program"): file("\0newer"),
    ImagePath(.root, "/etc/token"): file("canary of after\n", .privateFile, secret: "token of dev"),
    ImagePath(.root, "/etc/mode"): file("same\n"),
    ImagePath(.root, "/etc/link"): ImageEntry(.link(target: "/y"), access: nil),
    ImagePath(.root, "/etc/turned"): file("now\n"),
    ImagePath(.root, "/etc/same"): file("same\n"),
  ]

  private static func difference(
    _ before: [ImagePath: ImageEntry] = before, _ after: [ImagePath: ImageEntry] = after,
    facts: [PlanDifference.Fact] = [], known: KnownSecrets = KnownSecrets()
  ) -> PlanDifference {
    PlanDifference(
      node: "one", title: "its last build, 'out/one.delta'", facts: facts, before: before,
      after: after, paths: Set(before.keys).union(after.keys),
      reasons: [ImagePath(.root, "/etc/new"): "a reason"], secrets: known, notes: ["a note"])
  }

  private static let facts = [
    PlanDifference.Fact("disk id", before: "11111111", after: "22222222"),
    PlanDifference.Fact("cluster", before: "dev", after: "dev"),
    PlanDifference.Fact("generation", before: "1", after: "2"),
  ]

  @Test func everyKindOfChange() {
    #expect(
      Self.difference(facts: Self.facts).text(isColored: false) == """
        one, different from its last build, 'out/one.delta'

          ~ disk id     11111111 → 22222222
          ~ generation  1 → 2
          ~ /boot/firmware/config.txt
              @@ -1,2 +1,2 @@
               a=1
              -b=2
              +b=3
          ~ /etc/link  → /x\u{fffd}, now → /y
          ~ /etc/mode  0600 1000:1000 → 0644 root
          + /etc/new  0640 0:42 5 B  (a reason)
          - /etc/old  0644 root 5 B
          ~ /etc/program  4 B → 6 B  sha256:\(Self.start("\0old")) → \(Self.start("\0newer"))
          ~ /etc/token  <hidden: token of dev>  sha256:\(Self.start("canary of before\n", 6)) → \(Self.start("canary of after\n", 6))
          ~ /etc/turned  0755 root folder, now 0644 root 4 B
              @@ -0,0 +1 @@
              +now

        1 added, 5 changed, 1 owner or mode, 1 removed, 2 the same
        note: a note

        """)
  }

  private static func start(_ text: String, _ count: Int = 12) -> String {
    SHA256Hash.hex(text).prefix(count) + "…"
  }

  /// `--contents` also shows what comes and goes whole.
  @Test func contents() {
    let text = Self.difference().text(isColored: false, contents: true)
    #expect(text.contains("  - /etc/old  0644 root 5 B\n      @@ -1 +0,0 @@\n      -gone\n"))
    #expect(text.contains("(a reason)\n      @@ -0,0 +1 @@\n      +come\n"))
  }

  @Test func coloursAreForTerminals() {
    let text = Self.difference().text(isColored: true)
    #expect(text.contains("\u{1B}[31m-b=2\u{1B}[0m") && text.contains("\u{1B}[32m+b=3\u{1B}[0m"))
    #expect(!Self.difference().text(isColored: false).contains("\u{1B}"))
  }

  @Test func nothingIsDifferent() {
    let same = Self.difference(Self.before, Self.before, facts: [Self.facts[1]])
    #expect(same.isEmpty && same.unchanged == 9)
    #expect(
      same.text(isColored: false)
        == "one is the same as its last build, 'out/one.delta': 9 paths compared\nnote: a note\n")
    #expect(!Self.difference(Self.before, Self.before, facts: Self.facts).isEmpty)
  }

  /// One side is enough to hide both: what is a text now may have been a secret.
  @Test(arguments: [("token", nil), (nil, "token")] as [(String?, String?)])
  func aSecretOnEitherSideHidesBoth(_ old: String?, _ new: String?) throws {
    let path = ImagePath(.root, "/etc/x")
    let difference = Self.difference(
      [path: Self.file("canary one\n", secret: old)], [path: Self.file("canary two\n", secret: new)]
    )
    #expect(difference.changes.first?.lines == [])
    let text = difference.text(isColored: false, contents: true)
    #expect(!text.contains("canary") && text.contains("<hidden: token>"))
  }

  /// Of a file that only root may read, and that nobody knows to be a plan's, lines are shown when
  /// the plan has something to say of the same key.
  @Test func guardedTexts() {
    let path = ImagePath(.root, "/etc/rancher/k3s/config.yaml")
    let planned = "# ours\nserver: \"a\"\ntls-san:\n  - \"one\"\nport: 1\n"
    let found = """
      # a canary
      server: "b"
      tls-san:
        - "two"
      extra:
        - "canary"
      secret: canary
      {"port": "canary"}
      port: 1

      """
    let difference = Self.difference(
      [path: Self.file(found, .privateFile, isGuarded: true)],
      [path: Self.file(planned, .privateFile)])
    let hidden = "-<hidden: a line that the plan does not have>"
    #expect(
      difference.changes.first?.lines == [
        "@@ -1,9 +1,5 @@", hidden, "-server: \"b\"", "+# ours", "+server: \"a\"", " tls-san:",
        "-  - \"two\"", hidden, hidden, hidden, hidden, "+  - \"one\"", " port: 1",
      ])
    #expect(!difference.text(isColored: false, contents: true).contains("canary"))
  }

  /// A private key is nobody's to see, also in a file that everybody may read.
  @Test func keysInOpenTexts() {
    let path = ImagePath(.root, "/etc/motd")
    let found = """
      hello
      -----BEGIN PRIVATE KEY-----
      canaryCanary
      -----END PRIVATE KEY-----
      there

      """
    let lines = Self.difference([path: Self.file(found)], [path: Self.file("hello\n")]).changes
      .first?.lines
    let hidden = "-<hidden: a line of a private key>"
    #expect(lines == ["@@ -1,5 +1 @@", " hello", hidden, hidden, hidden, "-there"])
  }

  /// The last step that names a path holds, and a path that is renamed is left.
  @Test func outcomesOfAPlan() throws {
    var plan = try ImagePlanner.plan("sugarkube1", PlanFixture.inputs("sugarkube-3x3"))
    let path = ImagePath(.root, "/etc/hostname")
    #expect(plan.outcomes[path]?.kind == .file(.text("sugarkube1\n")))
    #expect(plan.outcomes[path]?.access == .publicFile)
    #expect(plan.outcomes[ImagePath(.boot, "cmdline.txt")]?.access == nil)
    #expect(plan.outcomes[ImagePath(.boot, "user-data")]?.kind == .absent)
    #expect(plan.outcomes[ImagePath(.root, "/home/pi")]?.kind == .absent)
    #expect(
      plan.outcomes[ImagePath(.root, "/etc/localtime")]?.kind
        == .link(target: "/usr/share/zoneinfo/Etc/UTC"))
    plan.steps += [
      PlannedStep(.remove(path), because: "x"),
      PlannedStep(.makeDirectory("/etc/hostname", FileAccess(0o700)), because: "last"),
    ]
    #expect(
      plan.outcomes[path]
        == PlannedOutcome(kind: .folder, access: FileAccess(0o700), reason: "last"))
  }

  @Test func pathsAsTheNodeSeesThem() {
    for path in [ImagePath(.boot, "sugarimage/x"), ImagePath(.root, "/boot/firmwarex")] {
      #expect(ImagePath(onNode: path.onNode) == path)
    }
  }
}
