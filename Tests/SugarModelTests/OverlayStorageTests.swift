import SugarModel
import SugarTestSupport
import Testing

@Suite struct OverlayStorageTests {
  /// Random reads and writes must look the same through an overlay as on plain memory.
  @Test(arguments: UInt64(1)...20) func behavesAsPlainBytes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let size = 3 * OverlayStorage.blockSize + Int.random(in: 0..<5000, using: &random)
    let original = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    let base = MemoryStorage(original)
    let overlay = OverlayStorage(base: base, scratch: MemoryStorage(growing: ()))
    var expected = original
    for _ in 0..<60 {
      let start = Int.random(in: 0..<size, using: &random)
      let count = Int.random(in: 0...min(9000, size - start), using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      try overlay.write(bytes, at: ByteCount(start))
      expected.replaceSubrange(start..<(start + count), with: bytes)
      let from = Int.random(in: 0..<size, using: &random)
      let length = Int.random(in: 0...(size - from), using: &random)
      #expect(
        try overlay.bytes(at: ByteCount(from), count: length)
          == Array(expected[from..<(from + length)]))
    }
    #expect(try overlay.bytes(at: .zero, count: size) == expected)
    #expect(base.content == original)
    #expect(base.writes == 0)
  }

  @Test func onlyTouchedBlocksAreKept() throws {
    let base = MemoryStorage(size: 100 * OverlayStorage.blockSize)
    let overlay = OverlayStorage(base: base, scratch: MemoryStorage(growing: ()))
    try overlay.write([1], at: ByteCount(OverlayStorage.blockSize * 7 + 5))
    try overlay.write([1, 2], at: ByteCount(OverlayStorage.blockSize * 50 - 1))
    #expect(overlay.writtenBlocks == [7, 49, 50])
  }

  @Test func writingOverTheEndIsRefused() throws {
    let overlay = OverlayStorage(
      base: MemoryStorage(size: 5000), scratch: MemoryStorage(growing: ()))
    #expect(throws: StorageError.self) { try overlay.write([1, 2], at: ByteCount(4999)) }
    try overlay.write([9], at: ByteCount(4999))
    #expect(try overlay.bytes(at: ByteCount(4998), count: 2) == [0, 9])
  }
}
