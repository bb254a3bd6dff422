import SugarFlashPlan
@testable import SugarFlasher
import SugarImageBuilder
import SugarModel
import SugarTestSupport
import Testing

/// Writing to a disk that does what it is told.
@Suite struct FlasherTests {
  @Test(arguments: [true, false]) func theDiskHoldsTheImage(_ verifies: Bool) throws {
    let bench = try FlashBench()
    bench.wish.verifies = verifies
    let outcome = try bench.run()
    #expect(
      outcome
        == FlashOutcome(
          wasAlreadyThere: false, resumedAt: nil, size: ByteCount(FlashBench.imageSize),
          wasVerified: verifies))
    #expect(try bench.holdsTheImage)
    #expect(bench.disk.content.suffix(1 << 20).allSatisfy { $0 == 0 }, "the end is cleared")
    #expect(bench.journal.resume == nil, "a finished disk has no journal")
    #expect(bench.told.last == .phase("writing the first block"))
  }

  /// The ends first and flushed, the first block last and alone, and flushed before it.
  @Test func order() throws {
    let bench = try FlashBench()
    try bench.run()
    let events = bench.disk.events
    #expect(events.first == .zero(0..<1 << 20))
    let firstFlush = try #require(events.firstIndex(of: .flush))
    #expect(events[..<firstFlush].contains(.zero(UInt64(23 << 20)..<UInt64(24 << 20))))
    #expect(
      events[..<firstFlush].allSatisfy { if case .zero = $0 { true } else { false } },
      "nothing is written before both ends are cleared and flushed")
    #expect(events.suffix(3) == [.flush, .write(0..<4096), .flush])
    let early = events.dropLast(3).filter { event in
      if case .write(let range) = event { range.lowerBound < 4096 } else { false }
    }
    #expect(early.isEmpty, "the first block is written once")
  }

  /// Old bytes beyond the image are left where they are, and the probes' blocks are not.
  @Test func beyondTheImage() throws {
    let bench = try FlashBench()
    let before = bench.disk.content
    let probes = try bench.plan().probes
    try bench.run()
    let after = bench.disk.content
    for block in (FlashBench.imageSize / 4096 + 1)..<(23 << 20) / 4096 {
      let range = block * 4096..<(block + 1) * 4096
      let isProbe = probes.contains(UInt64(range.lowerBound))
      #expect(isProbe ? after[range].allSatisfy { $0 == 0 } : same(after[range], before[range]))
    }
    #expect(probes.count >= 17)
  }

  /// Doing a finished thing again writes nothing.
  @Test func again() throws {
    let bench = try FlashBench()
    try bench.run()
    let before = bench.disk.content
    bench.disk.set(.none)
    let outcome = try bench.run()
    #expect(outcome.wasAlreadyThere)
    #expect(bench.disk.events.isEmpty)
    #expect(same(bench.disk.content[...], before[...]))
    // One byte at the very end is enough to write it again.
    bench.disk.change { $0[FlashBench.imageSize - 513] ^= 1 }
    #expect(try !bench.run().wasAlreadyThere)
    #expect(try bench.holdsTheImage)
  }

  /// A hole of the image that holds old bytes is cleared, also when the device only says so.
  @Test func holesAreZeros() throws {
    let bench = try FlashBench()
    bench.disk.set(.doesNotClear)
    try bench.run()
    #expect(try bench.holdsTheImage)
  }

  /// The image's own bytes are compared with what was built, before the disk may boot.
  @Test func aBaseThatWasChanged() throws {
    let bench = try FlashBench()
    var wrong = bench.image
    wrong[(8 << 20) + 5] ^= 1
    bench.source.storage = ByteStorage(wrong)
    do {
      try bench.run()
      Issue.record("written")
    } catch let error as FlashError {
      #expect(error.kind == .data)
      #expect(error.message.contains("its bytes are not those that were built"))
    }
    #expect(bench.bootsNothing)
  }

  /// The agent refuses old bytes where it is to make a partition: there are none, and beside it they
  /// are left.
  @Test func theRoomBehindTheRoot() throws {
    let bench = try FlashBench()
    bench.behindRoot = [PartitionWish(label: "data", size: .fixed(.mib(2)))]
    let before = bench.disk.content
    #expect(try bench.plan().rooms == [11 << 20..<13 << 20])
    try bench.run()
    #expect(try bench.holdsTheImage)
    #expect(bench.disk.content[(11 << 20)..<(13 << 20)].allSatisfy { $0 == 0 })
    #expect(same(bench.disk.content[(13 << 20)..<(14 << 20)], before[(13 << 20)..<(14 << 20)]))
  }

  @Test func theGrownRootIsInTheTable() throws {
    let bench = try FlashBench()
    try bench.run()
    let row = bench.disk.content[(446 + 16 + 12)..<(446 + 16 + 16)]
    #expect(Array(row) == [0, 0x38, 0, 0], "7 MiB in sectors")
  }

  @Test func whatStaysIsTheSame() throws {
    let bench = try FlashBench()
    bench.addData()
    let before = bench.data
    try bench.run()
    #expect(try bench.holdsTheImage)
    #expect(same(bench.data, before))
    #expect(bench.disk.content[446 + 32 + 4] == 0x83, "and it has its row")
  }

  /// Every image has pieces that cover it once, whatever its holes are.
  @Test func piecesCoverTheImage() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let size = generator.next() % (40 << 20) + (1 << 20)
      var (place, data): (UInt64, [Range<UInt64>]) = (0, [])
      while place < size {
        let start = place + generator.next() % (4 << 20)
        let end = min(size, start + generator.next() % (6 << 20))
        if start < end { data.append(start..<end) }
        place = max(end, start) + 1
      }
      let pieces = FlashPieces.pieces(data: data, size: size, from: 1 << 20)
      var next: UInt64 = 1 << 20
      for piece in pieces {
        #expect(piece.range.lowerBound == next)
        next = piece.range.upperBound
        #expect(piece.range.lowerBound % FlashPieces.grain == 0)
        if !piece.isData { #expect(!data.contains { $0.overlaps(piece.range) }) }
      }
      #expect(next == max(size, 1 << 20))
    }
  }
}
