import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

/// The storage gives up in the middle of an edit.
@Suite struct CutOffTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var shape: SmallShape
    var name: String
    var edit: RandomEdits.Edit
    var testDescription: String { "\(shape.rawValue), \(name)" }
  }

  static let bytes = SmallShape.pattern(3000, 9)
  static let edits: [(String, RandomEdits.Edit)] = [
    ("create", .write("overlays/" + String(repeating: "n", count: 250), bytes)),
    ("replace", .write("config.txt", bytes)),
    ("empty", .write("kernel_2712.img", [])),
    ("fill", .write("empty", bytes)),
    ("make directories", .makeDirectory("overlays/one/two/three with a long name")),
    ("remove", .remove("overlays/a long name of an overlay.dtbo")),
  ]

  static let cases = SmallShape.allCases.flatMap { shape in
    edits.map { Case(shape: shape, name: $0.0, edit: $0.1) }
  }

  @Test(arguments: cases) func everyWriteCanFail(_ row: Case) throws {
    let before = try row.shape.bytes()
    for count in 0..<1000 {
      let memory = MemoryStorage(before)
      var volume = try FATVolume.open(memory)
      memory.failWrites(after: count)
      do {
        try volume.apply(row.edit)
        #expect(count > 2)
        #expect(try memory.complaints() == "")
        return
      } catch let error as FATError {
        #expect(error.code == 5)
      }
      memory.failWrites(after: nil)
      try expectNothingElseChanged(row.edit, memory)
    }
    Issue.record("the edit never ended")
  }

  /// Every other file is as it was; the file itself is old, or new, or not there.
  private func expectNothingElseChanged(_ edit: RandomEdits.Edit, _ memory: MemoryStorage) throws {
    var found = try FATVolume.open(memory).contents()
    var expected = SmallShape.files
    switch edit {
    case .write(let path, let bytes):
      let content = found.removeValue(forKey: path)
      let old = expected.removeValue(forKey: path)
      #expect(content == old || content == .file(bytes))
    case .makeDirectory:
      found = found.filter { !$0.key.hasPrefix("overlays/one") }
    case .remove(let path):
      let content = found.removeValue(forKey: path)
      let old = expected.removeValue(forKey: path)
      #expect(content == nil || content == old)
    }
    // Half an entry may leave an old file to be seen by its short name only, never damaged.
    #expect(found == expected)
  }

  @Test(arguments: cases) func everyReadCanFail(_ row: Case) throws {
    let before = try row.shape.bytes()
    for count in 0..<1000 {
      let memory = MemoryStorage(before)
      memory.failReads(after: count)
      do {
        var volume = try FATVolume.open(memory)
        try volume.apply(row.edit)
        return
      } catch let error as FATError {
        #expect(error.code == 5)
        #expect(memory.writes == 0)
      }
    }
    Issue.record("the edit never ended")
  }

  @Test func anEditAfterOneThatWasCutOffIsRefusedOrClean() throws {
    let memory = try SmallShape.fat32.memory()
    var volume = try FATVolume.open(memory)
    memory.failWrites(after: 2)  // the new content and the first table
    #expect(throws: FATError.self) {
      try volume.write([1], to: "new", modified: someTime)
    }
    memory.failWrites(after: nil)
    let error = #expect(throws: FATError.self) {
      try volume.write([1], to: "new", modified: someTime)
    }
    #expect(error?.description == "cannot write 'new': its two tables differ; run fsck.vfat")
  }
}
