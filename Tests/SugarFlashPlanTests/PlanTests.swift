import Foundation
import SugarFlashPlan
import SugarModel
import SugarPartition
import SugarTestSupport
import Testing

extension CardFixture {
  /// For where nothing can go wrong with it.
  static func anyImage(_ root: FlashImage.RootSize? = .size(.gib(80)), bound: Set<String> = [])
    -> FlashImage
  {
    do { return try image(root, bound: bound) } catch { preconditionFailure("\(error)") }
  }
}

/// What is done to a disk, as a person reads it, and what stays.
@Suite struct PlanTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var disk: Disk
    var wish = FlashWish(disk: CardFixture.serial)
    var image = CardFixture.anyImage()
    var journal: FlashResume?
    var testDescription: String { name }
  }

  static var cases: [Case] {
    var small = FlashWish(disk: "/dev/sda", verifies: false, ejects: false)
    small.disk = "/dev/sda"
    var unnamed = CardFixture.card()
    unnamed.identifier = .known(RailTests.place)
    return [
      Case(name: "blank", disk: CardFixture.card()),
      Case(name: "production", disk: CardFixture.card(CardFixture.production)),
      Case(name: "backup", disk: CardFixture.card(CardFixture.backup)),
      Case(name: "unnamed-not-verified", disk: unnamed, wish: small),
      Case(
        name: "preserve", disk: CardFixture.card(CardFixture.withData),
        wish: FlashWish(disk: CardFixture.serial, preserve: ["data"]),
        image: CardFixture.anyImage(.size(.gib(40)), bound: [CardFixture.serial])),
      Case(
        name: "fill", disk: CardFixture.card(), image: CardFixture.anyImage(.fill)),
      Case(
        name: "resumed", disk: CardFixture.card(),
        journal: FlashResume(
          image: String(repeating: "1", count: 64), done: .mib(1200), kept: [])),
    ]
  }

  @Test(arguments: cases) func textIsTheRecordedOne(_ row: Case) throws {
    let plan = try FlashPlanner.plan(
      row.image, row.wish, DiskCensus(disks: [row.disk], isSettled: true),
      journal: { _ in row.journal })
    let text = plan.text + "\n"
    let file = Self.folder.appendingPathComponent("\(row.name).plan")
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(file.lastPathComponent)")
      return
    }
    #expect(text == (try String(contentsOf: file, encoding: .utf8)))
  }

  private func plan(
    _ content: DiskContent, _ wish: FlashWish, _ root: FlashImage.RootSize? = .size(.gib(40)),
    journal: FlashResume? = nil
  ) throws(FlashRefusal) -> FlashPlan {
    try FlashPlanner.plan(
      CardFixture.anyImage(root), wish,
      DiskCensus(disks: [CardFixture.card(content)], isSettled: true), journal: { _ in journal })
  }

  private let keeping = FlashWish(disk: CardFixture.serial, preserve: ["data"])

  /// No byte of what stays is cleared, probed, or given to the root.
  @Test(arguments: [FlashImage.RootSize.size(.gib(40)), .fill])
  func whatStaysIsNotTouched(_ root: FlashImage.RootSize) throws {
    let plan = try plan(CardFixture.withData, keeping, root)
    let kept = try #require(plan.kept.first).range
    #expect(kept == (50 << 30)..<(80 << 30))
    #expect(!plan.clears.contains { $0.overlaps(kept) })
    #expect(!plan.probes.contains { kept.overlaps($0..<$0 + 4096) })
    #expect(plan.probes.count > 16)
    for case .resize(_, let size) in plan.rows {
      #expect((ByteCount.mib(520) + size).bytes <= kept.lowerBound)
    }
    #expect(plan.lost.count == 2)
  }

  struct Preserving: Sendable, CustomTestStringConvertible {
    var what: String
    var code: RefusalCode
    var content = CardFixture.withData
    var labels = ["data"]
    var root = FlashImage.RootSize.size(.gib(40))
    var journal: FlashResume?
    var testDescription: String { what }
  }

  static let kept = KeptPartition(
    label: "data", range: (50 << 30)..<(80 << 30),
    entry: .init(number: 3, type: 0x83, start: .gib(50), size: .gib(30)))

  @Test(arguments: [
    Preserving(what: "the root would reach into it", code: .overlap, root: .size(.gib(60))),
    Preserving(what: "no such label", code: .missing, labels: ["date"]),
    Preserving(
      what: "the boot partition lies where the image comes", code: .overlap, labels: ["bootfs"]),
    Preserving(
      what: "two have the label", code: .ambiguous,
      content: CardFixture.content(
        CardFixture.mbr([(1, 50 << 10, 10, "83"), (2, 60 << 10, 10, "83")]),
        [1, 2].reduce(into: [:]) {
          $0[$1] = VolumeContent(
            signatures: [Signature(type: "ext4", usage: "filesystem", label: "data")])
        })),
    Preserving(what: "there is no table", code: .damagedTable, content: CardFixture.blank),
    Preserving(
      what: "the table is damaged", code: .damagedTable,
      content: CardFixture.content(.damaged("the GPT is damaged"))),
    Preserving(
      what: "an interrupted run was to keep something, and this one is not", code: .mismatch,
      content: CardFixture.blank, labels: [],
      journal: FlashResume(image: "other", done: .zero, kept: [kept])),
    Preserving(
      what: "an interrupted run was to keep something, and now the root is larger", code: .overlap,
      content: CardFixture.blank, root: .size(.gib(60)),
      journal: FlashResume(image: "other", done: .zero, kept: [kept])),
  ]) func cannotBePreserved(_ row: Preserving) throws {
    do throws(FlashRefusal) {
      _ = try plan(
        row.content, FlashWish(disk: CardFixture.serial, preserve: row.labels), row.root,
        journal: row.journal)
      Issue.record("planned")
    } catch { #expect(error.refusal.code == row.code, "\(error.refusal.reason)") }
  }

  /// Its table is gone by now: only the journal knows where it is.
  @Test func whatAnInterruptedRunKeptIsKept() throws {
    let plan = try plan(
      CardFixture.blank, keeping,
      journal: FlashResume(image: "another image", done: .gib(1), kept: [Self.kept]))
    #expect(plan.kept == [Self.kept])
    #expect(plan.resumesAt == nil, "another image starts over")
  }

  /// What the node will make behind its root is cleared for it, but for what stays.
  @Test func theRoomBehindTheRoot() throws {
    var image = CardFixture.anyImage(.size(.gib(40)))
    image.behindRoot = [PartitionWish(label: "data", size: .fixed(.gib(20)))]
    let census = DiskCensus(disks: [CardFixture.card(CardFixture.withData)], isSettled: true)
    let start = UInt64(520 << 20) + (40 << 30)
    let alone = try FlashPlanner.plan(image, FlashWish(disk: CardFixture.serial), census)
    #expect(alone.rooms == [start..<start + (20 << 30)])
    #expect(try FlashPlanner.plan(image, keeping, census).rooms == [start..<50 << 30])
    image.behindRoot = [PartitionWish(label: "data", size: .fixed(.gib(200)))]
    #expect(throws: FlashRefusal.self) {
      try FlashPlanner.plan(image, FlashWish(disk: CardFixture.serial), census)
    }
  }

  /// A card that has a table again was used since.
  @Test func aUsedCardStartsOver() throws {
    let journal = FlashResume(
      image: String(repeating: "1", count: 64), done: .gib(1), kept: [])
    #expect(
      try plan(CardFixture.production, FlashWish(disk: CardFixture.serial), journal: journal)
        .resumesAt == nil)
    #expect(
      try plan(CardFixture.blank, FlashWish(disk: CardFixture.serial), journal: journal)
        .resumesAt == .gib(1))
  }

  /// An image that is not ours keeps its table as it is.
  @Test func foreignImagesDoNotGrow() throws {
    #expect(try plan(CardFixture.blank, FlashWish(disk: CardFixture.serial), nil).rows.isEmpty)
  }

  @Test func sizesAsOnTheLabel() {
    #expect(DiskWords.size(CardFixture.size) == "128 GB (119 GiB)")
    #expect(DiskWords.size(.zero) == "0 B (0 B)")
    #expect(DiskWords.size(ByteCount(UInt64(4_000_787_030_016))) == "4 TB (3.6 TiB)")
  }

  @Test(arguments: [
    (CardFixture.blank, "nothing"),
    (CardFixture.production, "the system of sugarkube3, prod, generation 4"),
    (CardFixture.content(CardFixture.mbr([(1, 1, 9, "83")])), "1 partition"),
    (CardFixture.content(.damaged("the GPT is damaged")), "the GPT is damaged"),
  ]) func whatIsOnIt(_ content: DiskContent, _ words: String) {
    #expect(DiskWords.summary(CardFixture.card(content)) == words)
  }
}
