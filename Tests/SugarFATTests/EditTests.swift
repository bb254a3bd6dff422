import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

@Suite struct EditTests {
  @Test(arguments: Shape.allCases) func factsOfAFreshVolume(_ shape: Shape) throws {
    let test = try TestVolume(shape)
    let volume = try test.open()
    #expect(volume.kind == shape.kind)
    #expect(volume.label == "bootfs")
    #expect(volume.volumeID == 0x1234_5678)
    #expect(volume.writeRefusal == nil)
    #expect(try volume.list("/") == [])
    #expect(try volume.entry(at: "/config.txt") == nil)
    let text = String(decoding: try test.mtools("minfo", ["::"]), as: UTF8.self)
    let sectors = try #require(text.firstMatch(of: /cluster size: (\d+) sectors/))
    #expect(volume.clusterSize.bytes == (UInt64(sectors.1) ?? 0) * 512)
    if let free = text.firstMatch(of: /free clusters=(\d+)/), let count = UInt64(free.1) {
      #expect(try volume.freeSpace().bytes == count * volume.clusterSize.bytes)
    }
  }

  @Test(arguments: Shape.allCases) func oneOfEachEdit(_ shape: Shape) throws {
    let test = try TestVolume(shape)
    var volume = try test.open()
    let long = [UInt8](repeating: 0x61, count: 10_000)
    try volume.write(Array("dtparam=pciex1\n".utf8), to: "config.txt", modified: someTime)
    try volume.write(long, to: "/A long name with spaces.yaml", modified: someTime)
    try volume.makeDirectory("overlays/deep/deeper", modified: someTime)
    try volume.write([], to: "overlays/deep/deeper/Zero", modified: someTime)
    try volume.write([1, 2, 3], to: "CONFIG.TXT", modified: someTime)
    try volume.write([7], to: "gone", modified: someTime)
    try volume.remove("gone")
    let expected: [String: Content] = [
      "config.txt": .file([1, 2, 3]), "A long name with spaces.yaml": .file(long),
      "overlays": .directory, "overlays/deep": .directory, "overlays/deep/deeper": .directory,
      "overlays/deep/deeper/Zero": .file([]),
    ]
    #expect(try volume.contents() == expected)
    #expect(try test.complaints() == "")
    #expect(try test.contentsByMtools() == expected)
    #expect(throws: FATError.self) { try volume.remove("overlays") }
    try volume.check()
  }
}
