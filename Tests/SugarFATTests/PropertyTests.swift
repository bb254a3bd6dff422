import Foundation
import SugarFAT
import SugarModel
import SugarTestSupport
import Testing

/// Random edits, by us and by mtools in turn, against a dictionary, mtools and `fsck.vfat`.
@Suite struct PropertyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var shape: Shape
    var seed: UInt64
    var testDescription: String { "\(shape.rawValue), seed \(seed)" }
  }

  static let cases = Shape.allCases.flatMap { shape in
    (0..<8).map { Case(shape: shape, seed: $0) }
  }

  @Test(arguments: cases) func editsAreWhatOthersRead(_ row: Case) throws {
    let test = try TestVolume(row.shape)
    var random = RandomEdits(seed: row.seed)
    var volume = try test.open()
    for _ in 0..<30 { try volume.apply(random.next()) }
    #expect(try random.differences(to: volume.contents()) == [])
    let byMtools = try random.differences(to: test.contentsByMtools(), asMtoolsShows: true)
    #expect(byMtools == [])
    #expect(try test.complaints() == "")
  }

  /// The same edits give the same bytes, also when the volume is opened anew before each.
  @Test(arguments: Shape.allCases) func editsAreDeterministic(_ shape: Shape) throws {
    let one = try TestVolume(shape)
    let other = try TestVolume(copying: one)
    var random = RandomEdits(seed: 5)
    var volume = try one.open()
    for _ in 0..<12 {
      let edit = random.next()
      try volume.apply(edit)
      var fresh = try other.open()
      try fresh.apply(edit)
    }
    try Tool("cmp").check([one.path, other.path])
  }

  @Test(arguments: cases) func mixedWithEditsByMtools(_ row: Case) throws {
    let test = try TestVolume(row.shape)
    var random = RandomEdits(seed: row.seed + 1000, forMtools: true)
    for _ in 0..<4 {
      for _ in 0..<3 { try test.applyWithMtools(random.next()) }
      var volume = try test.open()
      #expect(try random.differences(to: volume.contents()) == [])
      for _ in 0..<5 { try volume.apply(random.next()) }
    }
    #expect(try random.differences(to: test.open().contents()) == [])
    let byMtools = try random.differences(to: test.contentsByMtools(), asMtoolsShows: true)
    #expect(byMtools == [])
    #expect(try test.complaints() == "")
  }
}

extension FATVolume {
  mutating func apply(_ edit: RandomEdits.Edit) throws {
    switch edit {
    case .write(let path, let bytes): try write(bytes, to: path, modified: someTime)
    case .makeDirectory(let path): try makeDirectory(path, modified: someTime)
    case .remove(let path): try remove(path)
    }
  }
}

extension TestVolume {
  func applyWithMtools(_ edit: RandomEdits.Edit) throws {
    switch edit {
    case .write(let path, let bytes):
      let file = folder.path("input")
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      try mtools("mcopy", ["-o", file, "::/\(path)"])
    case .makeDirectory(let path):
      try mtools("mmd", ["::/\(path)"])
    case .remove(let path):
      let isDirectory = try open().entry(at: path)?.isDirectory == true
      try mtools(isDirectory ? "mrd" : "mdel", ["::/\(path)"])
    }
  }
}
