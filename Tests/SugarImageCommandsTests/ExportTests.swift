import Foundation
import SugarTestSupport
import Testing

/// A small fleet whose base is packed, and what its exports look like to other programs.
struct ExportBench {
  let fleet: SmallFleet
  var packed: String { fleet.base + ".xz" }
  var output: String { fleet.output }

  /// - Parameters:
  ///   - packer: makes `base.img.xz`, or `base.img` with another ending, of `base.img`.
  init(_ packer: [String] = ["xz", "-0", "--block-size=4MiB"], ending: String = "xz") throws {
    fleet = try SmallFleet()
    try Tool(packer[0]).check(Array(packer.dropFirst()) + [fleet.base])
    try pin("\(fleet.base).\(ending)")
    try fleet.keys()
  }

  /// The fleet's base is that file with the bytes that it has now.
  func pin(_ path: String) throws {
    let sha256 = try Tool.sha256(of: path)
    try fleet.write(base: "path: \(path)\n  sha256: \(sha256)")
  }

  func path(_ ending: String) -> String { "\(output)/one.\(ending)" }

  func export(_ formats: [String], more: [String] = []) throws -> Program.Result {
    try Program.run(
      ["build", fleet.folder, "one", "--output", output, "--json"] + more
        + formats.flatMap { ["--export", $0] }, environment: fleet.environment)
  }

  /// What `build --json` says of an export.
  struct Export: Decodable {
    var format: String
    var path: String
    var size: Int
    var fileSize: Int
    var blocks: Int?
    var keptBlocks: Int?
    var note: String?
  }

  func exports(_ formats: [String], more: [String] = []) throws -> [Export] {
    struct Node: Decodable { var exports: [Export] }
    let result = try export(formats, more: more)
    guard result.status == 0 else { throw Program.Failure(description: result.complaints) }
    let nodes = try JSONDecoder().decode([Node].self, from: Data(result.output.utf8))
    return try #require(nodes.first).exports
  }

  func bytes(_ ending: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(ending)))
  }

  /// What `inspect --json` says.
  struct Inspection: Decodable {
    struct Packing: Decodable {
      var format: String
      var blocks: Int?
      var decodedBlocks: Int?
    }
    struct Identity: Decodable { var node: String }
    var kind: String
    var size: Int
    var identity: Identity?
    var packed: Packing?
    var notes: [String]
  }

  func inspect(_ path: String) throws -> Inspection {
    let text = try Program.succeed(["inspect", path, "--json"], environment: fleet.environment)
    return try JSONDecoder().decode(Inspection.self, from: Data(text.utf8))
  }

  /// What unpacks to the raw image, says the program that made the format.
  func expectSame(_ ending: String, location: SourceLocation = #_sourceLocation) throws {
    let raw = path("img")
    switch ending {
    case "img.xz":
      try Tool("xz").check(["-t", path(ending)])
      try Tool("sh").check(["-c", "xz -dc \"$1\" | cmp - \"$2\"", "sh", path(ending), raw])
    case "img.zst":
      try Tool("zstd").check(["-t", "-q", path(ending)])
      try Tool("sh").check(["-c", "zstd -dcq \"$1\" | cmp - \"$2\"", "sh", path(ending), raw])
    default:
      try Tool("qemu-img").check(["check", "-q", path(ending)])
      try Tool("qemu-img").check(["compare", "-f", "raw", "-F", "qcow2", raw, path(ending)])
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: path(ending))
    #expect(attributes[.posixPermissions] as? Int == 0o600, sourceLocation: location)
  }
}

/// Whole images in the forms that other people's tools read.
@Suite struct ExportTests {
  static let packed = ["img.xz", "img.zst", "qcow2"]

  @Test func everyFormatIsTheSameImage() throws {
    let bench = try ExportBench()
    let made = try bench.exports(["qcow2", "img", "img.xz", "img.zst", "img.xz"])
    #expect(made.map(\.format) == ["img"] + Self.packed)
    for ending in Self.packed { try bench.expectSame(ending) }
    let raw = try bench.bytes("img")
    for export in made {
      #expect(export.size == raw.count && export.path == bench.path(export.format))
      #expect(export.fileSize == (try bench.bytes(export.format).count))
      #expect(export.note == nil)
    }
    // xz counts as many blocks, and most are the base's.
    let xz = made[1]
    let blocks = try #require(xz.blocks)
    let listing = try Tool("xz").check(["-l", "--robot", xz.path]).text
    #expect(listing.contains("totals\t1\t\(blocks)\t\(xz.fileSize)\t\(raw.count)\t"), "\(listing)")
    let base = try #require(try blocksOfBase(bench))
    let kept = try #require(xz.keptBlocks)
    #expect(kept > base / 2 && kept < base, "\(kept) of \(base)")
    #expect(xz.fileSize < raw.count / 4)

    let before = try Self.packed.map { try bench.bytes($0) }
    try FileManager.default.removeItem(atPath: bench.output)
    _ = try bench.exports(["img"] + Self.packed)
    for (ending, content) in zip(Self.packed, before) {
      #expect(try bench.bytes(ending) == content, "\(ending) is another file the second time")
    }
    try verifyAndInspect(bench, raw.count)
    #expect(bench.fleet.partials() == [])
  }

  private func blocksOfBase(_ bench: ExportBench) throws -> Int? {
    let listing = try Tool("xz").check(["-l", "--robot", bench.packed]).text
    let totals = listing.split(separator: "\n").first { $0.hasPrefix("totals") }
    return totals.flatMap { Int($0.split(separator: "\t")[2]) }
  }

  private func verifyAndInspect(_ bench: ExportBench, _ size: Int) throws {
    for ending in ["img.xz", "img.zst"] {
      let verified = try Program.succeed(
        ["verify", bench.path(ending)], environment: bench.fleet.environment)
      #expect(verified.contains("is one, every byte as its manifest says"))
      let inspection = try bench.inspect(bench.path(ending))
      #expect(inspection.kind == "image" && inspection.size == size)
      #expect(inspection.identity?.node == "one")
    }
    let xz = try bench.inspect(bench.path("img.xz"))
    let (blocks, decoded) = (xz.packed?.blocks ?? 0, xz.packed?.decodedBlocks ?? 0)
    #expect(xz.packed?.format == "xz" && decoded > 0 && decoded < blocks / 2)
    #expect(xz.notes == [])
    let zst = try bench.inspect(bench.path("img.zst"))
    #expect(zst.packed?.format == "zstd" && zst.packed?.blocks == nil)
    #expect(zst.notes == ["zstd has no index of blocks: all of it was unpacked"])
    // A flipped bit is found.
    var bytes = try bench.bytes("img.xz")
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: bench.path("img.xz")))
    let verified = try Program.run(
      ["verify", bench.path("img.xz")], environment: bench.fleet.environment)
    #expect(verified.status == 65, "\(verified.output)\(verified.complaints)")
    let left = try FileManager.default.contentsOfDirectory(
      atPath: bench.fleet.cache + "/sugarimage/flash")
    #expect(left == [], "\(left)")
  }

  @Test func onABaseThatWasGrown() throws {
    let bench = try ExportBench()
    // More than the small root has room for.
    try bench.fleet.put("", at: "overlays/large/overlay.yaml")
    try Tool("sh").check([
      "-c", "mkdir -p \"$1\" && head -c 60000000 /dev/urandom >\"$1/blob\"", "sh",
      bench.fleet.folder + "/overlays/large/root/srv",
    ])
    let sha256 = try Tool.sha256(of: bench.packed)
    try bench.fleet.write(
      more: "overlays: [large]", base: "path: \(bench.packed)\n  sha256: \(sha256)")
    let made = try bench.exports(["img"] + Self.packed)
    let base = try FileManager.default.attributesOfItem(atPath: bench.path("img"))[.size] as? Int
    #expect((base ?? 0) > 300 << 20)
    for ending in Self.packed { try bench.expectSame(ending) }
    #expect((made[1].keptBlocks ?? 0) > 0)
    #expect(bench.fleet.bases().count == 2)
  }

  static let others: [(packer: [String], ending: String, note: String)] = [
    (["gzip", "-1"], "gz", "is packed as gzip"), (["zstd", "-q"], "zst", "is packed as zstd"),
    (["xz", "-0", "-T1"], "xz", "no block of the packed base is as it was"),
  ]

  /// A base without blocks to take over: slower, said so, and right.
  @Test(arguments: others) func basesWithoutBlocks(
    _ row: (packer: [String], ending: String, note: String)
  ) throws {
    let bench = try ExportBench(row.packer, ending: row.ending)
    let made = try bench.exports(["img", "img.xz"])
    try bench.expectSame("img.xz")
    #expect(made[1].keptBlocks == 0)
    #expect(made[1].note?.contains(row.note) == true, "\(made[1].note ?? "nothing")")
  }
}
