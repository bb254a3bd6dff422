import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

/// Volumes in order, but not as one meets them every day.
@Suite struct UnusualVolumeTests {
  static let arguments = [
    ["-F", "32", "-S", "4096", "-s", "1"], ["-F", "16", "-S", "2048"], ["-F", "12", "-S", "1024"],
    ["-F", "32", "-s", "1", "-f", "1"], ["-F", "16", "-f", "1"],
    ["-F", "32", "-s", "1", "-R", "99"],
    ["-F", "16", "-s", "8", "-r", "64"], ["-F", "32", "-s", "64"], ["-F", "12", "-s", "128"],
  ]

  @Test(arguments: arguments) func isEdited(_ arguments: [String]) throws {
    let test = try TestVolume(arguments, mebibytes: arguments[1] == "12" ? 4 : 40)
    var random = RandomEdits(seed: 77)
    var volume = try test.open()
    for _ in 0..<25 { try volume.apply(random.next()) }
    let free = try volume.freeSpace()
    let again = try test.open()
    #expect(try again.freeSpace() == free)
    #expect(try random.differences(to: again.contents()) == [])
    #expect(try test.complaints() == "")
  }

  /// A volume in the middle of an image, with nothing of its neighbours touched.
  @Test func insideAnImage() throws {
    let bytes = try SmallShape.fat32.bytes()
    let around = [UInt8](repeating: 0xAA, count: 4096)
    let memory = MemoryStorage(around + bytes + around)
    let region = try Region(
      of: memory, from: .kib(4), size: ByteCount(bytes.count), name: "partition 1")
    var volume = try FATVolume.open(region)
    for edit in CutOffTests.edits { try volume.apply(edit.1) }
    let free = Int(try volume.freeSpace().bytes)
    try volume.write([UInt8](repeating: 1, count: free - 512), to: "all", modified: someTime)
    #expect(memory.content.prefix(4096) == around[...])
    #expect(memory.content.suffix(4096) == around[...])
    try volume.check()
  }

  @Test func onlyTouchedSectorsAreWritten() throws {
    let memory = try SmallShape.fat32.memory()
    var volume = try FATVolume.open(memory)
    #expect(memory.writes == 0)
    try volume.write([1], to: "new.txt", modified: someTime)
    // The content, both tables, the directory, FSInfo.
    #expect(memory.writes == 5)
    try volume.write([2], to: "new.txt", modified: someTime)
    // The same, and both tables again for the old cluster; FSInfo has a new place to look.
    #expect(memory.writes == 5 + 7)
  }

  /// FSInfo may say anything: the count is made anew, a wrong hint is not followed.
  @Test(arguments: [0, 1, 5, 6000, 0x0FFF_FFFF, UInt32.max]) func wrongHints(_ hint: UInt32) throws
  {
    var bytes = try SmallShape.fat32.bytes()
    BrokenVolumeTests.put(hint, 4, at: 512 + 488)(&bytes)
    BrokenVolumeTests.put(hint, 4, at: 512 + 492)(&bytes)
    let memory = MemoryStorage(bytes)
    var volume = try FATVolume.open(memory)
    try volume.write([1], to: "new", modified: someTime)
    #expect(try memory.complaints() == "")
  }
}
