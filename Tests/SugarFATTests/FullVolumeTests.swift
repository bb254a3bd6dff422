import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

/// A volume or a directory without room: the edit is refused before anything is written.
@Suite struct FullVolumeTests {
  static let edits: [RandomEdits.Edit] = [
    .write("new", SmallShape.pattern(5000, 1)),
    .write("config.txt", SmallShape.pattern(9000, 1)),
    .makeDirectory("one/two/three"),
    .makeDirectory("overlays/" + String(repeating: "x", count: 255) + "/inner"),
    .write("overlays/" + String(repeating: "y", count: 255), []),
    .write("overlays/" + String(repeating: "y", count: 255), [1]),
  ]

  @Test(arguments: SmallShape.allCases, [0, 1, 2, 3, 4, 7, 11]) func full(
    _ shape: SmallShape, _ left: Int
  ) throws {
    let memory = try shape.memory()
    var volume = try FATVolume.open(memory)
    let size = Int(try volume.freeSpace().bytes) - left * Int(volume.clusterSize.bytes)
    try volume.write([UInt8](repeating: 7, count: size), to: "filler", modified: someTime)
    let before = memory.content
    for edit in Self.edits {
      let copy = MemoryStorage(before)
      var volume = try FATVolume.open(copy)
      let old = try volume.contents()
      do {
        try volume.apply(edit)
        #expect(try copy.complaints() == "")
        try volume.check()
      } catch let error as FATError {
        #expect(error.reason.hasPrefix("the volume is full: "))
        #expect(copy.writes == 0)
        #expect(try volume.contents() == old)
      }
    }
  }

  @Test func aFixedRootDirectoryDoesNotGrow() throws {
    let memory = try SmallShape.fat12.memory()  // 32 slots: seven are in use
    var volume = try FATVolume.open(memory)
    for number in 0..<24 { try volume.write([1], to: "file\(number)", modified: someTime) }
    let before = memory.content
    let error = #expect(throws: FATError.self) {
      try volume.write([1], to: "a long name", modified: someTime)
    }
    #expect(error?.reason == "the root directory is full, and cannot grow")
    #expect(memory.content == before)
    try volume.write([1], to: "last", modified: someTime)
    #expect(throws: FATError.self) { try volume.makeDirectory("more", modified: someTime) }
    try volume.remove("file3")
    try volume.remove("file4")
    try volume.write([1], to: "a long name", modified: someTime)
    #expect(try memory.complaints() == "")
  }

  @Test(arguments: SmallShape.allCases) func everyClusterCanBeUsedAndFreed(
    _ shape: SmallShape
  ) throws {
    let memory = try shape.memory()
    var volume = try FATVolume.open(memory)
    let free = try volume.freeSpace()
    for round in 0..<3 {
      try volume.write(
        [UInt8](repeating: UInt8(round), count: Int(free.bytes)), to: "all", modified: someTime)
      #expect(try volume.freeSpace() == .zero)
      #expect(try memory.complaints() == "")
      try volume.remove("ALL")
      #expect(try volume.freeSpace() == free)
    }
    #expect(try memory.complaints() == "")
    #expect(try volume.contents() == SmallShape.files)
  }

  @Test func directoriesGrowAndUseTheirGapsAgain() throws {
    let test = try TestVolume(.fat32Small)
    var volume = try test.open()
    try volume.makeDirectory("d", modified: someTime)
    var expected: [String: Content] = ["d": .directory]
    for number in 0..<80 {
      try volume.write([1], to: "d/file with number \(number)", modified: someTime)
      if number % 2 == 0 { expected["d/file with number \(number)"] = .file([1]) }
    }
    for number in stride(from: 1, to: 80, by: 2) {
      try volume.remove("d/FILE WITH NUMBER \(number)")
    }
    let free = try volume.freeSpace()
    for number in 0..<35 {
      try volume.write([], to: "d/another one, \(number)", modified: someTime)
      expected["d/another one, \(number)"] = .file([])
    }
    #expect(try volume.freeSpace() == free)
    #expect(try volume.contents() == expected)
    #expect(try test.contentsByMtools() == expected)
    #expect(try test.complaints() == "")
  }
}
