import Foundation
import SugarFlashPlan
import SugarImageBuilder
import SugarModel
import Testing

@testable import SugarFlasher

/// Disks that fail: what is left boots nothing, what was to stay is there, and the next run finishes.
@Suite struct FaultTests {
  /// An I/O error anywhere: said where, and a disk that works again is finished.
  @Test(arguments: (0..<35).map { UInt64($0) * 700 << 10 })
  func brokenAnywhere(_ place: UInt64) throws {
    let bench = try FlashBench()
    let before = bench.disk.content
    let range = place..<place + 512
    bench.disk.set(.broken(range))
    // Beyond the image nothing is written but probes and ends.
    let plan = try bench.plan()
    let touched =
      place < UInt64(FlashBench.imageSize) || plan.clears.contains { $0.overlaps(range) }
      || plan.probes.contains { ($0..<$0 + 4096).overlaps(range) }
    do {
      try bench.run()
      #expect(!touched, "an error at \(place) was overlooked")
      #expect(try bench.holdsTheImage)
    } catch let error as FlashError {
      #expect(error.kind == .machine)
      #expect(error.message.contains("Input/output error"), "\(error)")
      let isUntouched = same(bench.disk.content[...], before[...])
      #expect(bench.bootsNothing || isUntouched)
      #expect(error.note?.isEmpty == false)
      bench.disk.set(.none)
      try bench.run()
      #expect(try bench.holdsTheImage)
    }
  }

  /// Pulled out at any moment, and put in again.
  @Test func vanishesAtAnyMoment() throws {
    let whole = try FlashBench()
    try whole.run()
    let count = whole.disk.operations
    #expect(count > 60)
    for moment in 0..<count {
      let bench = try FlashBench(.vanishes(after: moment))
      bench.addData()
      let (before, data) = (bench.disk.content, bench.data)
      do {
        try bench.run()
      } catch let error as FlashError {
        #expect(error.message == "cannot go on with '/dev/sdz': it is gone", "\(error)")
        let isWhole = try bench.disk.content[0..<4096].elementsEqual(bench.expected[0..<4096])
        #expect(
          bench.bootsNothing || isWhole || same(bench.disk.content[...], before[...]),
          "\(moment)")
        #expect(same(bench.data, data))
        bench.disk.set(.none)
        try bench.run()
      }
      #expect(try bench.holdsTheImage, "\(moment)")
      #expect(same(bench.data, data), "\(moment)")
      #expect(bench.disk.content[446 + 32 + 4] == 0x83)
    }
  }

  /// A run that is taken up does not write again what is there.
  @Test func goesOnWhereItStopped() throws {
    // How far the tenth-last operation is from the end depends on what else the processors do.
    var found: (bench: FlashBench, resume: FlashResume)?
    for _ in 0..<5 where (found?.resume.done ?? .zero) < .mib(2) {
      let whole = try FlashBench()
      try whole.run()
      let bench = try FlashBench(.vanishes(after: whole.disk.operations - 10))
      #expect(throws: FlashError.self) { try bench.run() }
      found = (bench, try #require(bench.journal.resume))
    }
    let (bench, resume) = try #require(found)
    #expect(resume.done >= .mib(2), "\(resume.done)")
    bench.disk.set(.none)
    #expect(try bench.run().resumedAt == resume.done)
    #expect(try bench.holdsTheImage)
    let early = bench.disk.events.filter { event in
      if case .write(let range) = event {
        range.upperBound <= resume.done.bytes && range.lowerBound >= 1 << 20
      } else {
        false
      }
    }
    #expect(early.isEmpty, "\(early)")
  }

  /// What was changed on the card meanwhile is written again, wherever it is.
  @Test(arguments: [(2 << 20) + 9, (5 << 20) + 8192, (4 << 20) + 1, 77])
  func aCardThatWasChanged(_ place: Int) throws {
    let whole = try FlashBench()
    try whole.run()
    let bench = try FlashBench(.vanishes(after: whole.disk.operations - 10))
    #expect(throws: FlashError.self) { try bench.run() }
    bench.disk.set(.none)
    bench.disk.change { $0[place] ^= 0x10 }
    try bench.run()
    #expect(try bench.holdsTheImage)
  }

  /// What an earlier run noted is never taken for nothing because it cannot be read.
  @Test func aDamagedJournal() throws {
    let bench = try FlashBench(.vanishes(after: 40))
    #expect(!bench.journal.isDamaged, "none is none")
    #expect(throws: FlashError.self) { try bench.run() }
    #expect(!bench.journal.isDamaged)
    try "{ \"schema\"".write(toFile: bench.journal.path, atomically: true, encoding: .utf8)
    #expect(bench.journal.isDamaged)
    #expect(bench.journal.resume == nil)
  }

  /// Another image on the same card does not go on with the first one.
  @Test func anotherImageStartsOver() throws {
    let whole = try FlashBench()
    try whole.run()
    let bench = try FlashBench(.vanishes(after: whole.disk.operations - 10))
    #expect(throws: FlashError.self) { try bench.run() }
    bench.disk.set(.none)
    bench.source.key = "image two"
    #expect(try bench.run().resumedAt == nil)
    #expect(try bench.holdsTheImage)
  }

  struct Lying: Sendable, CustomTestStringConvertible {
    var real: UInt64
    var lie: FaultyDisk.Lie
    var testDescription: String { "\(real >> 20) MiB, \(lie)" }
  }

  /// A counterfeit card is found before the image is written, whatever it does beyond its end.
  @Test(arguments: [
    Lying(real: 8 << 20, lie: .drops), Lying(real: 8 << 20, lie: .wraps),
    Lying(real: 16 << 20, lie: .wraps), Lying(real: 4 << 20, lie: .wraps),
    Lying(real: 23 << 20, lie: .drops), Lying(real: (24 << 20) - 512, lie: .drops),
    Lying(real: 11 << 20, lie: .readsAsOnes), Lying(real: 15 << 20, lie: .drops),
  ]) func capacityLies(_ row: Lying) throws {
    let bench = try FlashBench(.smaller(row.real, row.lie))
    do {
      try bench.run()
      Issue.record("written")
    } catch let error as FlashError {
      #expect(error.note?.contains("boots nothing") == true, "\(error)")
      #expect(error.kind == .refused || error.message.contains("reads back"), "\(error)")
    }
    #expect(bench.bootsNothing)
    let content = bench.disk.events.filter { event in
      if case .write(let range) = event { range.count > 4096 } else { false }
    }
    #expect(content.count < 3, "the content was written all the same")
  }

  /// Writes that are lost without a word, from any write on.
  @Test func writesAreDropped() throws {
    let whole = try FlashBench()
    try whole.run()
    let count = whole.disk.writes
    for moment in 0..<count {
      let bench = try FlashBench(.dropsWrites(after: moment))
      let before = Array(bench.disk.content[0..<4096])
      do {
        try bench.run()
        // What was dropped may have been there already.
        #expect(try bench.holdsTheImage, "\(moment)")
      } catch let error as FlashError {
        #expect(
          error.message.contains("reads back") || error.message.contains("does not keep"),
          "\(moment): \(error)")
        #expect(bench.bootsNothing || bench.disk.content[0..<4096].elementsEqual(before))
      }
    }
  }

  /// Nothing that stays can be written, whatever a plan says.
  @Test func theFence() throws {
    let disk = FaultyDisk([UInt8](repeating: 1, count: 8 << 20))
    let mib: UInt64 = 1 << 20
    let fenced = FencedDevice(device: disk, kept: [4 * mib..<5 * mib])
    let ranges: [Range<UInt64>] = [
      4 * mib - 512..<4 * mib + 512, 5 * mib - 512..<6 * mib, 0..<8 * mib, 8 * mib - 512..<9 * mib,
    ]
    for range in ranges {
      #expect(throws: StorageError.self) { try fenced.zero(range) }
    }
    #expect(disk.events.isEmpty)
    try fenced.zero(0..<4 * mib)
    try fenced.zero(5 * mib..<8 * mib)
  }
}
