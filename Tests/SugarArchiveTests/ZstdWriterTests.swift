import Foundation
import SugarArchive
import SugarModel
import SugarTestSupport
import Testing

/// Images packed as `.zst`, read by `zstd` and by libarchive.
@Suite struct ZstdWriterTests {
  static func write(_ image: [UInt8], workers: Int) throws -> [UInt8] {
    let output = MemoryStorage(growing: ())
    try ZstdWriter.write(
      MemoryStorage(image), to: output, name: "new.zst", workers: workers, progress: { _ in })
    return output.content
  }

  @Test(arguments: [0, 1, 700_001, 8 << 20, (8 << 20) + 1, (17 << 20) + 5])
  func unpacksToTheImage(_ size: Int) throws {
    let test = try TestArchive(imageBytes(size))
    let packed = try Self.write(test.original, workers: 2)
    for workers in [1, 3] {
      #expect(packed == (try Self.write(test.original, workers: workers)), "\(workers) workers")
    }
    let path = try test.path(of: packed)
    try Tool("zstd").check(["-t", "-q", path])
    #expect(try Tool("zstd").check(["-d", "-c", "-q", path]).output == test.original)
    let sink = Sink(size)
    if size > 0 {
      #expect(try read(archive: path, into: sink) == ByteCount(size))
      #expect(sink.holds(test.original))
    }
    // Each frame says its size and has a checksum.
    let listing = try Tool("zstd").check(["-l", "-v", path]).text
    #expect(listing.contains("(\(size) B)"), "\(listing)")
    #expect(listing.contains("Check: XXH64"), "\(listing)")
  }

  @Test func damageIsFound() throws {
    let test = try TestArchive(imageBytes(9 << 20))
    let packed = try Self.write(test.original, workers: 2)
    var random = SeededGenerator(seed: 6)
    for _ in 0..<20 {
      var broken = packed
      broken[Int.random(in: 4..<packed.count, using: &random)] ^= 0x40
      let path = try test.path(of: broken)
      #expect(try Tool("zstd").run(["-t", "-q", path]).status != 0)
    }
  }

  @Test func failuresAreTold() throws {
    let image = imageBytes(20 << 20)
    for count in 0..<4 {
      let output = MemoryStorage(growing: ())
      output.failWrites(after: count)
      do throws(ArchiveError) {
        try ZstdWriter.write(
          MemoryStorage(image), to: output, name: "new.zst", workers: 2, progress: { _ in })
        #expect(count >= 3)
      } catch {
        #expect(error.description == "cannot write 'memory': told to fail" && error.code == 5)
      }
    }
  }
}
