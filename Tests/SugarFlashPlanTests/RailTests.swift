import SugarFlashPlan
import SugarModel
import Testing

/// Which disk may be written: one row for each way in which it may not.
@Suite struct RailTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var what: String
    /// nil when it may be written.
    var code: RefusalCode?
    var disk: @Sendable (inout Disk) -> Void = { _ in }
    var wish: @Sendable (inout FlashWish) -> Void = { _ in }
    var bound: Set<String> = []
    var testDescription: String { what }

    init(
      _ what: String, _ code: RefusalCode?,
      disk: @escaping @Sendable (inout Disk) -> Void = { _ in },
      wish: @escaping @Sendable (inout FlashWish) -> Void = { _ in }, bound: Set<String> = []
    ) {
      self.what = what
      self.code = code
      self.disk = disk
      self.wish = wish
      self.bound = bound
    }
  }

  static let serial = CardFixture.serial
  static let place = DiskIdentifier.place(
    path: "/dev/disk/by-path/pci-1", size: CardFixture.size,
    fingerprint: String(repeating: "f", count: 64))

  static let table: [Row] = [
    Row("a card, named by its serial number", nil),
    Row(
      "named by the world-wide id", nil, disk: { $0.identifier = .known(.wwid("eui.002538")) },
      wish: { $0.disk = "eui.002538" }),
    Row("named by its path", nil, wish: { $0.disk = "/dev/sda" }),
    Row("named by by-id", nil, wish: { $0.disk = "/dev/disk/by-id/usb-Generic_\(serial)-0:0" }),
    Row("the system stands on it", .systemDisk, disk: { $0.carriesSystem = .known(true) }),
    Row(
      "nobody knows whether the system stands on it", .unknown,
      disk: { $0.carriesSystem = .unknown("no mountinfo") }),
    Row(
      "a partition is mounted", .inUse,
      disk: { $0.uses = .known([.mount("/media/x", partition: 1)]) }),
    Row(
      "the whole disk is mounted", .inUse,
      disk: { $0.uses = .known([.mount("/mnt", partition: 0)]) }),
    Row("swap", .inUse, disk: { $0.uses = .known([.swap(partition: 2)]) }),
    Row(
      "LVM, LUKS or md on it", .inUse, disk: { $0.uses = .known([.holder("dm-0", partition: 1)]) }),
    Row(
      "a member of a mounted btrfs", .inUse,
      disk: { $0.uses = .known([.member("btrfs", partition: 1)]) }),
    Row("open for somebody else alone", .inUse, disk: { $0.uses = .known([.exclusive]) }),
    Row("nobody knows who uses it", .unknown, disk: { $0.uses = .unknown("no /proc") }),
    Row("read-only", .readOnly, disk: { $0.isReadOnly = true }),
    Row("an empty reader", .noMedium, disk: { $0.size = .zero }),
    Row(
      "built in, and named by its path only", .notRemovable,
      disk: { ($0.isRemovable, $0.transport) = (false, .nvme) }, wish: { $0.disk = "/dev/sda" }),
    Row(
      "built in, named by its serial number", nil,
      disk: { ($0.isRemovable, $0.transport) = (false, .nvme) }),
    Row(
      "a card in a built-in reader, which calls itself built in, by its path", .notRemovable,
      disk: { ($0.isRemovable, $0.transport) = (false, .sd) }, wish: { $0.disk = "/dev/sda" }),
    Row("too small for the root", .tooSmall, disk: { $0.size = .gib(64) }),
    Row("too small for the image", .tooSmall, disk: { $0.size = .gib(2) }),
    Row(
      "a large disk, by its path", .sizeRange, disk: { $0.size = .gib(4000) },
      wish: { $0.disk = "/dev/sda" }),
    Row("a large disk, by its serial number", nil, disk: { $0.size = .gib(4000) }),
    Row(
      "sectors of 4096 bytes, which the image's table does not count in", .sectorSize,
      disk: { $0.sectorSize = 4096 }),
    Row("on the never-write list", .protected, wish: { $0.protected = ["serial:\(serial)"] }),
    Row("on the never-write list as an older line", .protected, wish: { $0.protected = [serial] }),
    Row("another one is on the never-write list", nil, wish: { $0.protected = ["serial:X"] }),
    Row(
      "a never-write list, and nobody knows who it is", .unknown,
      disk: { $0.identifier = .unknown("no name") },
      wish: { ($0.protected, $0.disk) = (["serial:X"], "/dev/sda") }),
    Row(
      "nobody knows who it is", .unknown, disk: { $0.identifier = .unknown("no name") },
      wish: { $0.disk = "/dev/sda" }),
    Row(
      "without a serial number, by its path", nil, disk: { $0.identifier = .known(place) },
      wish: { $0.disk = "/dev/sda" }),
    Row("the fleet gives the node this disk", nil, bound: [serial, "other"]),
    Row("the fleet gives the node another disk", .wrongDisk, bound: ["other"]),
    Row(
      "the fleet gives the node a disk, and this one has no serial number", .wrongDisk,
      disk: { $0.identifier = .known(place) }, wish: { $0.disk = "/dev/sda" }, bound: ["other"]),
    Row(
      "a loop device", .loopDevice,
      disk: { ($0.transport, $0.identifier, $0.isRemovable) = (.loop, .known(place), false) },
      wish: { $0.disk = "/dev/sda" }),
    Row(
      "a loop device, with leave", nil,
      disk: { ($0.transport, $0.identifier, $0.isRemovable) = (.loop, .known(place), false) },
      wish: { ($0.disk, $0.allowsLoop) = ("/dev/sda", true) }),
    Row(
      "nobody knows what is on it", .unknown, disk: { $0.content = .unknown("Permission denied") }),
    Row("there is no such disk", .missing, wish: { $0.disk = "S9999" }),
  ]

  @Test(arguments: table) func verdict(_ row: Row) throws {
    var (disk, wish) = (CardFixture.card(), FlashWish(disk: CardFixture.serial))
    row.disk(&disk)
    row.wish(&wish)
    let image = try CardFixture.image(bound: row.bound)
    let census = DiskCensus(disks: [disk], isSettled: true)
    do throws(FlashRefusal) {
      let plan = try FlashPlanner.plan(image, wish, census)
      #expect(row.code == nil, "it may be written")
      #expect(plan.disk == disk)
    } catch {
      #expect(error.refusal.code == row.code, "\(error.refusal.reason)")
      #expect(!error.refusal.reason.isEmpty)
    }
  }

  /// Each rail has a row in which it, and no rail before it, holds.
  @Test func everyRailIsInTheTable() throws {
    var held = Set<String>()
    for row in Self.table {
      var (disk, wish) = (CardFixture.card(), FlashWish(disk: CardFixture.serial))
      row.disk(&disk)
      row.wish(&wish)
      let census = DiskCensus(disks: [disk], isSettled: true)
      do throws(FlashRefusal) {
        _ = try FlashPlanner.plan(CardFixture.anyImage(bound: row.bound), wish, census)
      } catch {
        for judged in error.disks where judged.refusal == error.refusal {
          held.formUnion(judged.words.first { $0.refusal != nil }.map { [$0.rail] } ?? [])
        }
      }
    }
    // "same" asks whether the disk is the one of the stage before: `changedMeanwhile`.
    #expect(held.union(["same"]) == Set(GuardRail.standard.map(\.name) + ["content"]))
  }

  @Test func changedMeanwhile() throws {
    let census = DiskCensus(disks: [CardFixture.card(serial: "B2")], isSettled: true)
    do throws(FlashRefusal) {
      _ = try FlashPlanner.plan(
        CardFixture.anyImage(), FlashWish(disk: "/dev/sda"), census,
        expected: .serial(CardFixture.serial))
      Issue.record("another card under the same name is taken for the first")
    } catch { #expect(error.refusal.code == .changedIdentity) }
  }

  @Test func devicesThatAreStillAppearing() throws {
    let census = DiskCensus(disks: [CardFixture.card()], isSettled: false)
    do throws(FlashRefusal) {
      _ = try FlashPlanner.plan(CardFixture.anyImage(), FlashWish(), census)
      Issue.record("planned")
    } catch { #expect(error.refusal.code == .unknown) }
  }

  /// Without a name: the only one that may be written, and none when two may.
  @Test(arguments: [0, 1, 2]) func theOnlyOne(_ count: Int) throws {
    var builtIn = CardFixture.card(serial: "NVME1", path: "/dev/nvme0n1")
    (builtIn.isRemovable, builtIn.transport) = (false, .nvme)
    let cards = (0..<count).map { CardFixture.card(serial: "CARD\($0)", path: "/dev/sd\($0)") }
    let census = DiskCensus(disks: [builtIn] + cards, isSettled: true)
    do throws(FlashRefusal) {
      let plan = try FlashPlanner.plan(CardFixture.anyImage(), FlashWish(), census)
      #expect(plan.disk.path == "/dev/sd0" && count == 1)
      #expect(plan.reason == .only)
    } catch {
      #expect(error.refusal.code == (count == 0 ? .missing : .ambiguous))
      #expect(error.disks.count == (count == 0 ? 1 : 2))
    }
  }

  @Test func theBoundDiskIsFoundByItself() throws {
    let census = DiskCensus(
      disks: [CardFixture.card(serial: "A1"), CardFixture.card(serial: "B2", path: "/dev/sdb")],
      isSettled: true)
    let plan = try FlashPlanner.plan(CardFixture.anyImage(bound: ["B2"]), FlashWish(), census)
    #expect(plan.disk.path == "/dev/sdb")
    #expect(plan.reason == .bound)
    do throws(FlashRefusal) {
      _ = try FlashPlanner.plan(CardFixture.anyImage(bound: ["C3"]), FlashWish(), census)
      Issue.record("planned")
    } catch { #expect(error.refusal.code == .missing) }
    do throws(FlashRefusal) {
      _ = try FlashPlanner.plan(CardFixture.anyImage(bound: ["A1", "B2"]), FlashWish(), census)
      Issue.record("planned")
    } catch { #expect(error.refusal.code == .ambiguous) }
  }

  @Test func aPartitionIsNoDisk() throws {
    var card = CardFixture.card()
    card.partitions = [
      KernelPartition(
        number: 1, path: "/dev/sda1", range: SectorRange(start: 1, count: 1, sectorSize: 512))
    ]
    do throws(FlashRefusal) {
      _ = try FlashPlanner.plan(
        CardFixture.anyImage(), FlashWish(disk: "/dev/sda1"),
        DiskCensus(disks: [card], isSettled: true))
      Issue.record("planned")
    } catch {
      #expect(error.refusal.code == .wrongDisk)
      #expect(error.note == "an image goes to a whole disk: --disk /dev/sda")
    }
  }
}
