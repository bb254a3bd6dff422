import Foundation
import SugarTestSupport
import Testing

/// A base that is not what it should be: a clear error, the right status, and nothing left behind.
@Suite struct BadBaseTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var words: [String]
    /// Changes the small base before it is made.
    var base: (@Sendable (inout SmallBase) -> Void)?
    /// Changes the image afterwards.
    var image: (@Sendable (SmallFleet) throws -> Void)?
  }

  static func debugfs(_ command: String) -> @Sendable (SmallFleet) throws -> Void {
    { fleet in
      try Tool("debugfs").check([
        "-w", "-R", command, "\(fleet.base)?offset=\(SmallBase.rootStart)",
      ])
    }
  }

  /// Packs the image and then does something to the packed file.
  static func packed(_ change: @escaping @Sendable (inout Data) -> Void)
    -> @Sendable (SmallFleet) throws -> Void
  {
    { fleet in
      try Tool("xz").check(["-0", "--block-size=16MiB", "-T2", "-f", fleet.base])
      var data = try Data(contentsOf: URL(fileURLWithPath: fleet.base + ".xz"))
      change(&data)
      try data.write(to: URL(fileURLWithPath: fleet.base))
    }
  }

  static let rows: [Row] = [
    Row(
      testDescription: "an .xz that was cut short", words: ["base.img", "cut short"],
      image: packed { $0.removeLast(5000) }),
    Row(
      testDescription: "an .xz of which the first half is there", words: ["cut short"],
      image: packed { $0 = $0.prefix($0.count / 2) }),
    Row(
      testDescription: "an .xz with a damaged block", words: ["damaged"],
      image: packed { data in for index in 400..<440 { data[index] ^= 0x55 } }),
    Row(
      testDescription: "an .xz without its index", words: ["base.img", "cut short"],
      image: packed { $0.removeLast(200) }),
    Row(
      testDescription: "an .xz with a damaged index", words: ["index of", "damaged"],
      image: packed { $0[$0.count - 30] ^= 0x10 }),
    Row(
      testDescription: "an .xz with something behind it", words: ["damaged or cut short"],
      image: packed { $0 += Data("garbage!".utf8) }),
    Row(
      testDescription: "a zip of two files", words: ["more than one file"],
      image: { fleet in
        let zip = fleet.root.path("two.zip")
        try Tool("zip").check(["-q", "-j", zip, fleet.base, fleet.folder + "/fleet.yaml"])
        try Tool("mv").check([zip, fleet.base])
      }),
    Row(
      testDescription: "a zip that was cut short", words: ["base.img"],
      image: { fleet in
        let zip = fleet.root.path("one.zip")
        try Tool("zip").check(["-q", "-j", zip, fleet.base])
        let data = try Data(contentsOf: URL(fileURLWithPath: zip))
        try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: fleet.base))
      }),
    Row(
      testDescription: "a text", words: ["no disk image"],
      image: {
        try String(repeating: "words ", count: 1000).write(
          toFile: $0.base, atomically: true, encoding: .utf8)
      }),
    Row(
      testDescription: "an empty file", words: ["smaller than one sector"],
      image: { try "".write(toFile: $0.base, atomically: true, encoding: .utf8) }),
    Row(
      testDescription: "an image that was cut short", words: ["partition 1 reaches", "cut short"],
      image: { try Tool("truncate").check(["-s", "40M", $0.base]) }),
    Row(
      testDescription: "another release",
      words: [
        "no system that is known here", "Raspberry Pi OS Lite arm64, Trixie: ",
        "/etc/os-release of Debian trixie",
      ],
      base: { $0.rootFiles["etc/os-release"] = "VERSION_CODENAME=forky\n" }),
    Row(
      testDescription: "plain Debian",
      words: ["Raspberry Pi OS Lite arm64, Trixie: /etc/rpi-issue"],
      base: { $0.rootFiles["etc/rpi-issue"] = nil }),
    Row(
      testDescription: "an A/B boot as Ubuntu has it", words: ["os_prefix"],
      base: { $0.bootFiles["config.txt"] = "[all]\nos_prefix=current/\n" }),
    Row(
      testDescription: "programs for another processor", words: ["programs for arm64"],
      base: { $0.machine = 62 }),
    Row(
      testDescription: "a journal that was not replayed", words: ["needs_recovery"],
      image: debugfs("feature needs_recovery")),
    Row(
      testDescription: "a file system that was in use", words: ["not unmounted cleanly"],
      image: debugfs("set_super_value state 0")),
    Row(
      testDescription: "a feature that would suffer", words: ["encrypt"],
      image: debugfs("feature encrypt")),
    Row(
      testDescription: "a feature of tomorrow", words: ["unknown incompat feature 0x40000000"],
      image: debugfs("set_super_value feature_incompat 0x400002c2")),
    Row(
      testDescription: "a root that is no ext4", words: ["no ext4"],
      image: {
        try Tool("dd").check([
          "if=/dev/zero", "of=\($0.base)", "bs=1K", "seek=\(SmallBase.rootStart / 1024)", "count=4",
          "conv=notrunc", "status=none",
        ])
      }),
    Row(
      testDescription: "a boot partition that is no FAT", words: ["partition 1"],
      image: {
        try Tool("dd").check([
          "if=/dev/zero", "of=\($0.base)", "bs=1M", "seek=8", "count=1", "conv=notrunc",
          "status=none",
        ])
      }),
  ]

  @Test(arguments: rows) func isRefused(_ row: Row) throws {
    var base = try SmallBase()
    row.base?(&base)
    let fleet = try SmallFleet(base: row.base == nil ? nil : base)
    try row.image?(fleet)
    try fleet.keys()
    let result = try fleet.build()
    #expect(result.status == 65, "\(result.complaints)")
    for word in row.words { #expect(result.complaints.contains(word), "\(result.complaints)") }
    #expect(!result.complaints.contains("should not have happened"))
    #expect(fleet.results() == [])
    #expect(fleet.bases() == [])
    #expect(fleet.partials() == [])
  }

  @Test func aWrongChecksumIsRefused() throws {
    let fleet = try SmallFleet()
    try fleet.write(base: "path: \(fleet.base)\n  sha256: \(String(repeating: "ab", count: 32))")
    try fleet.keys()
    let result = try fleet.build()
    #expect(result.status == 65)
    #expect(result.complaints.contains("its sha256 is"))
    #expect(fleet.bases() == [] && fleet.partials() == [] && fleet.results() == [])
  }

  @Test func whatWasNotFetchedIsNamed() throws {
    let fleet = try SmallFleet()
    try fleet.write(
      base:
        "imageURL: https://images.invalid/base.img.xz\n  sha256: \(String(repeating: "ab", count: 32))"
    )
    try fleet.keys()
    let result = try fleet.build()
    #expect(result.status == 65)
    #expect(result.complaints.contains("sugarimage fetch \(fleet.folder)"))
  }

  /// Packed as hardly anybody does: the same image comes of it, and what takes longer is said.
  @Test(arguments: [
    ("one block", "xz -0 -T1 -c \"$1\"", "is one block of 128 MiB"),
    (
      "two streams and padding",
      "head -c 50000000 \"$1\" | xz -0 --block-size=4MiB; head -c 8 /dev/zero; "
        + "tail -c +50000001 \"$1\" | xz -0 --block-size=4MiB", nil
    ),
    ("a zip", "zip -q -j - \"$1\"", nil),
  ]) func unusualPackingsWork(_ name: String, _ packing: String, _ note: String?) throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    let packed = fleet.root.path("packed")
    try Tool("sh").check(["-c", "(\(packing)) >\"$2\"", "sh", fleet.base, packed])
    try fleet.write(base: "path: \(packed)")
    let result = try fleet.build(["one"])
    #expect(result.status == 0, "\(result.complaints)")
    let said = result.complaints.contains("which one processor unpacks alone")
    #expect(said == (note != nil), "\(result.complaints)")
    if let note { #expect(result.complaints.contains(note), "\(result.complaints)") }
    let base = fleet.cache + "/sugarimage/bases/" + (try #require(fleet.bases().first))
    #expect(
      FileManager.default.contentsEqual(atPath: base + "/image.raw", andPath: fleet.base), "\(name)"
    )
  }

  @Test(arguments: ["xz", "gzip", "zstd", "bzip2"]) func howItIsPackedDoesNotMatter(
    _ packer: String
  ) throws {
    let fleet = try SmallFleet()
    try fleet.keys()
    #expect(try fleet.build().status == 0)
    let plain = try Data(contentsOf: URL(fileURLWithPath: fleet.output + "/one.delta"))
    try Tool(packer).check(["-k", "-f", fleet.base])
    let ending = ["xz": "xz", "gzip": "gz", "zstd": "zst", "bzip2": "bz2"][packer] ?? ""
    try fleet.write(base: "path: \(fleet.base).\(ending)")
    let result = try fleet.build()
    #expect(result.status == 0, "\(result.complaints)")
    // The manifest names another file; the image's bytes are the same.
    let packed = try Data(contentsOf: URL(fileURLWithPath: fleet.output + "/one.delta"))
    #expect(packed[48..<80] == plain[48..<80] || packed.count == plain.count)
    let verified = try Program.run(
      ["verify", fleet.output + "/one.delta"], environment: fleet.environment)
    #expect(verified.status == 0, "\(verified.output)")
  }
}
