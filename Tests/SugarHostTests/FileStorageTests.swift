import Foundation
import SugarHost
import SugarModel
import SugarTestSupport
import Testing

/// A file as a storage: its modes and its edges.
@Suite struct FileStorageTests {
  private let folder: TemporaryDirectory
  private let path: String

  init() throws {
    folder = try TemporaryDirectory()
    path = folder.path("file")
    try Data([1, 2, 3, 4, 5]).write(to: URL(fileURLWithPath: path))
  }

  private func content() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func readingKeepsTheFile() throws {
    let file = try FileStorage(path, .read)
    #expect(file.size == ByteCount(5))
    #expect(try file.bytes(at: .zero, count: 5) == [1, 2, 3, 4, 5])
    #expect(try file.bytes(at: ByteCount(5), count: 0) == [])
    let error = #expect(throws: StorageError.self) { try file.write([9], at: .zero) }
    #expect(error?.code == EBADF)
    #expect(try content() == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [FileStorage.Mode.read, .readWrite])
  func edges(_ mode: FileStorage.Mode) throws {
    let file = try FileStorage(path, mode)
    for (place, count) in [(UInt64(4), 2), (5, 1), (6, 0), (.max, 1), (.max, 0)] {
      let error = #expect(throws: StorageError.self) {
        _ = try file.bytes(at: ByteCount(place), count: count)
      }
      #expect(error?.reason.hasSuffix("reach over its end at 5") == true)
      #expect(throws: StorageError.self) {
        try file.write([UInt8](repeating: 9, count: count), at: ByteCount(place))
      }
    }
    #expect(try content() == [1, 2, 3, 4, 5])
  }

  @Test func writingInPlace() throws {
    let file = try FileStorage(path, .readWrite)
    try file.write([8, 9], at: ByteCount(3))
    try file.synchronize()
    #expect(try content() == [1, 2, 3, 8, 9])
    // It keeps its size, also when the file is cut short behind its back.
    try file.resize(to: ByteCount(2))
    let error = #expect(throws: StorageError.self) { _ = try file.bytes(at: .zero, count: 3) }
    #expect(error?.reason == "it ends before byte 3")
  }

  @Test func creatingEmptiesAndGrows() throws {
    let file = try FileStorage(path, .create)
    #expect(try content() == [])
    try file.write([7], at: ByteCount(9))
    #expect(try content() == [UInt8](repeating: 0, count: 9) + [7])
    #expect(try file.bytes(at: ByteCount(8), count: 2) == [0, 7])
    #expect(throws: StorageError.self) { _ = try file.bytes(at: ByteCount(9), count: 2) }
    #expect(throws: StorageError.self) { try file.write([1], at: ByteCount(UInt64(Int64.max))) }
    let new = folder.path("new")
    _ = try FileStorage(new, .create)
    #expect(try Files.status(new)?.mode == 0o600, "its owner's alone")
  }

  @Test func appendingKeeps() throws {
    let file = try FileStorage(path, .append)
    try file.write([6, 7], at: ByteCount(5))
    #expect(try content() == [1, 2, 3, 4, 5, 6, 7])
    #expect(throws: HostError.self) { _ = try FileStorage(folder.path("none"), .append) }
  }

  @Test(arguments: [FileStorage.Mode.read, .readWrite]) func missing(_ mode: FileStorage.Mode) {
    let none = folder.path("none")
    let error = #expect(throws: HostError.self) { _ = try FileStorage(none, mode) }
    #expect(error?.description == "cannot open '\(none)': No such file or directory")
    #expect(error?.code == ENOENT)
  }

  @Test func unlinkedFileLivesOn() throws {
    let file = try FileStorage(path, .readWrite)
    try file.unlink()
    #expect(try Files.status(path) == nil)
    #expect(try file.bytes(at: .zero, count: 5) == [1, 2, 3, 4, 5])
  }

  @Test func dataOfASparseFile() throws {
    let file = try FileStorage(folder.path("sparse"), .create)
    #expect(try file.dataRanges() == [])
    let mebibyte = UInt64(1 << 20)
    try file.resize(to: ByteCount(16 * mebibyte))
    #expect(try file.dataRanges() == [])
    let block = [UInt8](repeating: 1, count: 1 << 20)
    for place in [UInt64(2), 3, 9] { try file.write(block, at: ByteCount(place * mebibyte)) }
    let ranges = try file.dataRanges()
    #expect(ranges == [2 * mebibyte..<4 * mebibyte, 9 * mebibyte..<10 * mebibyte])
    // Up to the very end, which is no multiple of a block.
    try file.write([1], at: ByteCount(16 * mebibyte + 4))
    #expect(try file.dataRanges().last?.upperBound == 16 * mebibyte + 5)
    // What lies between reads as zeros.
    #expect(try file.bytes(at: ByteCount(8 * mebibyte), count: 3) == [0, 0, 0])
  }

  @Test func fullDisk() throws {
    let error = #expect(throws: StorageError.self) {
      try FileStorage("/dev/full", .append).write([1], at: .zero)
    }
    #expect(error?.description == "cannot write '/dev/full': No space left on device")
    #expect(error?.code == ENOSPC)
  }
}
