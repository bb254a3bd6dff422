import Foundation
import SugarExt4
import SugarModel
import SugarTestSupport
import Testing

/// Random edits against a dictionary, debugfs and e2fsck.
@Suite struct PropertyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var shape: Shape
    var seed: UInt64
    var testDescription: String { "\(shape.rawValue), seed \(seed)" }
  }

  static let cases = Shape.allCases.flatMap { shape in
    (0..<5).map { Case(shape: shape, seed: $0) }
  }

  @Test(arguments: cases) func editsAreWhatOthersRead(_ row: Case) throws {
    let test = try TestVolume(row.shape)
    var random = RandomEdits(seed: row.seed, over: Bases.content(row.shape))
    // Opened anew in between: what one volume leaves, the next must find.
    for _ in 0..<3 {
      try test.edit { volume in
        for _ in 0..<60 { try volume.apply(random.next()) }
      }
    }
    try expectNone(differences(random.model, test.open().contents()))
    try expectNone(differences(random.model, test.contentsByDebugfs()))
    try expectNone(test.complaints())
  }

  /// A new file is one of ext4, and stands in one piece where there is room.
  @Test(arguments: Shape.allCases) func filesAreMappedByExtents(_ shape: Shape) throws {
    let test = try TestVolume(shape)
    let content = (0..<1_000_001).map { UInt8(truncatingIfNeeded: $0 / 3) }
    try test.edit { volume in
      try volume.write(MemoryStorage(content), to: "/new", access: Ext4Access(mode: 0o644))
    }
    let words = try test.debugfs(["stat /new"])
    let last = (content.count - 1) / shape.blockSize
    #expect(words.contains("EXTENTS:\n(0-\(last)):"), "\(words)")
    try expectNone(test.complaints())
  }

  /// A partition inside an image, through the overlay that a build writes to: the base stays as it
  /// is, and no block outside the partition is written.
  @Test(arguments: Shape.allCases) func editsStayInsideThePartition(_ shape: Shape) throws {
    let volume = try Bases.bytes(shape)
    let fill = [UInt8](repeating: 0xa5, count: 3 * 512)
    let base = MemoryStorage(fill + volume + fill)
    let overlay = OverlayStorage(base: base, scratch: MemoryStorage(growing: ()))
    let partition = try Region(
      of: overlay, from: ByteCount(fill.count), size: ByteCount(volume.count), name: "partition 2")
    var random = RandomEdits(seed: 77, over: Bases.content(shape))
    let edited = try Ext4Volume.open(partition, name: "partition 2", editing: editTime)
    for _ in 0..<60 { try edited.apply(random.next()) }
    try edited.close()

    #expect(base.writes == 0)
    let image = try overlay.bytes(at: .zero, count: Int(overlay.size.bytes))
    #expect(Array(image.prefix(fill.count)) == fill)
    #expect(Array(image.suffix(fill.count)) == fill)
    #expect(overlay.writtenBlocks.count < volume.count / 4096)
    let result = try TestVolume(Array(image[fill.count..<(fill.count + volume.count)]))
    try expectNone(differences(random.model, result.contentsByDebugfs()))
    try expectNone(result.complaints())
  }

  /// The same edits at the same clock give the same bytes at another time of day.
  @Test(arguments: Shape.allCases) func editsAreDeterministic(_ shape: Shape) async throws {
    func edited() throws -> Data {
      let test = try TestVolume(shape)
      var random = RandomEdits(seed: 3, over: Bases.content(shape))
      try test.edit { volume in
        for _ in 0..<40 { try volume.apply(random.next()) }
      }
      return try test.bytes()
    }
    let first = try edited()
    try await Task.sleep(for: .milliseconds(1100))
    let second = try edited()
    #expect(first == second)
    #expect(try first != Data(Bases.bytes(shape)))
  }

  /// An indexed directory keeps its index, and the index finds every name.
  @Test(arguments: [Shape.indexed, .indexedSmallBlocks])
  func indexIsKept(_ shape: Shape) throws {
    let test = try TestVolume(shape)
    #expect(try test.debugfs(["stat /big"]).contains("Flags: 0x81000"), "the base has an index")
    try test.edit { volume in
      for number in 0..<400 {
        try volume.write(
          MemoryStorage([]), to: "/big/another file, number \(number)",
          access: Ext4Access(mode: 0o644))
      }
      for number in stride(from: 0, to: 500, by: 3) {
        try volume.remove("/big/file number \(number) with a name of some length")
      }
    }
    #expect(try test.debugfs(["stat /big"]).contains("Flags: 0x81000"))
    #expect(try test.open().list("/big").count == 400 + 500 - 167)
    try expectNone(test.complaints())
  }

  @Test(arguments: Shape.allCases) func readsWhatDebugfsWrites(_ shape: Shape) throws {
    let test = try TestVolume(shape)
    let file = test.folder.path("input")
    let bytes = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
    var expected = Bases.content(shape)
    for path in expected.keys where expected[path]?.content != .directory {
      expected[path]?.modified = baseTime
    }
    try test.debugfs(
      [
        "mkdir /made", "cd /made", "write \(file) copy", "symlink short target",
        "symlink slow \(String(repeating: "s", count: 300))",
        "set_inode_field copy uid 70000", "set_inode_field copy gid 5",
        "rm /etc/hostname", "cd /", "rm /etc/empty",
      ], writing: true)
    expected["/made"] = Item(content: .directory, mode: 0o755)
    expected["/made/copy"] = Item(
      content: .file(bytes), mode: 0o640, owner: 70000, group: 5, modified: editTime)
    expected["/made/short"] = Item(content: .link("target"), mode: 0o777, modified: editTime)
    expected["/made/slow"] = Item(
      content: .link(String(repeating: "s", count: 300)), mode: 0o777, modified: editTime)
    expected["/etc/hostname"] = nil
    expected["/etc/empty"] = nil
    try expectNone(differences(expected, test.open().contents()))

    // And we may change what debugfs made.
    try test.edit { volume in
      try volume.write(MemoryStorage([1]), to: "/made/slow", access: Ext4Access(mode: 0o600))
      try volume.remove("/made/copy")
    }
    expected["/made/slow"] = Item(content: .file([1]), mode: 0o600, modified: editTime)
    expected["/made/copy"] = nil
    try expectNone(differences(expected, test.contentsByDebugfs()))
    try expectNone(test.complaints())
  }
}
