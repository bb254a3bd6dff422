import Foundation
import SugarTestSupport
import Testing

/// The list of images for Raspberry Pi Imager, as its schema and its reader have it.
@Suite struct ImagerManifestTests {
  struct List: Decodable {
    struct Imager: Decodable {
      struct Device: Decodable {
        var name: String
        var tags: [String]
        var description: String
      }
      var devices: [Device]
    }
    struct Entry: Decodable {
      var name: String
      var description: String
      var icon: String
      var url: String
      var extract_size: Int
      var extract_sha256: String
      var image_download_size: Int
      var image_download_sha256: String
      var release_date: String
      var init_format: String
      var devices: [String]
    }
    var imager: Imager
    var os_list: [Entry]
  }

  @Test func saysWhatTheImagesAre() throws {
    let bench = try ExportBench()
    // A folder whose name must be written otherwise in a URL.
    let output = bench.fleet.root.path("out #1 für")
    let words = [
      "build", bench.fleet.folder, "--output", output, "--export", "img", "--export", "img.xz",
      "--imager-manifest",
    ]
    let told = try Program.succeed(words, environment: bench.fleet.environment)
    let path = output + "/small.rpi-imager-manifest"
    #expect(told.contains("list:  \(path)\n"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let list = try JSONDecoder().decode(List.self, from: bytes)
    #expect(list.imager.devices.map(\.tags) == [["pi5-64bit"]])
    #expect(list.os_list.map(\.name) == ["one (small)", "two (small)", "three (small)"])
    for (node, entry) in zip(["one", "two", "three"], list.os_list) {
      let (raw, packed) = ("\(output)/\(node).img", "\(output)/\(node).img.xz")
      #expect(URL(string: entry.url)?.path == packed && entry.url.hasPrefix("file:///"))
      #expect(entry.url.contains("out%20%231%20f%C3%BCr"), "\(entry.url)")
      #expect(entry.extract_sha256 == (try Tool.sha256(of: raw)))
      #expect(entry.image_download_sha256 == (try Tool.sha256(of: packed)))
      let sizes = try [raw, packed].map {
        try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int
      }
      #expect([entry.extract_size, entry.image_download_size] == sizes)
      #expect(entry.init_format == "none" && entry.devices == ["pi5-64bit"])
      #expect(entry.release_date.wholeMatch(of: /20\d\d-[01]\d-[0-3]\d/) != nil)
      #expect(!entry.icon.isEmpty && entry.description.contains("of dev, tier dev"))
    }
    // The same build says the same.
    try Program.succeed(words, environment: bench.fleet.environment)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    let secrets = try String(
      contentsOfFile: bench.fleet.folder + "/secrets/nodes/one/node-password", encoding: .utf8)
    #expect(!String(decoding: bytes, as: UTF8.self).contains(secrets))
  }

  /// The date is the base's, or the one that the environment gives.
  @Test func theDateCanBeGiven() throws {
    let bench = try ExportBench()
    let environment = bench.fleet.environment.merging(["SOURCE_DATE_EPOCH": "951782400"]) { $1 }
    try Program.succeed(
      [
        "build", bench.fleet.folder, "one", "--output", bench.output, "--export", "img.zst",
        "--imager-manifest",
      ], environment: environment)
    let list = try JSONDecoder().decode(
      List.self,
      from: Data(contentsOf: URL(fileURLWithPath: bench.output + "/small.rpi-imager-manifest")))
    #expect(list.os_list.map(\.release_date) == ["2000-02-29"])
    #expect(list.os_list.first?.url.hasSuffix("/one.img.zst") == true)
  }
}

/// The stand-in base and a node of the shipped fleet: what looking into a packed image costs.
@Suite struct PackedInspectionTests {
  @Test func aTenthOfTheBlocksIsEnough() throws {
    let fleet = try ReferenceFleet.shared()
    let folder = try TemporaryDirectory()
    try Program.succeed(
      [
        "build", fleet.folder, "sugarkube0", "--output", folder.url.path, "--export", "img.xz",
      ], environment: fleet.environment)
    let image = folder.path("sugarkube0.img.xz")
    try Tool("xz").check(["-t", image])
    // The stand-in has but 51 blocks, where a published base has 120.
    let cases = [(image, "sugarkube0", 10), (try ReferenceFleet.base(), nil, 7)]
    for (path, node, share) in cases {
      let text = try Program.succeed(["inspect", path, "--json"], environment: fleet.environment)
      let inspection = try JSONDecoder().decode(
        ExportBench.Inspection.self, from: Data(text.utf8))
      #expect(inspection.identity?.node == node)
      let (blocks, decoded) = (
        inspection.packed?.blocks ?? 0, inspection.packed?.decodedBlocks ?? 99
      )
      #expect(decoded * share <= blocks, "\(decoded) of \(blocks) blocks of \(path)")
    }
  }
}
