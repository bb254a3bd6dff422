import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Testing

/// Files that are read from start to end by libarchive.
@Suite struct ArchiveReaderTests {
  enum Format: String, CaseIterable, Sendable {
    case gzip, zstd, bzip2, lz4, zip

    func pack(_ test: TestArchive) throws -> [UInt8] {
      switch self {
      case .gzip: try test.packed("gzip", ["-c", "-1"])
      case .zstd: try test.packed("zstd", ["-c", "-q", "-1", "--check"])
      case .bzip2: try test.packed("bzip2", ["-c", "-1"])
      case .lz4: try test.packed("lz4", ["-c", "-q"])
      case .zip:
        try test.zipped(["image.img"])
      }
    }
  }

  @Test(arguments: Format.allCases, [1, 65536, 1_500_001])
  func unpacksToTheOriginal(_ format: Format, _ count: Int) throws {
    let test = try TestArchive(imageBytes(count))
    let packed = try format.pack(test)
    #expect(try CompressionKind(of: MemoryStorage(packed)) == .archive(format.rawValue))
    let sink = Sink(count)
    #expect(try read(archive: test.path(of: packed), into: sink) == ByteCount(count))
    #expect(sink.holds(test.original))
  }

  /// An image of no bytes is no image.
  @Test(arguments: [Format.gzip, .zstd, .bzip2, .lz4]) func empty(_ format: Format) throws {
    let test = try TestArchive([])
    let path = try test.path(of: format.pack(test))
    #expect(throws: ArchiveError.self) { _ = try read(archive: path, into: Sink(0)) }
  }

  @Test(arguments: Format.allCases) func cutOffAnywhere(_ format: Format) throws {
    let test = try TestArchive(imageBytes(200_000))
    let packed = try format.pack(test)
    for count in Array(stride(from: 8, to: packed.count, by: packed.count / 20)) + [
      packed.count - 1
    ] {
      // A zip ends with a list of its files, which a reader of the first one does not need.
      if format == .zip, count > packed.count - 200 { continue }
      let path = try test.path(of: Array(packed.prefix(count)))
      #expect(throws: ArchiveError.self, "\(count) of \(packed.count)") {
        _ = try read(archive: path, into: Sink(200_000))
      }
    }
  }

  /// Whatever byte is wrong: an error, or the right bytes.
  @Test(arguments: Format.allCases) func flippedAnywhere(_ format: Format) throws {
    let test = try TestArchive(imageBytes(200_000))
    let packed = try format.pack(test)
    for seed in 0..<60 {
      var random = SeededGenerator(seed: UInt64(seed))
      var broken = packed
      let place = Int.random(in: 0..<packed.count, using: &random)
      broken[place] ^= UInt8.random(in: 1...255, using: &random)
      guard try CompressionKind(of: MemoryStorage(broken)) == .archive(format.rawValue) else {
        continue
      }
      let sink = Sink(200_000)
      do {
        _ = try read(archive: test.path(of: broken), into: sink)
        #expect(sink.holds(test.original), "byte \(place)")
      } catch {
        #expect(error is ArchiveError)
      }
    }
  }

  @Test func zipWithTwoFiles() throws {
    let test = try TestArchive(imageBytes(1000))
    try "notes".write(toFile: test.folder.path("notes.txt"), atomically: true, encoding: .utf8)
    let path = try test.path(of: test.zipped(["image.img", "notes.txt"]))
    let error = #expect(throws: ArchiveError.self) { _ = try read(archive: path, into: Sink(1000)) }
    #expect(error?.reason == "it holds more than one file")
  }

  @Test func zipWithAFolderOrNothing() throws {
    let test = try TestArchive(imageBytes(1000))
    let inner = test.folder.path("folder")
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    let empty = try test.path(of: test.zipped(["folder"]))
    #expect(throws: ArchiveError.self) { _ = try read(archive: empty, into: Sink(0)) }
    try FileManager.default.copyItem(
      atPath: test.folder.path("image.img"), toPath: inner + "/image.img")
    let sink = Sink(1000)
    _ = try read(archive: test.path(of: test.zipped(["folder"])), into: sink)
    #expect(sink.holds(test.original))
  }

  @Test func severalMembers() throws {
    let (first, second) = (imageBytes(50_000), imageBytes(30_000, seed: 2))
    let (a, b) = (try TestArchive(first), try TestArchive(second))
    // The checksum at the end of a gzip file is of its last member alone.
    let gzip = try a.path(of: Format.gzip.pack(a) + Format.gzip.pack(b))
    let error = #expect(throws: ArchiveError.self) {
      _ = try read(archive: gzip, into: Sink(80_000))
    }
    #expect(error?.reason.hasSuffix("or has several parts") == true)
    for format in [Format.zstd, .bzip2, .lz4] {
      let packed = try format.pack(a) + format.pack(b)
      let sink = Sink(80_000)
      _ = try read(archive: a.path(of: packed), into: sink)
      #expect(sink.holds(first + second), "\(format)")
    }
  }

  @Test func whatCannotBeOpened() throws {
    let test = try TestArchive([])
    for path in [test.folder.path("none"), test.folder.url.path] {
      #expect(throws: ArchiveError.self) { _ = try ArchiveReader.open(path) }
    }
  }

  @Test func sinkThatFails() throws {
    let test = try TestArchive(imageBytes(100_000))
    let path = try test.path(of: Format.zstd.pack(test))
    let error = #expect(throws: ArchiveError.self) {
      _ = try ArchiveReader.open(path).read("image") { _, _ throws(StorageError) in
        throw StorageError(operation: "write", subject: "disk", reason: "no room", code: 28)
      }
    }
    #expect(error?.description == "cannot unpack 'image': cannot write 'disk': no room")
  }

  @Test(arguments: [
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1], CompressionKind.xz),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a], .none), ([0x1f, 0x8b, 8], .archive("gzip")),
    ([0x1f, 0x8b], .archive("gzip")), ([0x1f], .none), ([], .none),
    ([0x28, 0xb5, 0x2f, 0xfd], .archive("zstd")), ([0x50, 0x4b, 3, 4], .archive("zip")),
    ([0x50, 0x4b, 5, 6], .none), ([0x42, 0x5a, 0x68, 0x39], .archive("bzip2")),
    ([0x04, 0x22, 0x4d, 0x18], .archive("lz4")), ([0, 0, 0, 0, 0, 0], .none),
    ([0xfa, 0xb8, 0, 0x10, 0x8e, 0xd0], .none),
  ])
  func kinds(_ bytes: [UInt8], _ kind: CompressionKind) throws {
    #expect(try CompressionKind(of: MemoryStorage(bytes)) == kind)
    #expect(try CompressionKind(of: MemoryStorage(bytes + [])) == kind)
  }
}

extension TestArchive {
  func zipped(_ names: [String]) throws -> [UInt8] {
    let path = folder.path("packed.zip")
    try? FileManager.default.removeItem(atPath: path)
    try Tool("sh").check(
      ["-c", "cd \(folder.url.path) && zip -qr -1 packed.zip \(names.joined(separator: " "))"])
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
