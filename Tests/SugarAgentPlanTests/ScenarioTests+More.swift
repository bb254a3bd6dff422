import SugarAgentPlan
import SugarModel
import SugarPartition

extension ScenarioTests {
  static func members() -> [Scenario] {
    let kinds = [
      ("LVM2_member", "raid", "foreign-member"), ("linux_raid_member", "raid", "foreign-member"),
      ("zfs_member", "filesystem", "foreign-member"),
      ("crypto_LUKS", "crypto", "foreign-member"),
      ("ceph_bluestore", "other", "foreign-member"), ("swap", "other", "foreign-filesystem"),
      ("ntfs", "filesystem", "foreign-filesystem"),
    ]
    return kinds.map { type, usage, code in
      Scenario(
        25, type, ask(Fix.content(.none, Fix.holding(type, usage: usage))), "REFUSE \(code)")
    }
  }

  static let ambivalent = VolumeContent(
    signatures: [
      Signature(type: "ext4", usage: "filesystem"), Signature(type: "zfs_member", usage: "raid"),
    ], isAmbivalent: true, sample: .data(at: .zero))

  static func inside(_ volume: VolumeContent) -> DiskContent {
    Fix.content(.gpt(Fix.ownTable(), .sound), VolumeContent(), [1: volume])
  }

  static func changingVolume(_ volume: VolumeContent, _ edit: (inout VolumeContent) -> Void)
    -> VolumeContent
  {
    var volume = volume
    edit(&volume)
    return volume
  }

  static func using(_ use: DiskUse) -> DiskQuestion {
    ask(changing(Fix.disk(Fix.blank)) { $0.uses = .known([use]) })
  }

  static func bootDisk(_ edit: (inout Disk) -> Void = { _ in }) -> Disk {
    changing(
      Fix.disk(
        Fix.content(
          .mbr(imageTable), VolumeContent(),
          [
            1: Fix.holding("vfat"),
            2: VolumeContent(
              signatures: [Signature(type: "ext4", usage: "filesystem")],
              sample: .data(at: .zero), fileSystemSize: .gib(4)),
          ]))
    ) {
      $0.carriesSystem = .known(true)
      $0.uses = .known([.mount("/", partition: 2), .mount("/boot/firmware", partition: 1)])
      edit(&$0)
    }
  }

  static let behindRoot = DiskLayout(
    name: "storage", place: .behindRoot,
    partitions: [PartitionWish(label: "storage", size: .rest, mount: "/storage")])

  static let moreRows: [Scenario] =
    members() + [
      Scenario(26, "two signatures", ask(Fix.content(.none, ambivalent)), "REFUSE ambivalent"),
      Scenario(26, "the same in our partition", ask(inside(ambivalent)), "REFUSE ambivalent"),
      Scenario(27, "partition ours, file system ours", ask(Fix.finished()), "KEEP"),
      Scenario(28, "partition ours, blank", ask(inside(VolumeContent())), "RESUME"),
      Scenario(
        28, "partition ours, the beginning of our file system",
        with(ask(inside(VolumeContent(sample: .data(at: .mib(8)))))) {
          $0.history.begun["data"] = .init(disk: "serial:\(Fix.serial)", formatting: [1])
        }, "RESUME"),
      Scenario(
        28, "our superblock, and nobody said that the rest was written",
        with(ask(Fix.finished())) {
          $0.history.begun["data"] = .init(disk: "serial:\(Fix.serial)", formatting: [1])
        }, "RESUME"),
      Scenario(
        28, "the same, and it was mounted since",
        with(ask(inside(changingVolume(Fix.ownVolume()) { $0.wasMounted = true }))) {
          $0.history.begun["data"] = .init(disk: "serial:\(Fix.serial)", formatting: [1])
        }, "KEEP"),
      Scenario(
        28, "partition ours, its superblock was torn while it grew",
        with(ask(inside(VolumeContent(sample: .data(at: ByteCount(1025)))))) {
          $0.history.begun["data"] = .init(disk: "serial:\(Fix.serial)", growing: [1])
        }, "GROW"),
      Scenario(
        28, "the same on another disk",
        with(ask(inside(VolumeContent(sample: .data(at: ByteCount(1025)))))) {
          $0.history.begun["data"] = .init(disk: "serial:other", growing: [1])
        }, "REFUSE unknown-data"),
      Scenario(
        28, "it was growing, and is a foreign file system now",
        with(ask(inside(Fix.holding("xfs")))) {
          $0.history.begun["data"] = .init(disk: "serial:\(Fix.serial)", growing: [1])
        }, "REFUSE foreign-filesystem"),
      Scenario(
        28, "partition ours, data that no journal knows of",
        ask(inside(VolumeContent(sample: .data(at: .mib(8))))), "REFUSE unknown-data"),
      Scenario(
        29, "partition ours, foreign file system", ask(inside(Fix.holding("xfs"))),
        "REFUSE foreign-filesystem"),
      Scenario(
        30, "an old file system in the new partition", ask(inside(Fix.holding("ext4"))),
        "REFUSE foreign-filesystem"),
      Scenario(
        31, "data without a signature",
        ask(Fix.content(.none, VolumeContent(sample: .data(at: .gib(3))))), "REFUSE unknown-data"),
      Scenario(
        32, "the running root disk",
        ask(changing(Fix.disk(Fix.blank)) { $0.carriesSystem = .known(true) }),
        "REFUSE system-disk"),
      Scenario(
        32, "cannot tell where the running system stands",
        ask(changing(Fix.disk(Fix.blank)) { $0.carriesSystem = .unknown("overlay") }),
        "REFUSE unknown"),
      Scenario(33, "mounted", using(.mount("/mnt", partition: 1)), "REFUSE in-use"),
      Scenario(33, "swap", using(.swap(partition: 0)), "REFUSE in-use"),
      Scenario(33, "held by md", using(.holder("md127", partition: 1)), "REFUSE in-use"),
      Scenario(33, "a btrfs member", using(.member("btrfs", partition: 0)), "REFUSE in-use"),
      Scenario(33, "open for somebody alone", using(.exclusive), "REFUSE in-use"),
      Scenario(
        33, "cannot tell who uses it",
        ask(changing(Fix.disk(Fix.blank)) { $0.uses = .unknown("no /proc") }), "REFUSE unknown"),
      Scenario(
        34, "append to a disk whose other partition is mounted",
        ask(
          changing(
            Fix.disk(Fix.content(.gpt(oneOfTwo, .sound), VolumeContent(), [1: Fix.ownVolume()]))
          ) { $0.uses = .known([.mount("/data", partition: 1)]) }, Fix.layout(twoWishes)), "CREATE"),
      Scenario(34, "append behind the mounted root", ask(bootDisk(), behindRoot), "CREATE"),
      Scenario(
        34, "the same on a disk with another image's id",
        with(ask(bootDisk(), behindRoot)) { $0.boot.id = "00000001" }, "REFUSE mismatch"),
      Scenario(
        35, "serial differs",
        ask(
          Fix.disk(Fix.blank, serial: "OTHER"),
          selecting(DiskSelector(identifiers: [Fix.serial], transport: .nvme))), "REFUSE wrong-disk"
      ),
      Scenario(
        36, "two disks match",
        Fix.question([Fix.disk(Fix.blank), Fix.disk(Fix.blank, serial: "B")]),
        "REFUSE ambiguous"),
      Scenario(
        37, "none matches, still settling", with(Fix.question([])) { $0.census.isSettled = false },
        "WAIT"),
      Scenario(37, "none matches", Fix.question([]), "REFUSE missing"),
      Scenario(
        38, "read-only", ask(changing(Fix.disk(Fix.blank)) { $0.isReadOnly = true }),
        "REFUSE read-only"),
      Scenario(
        38, "no medium", ask(changing(Fix.disk(Fix.blank)) { $0.size = .zero }), "REFUSE no-medium"),
      Scenario(
        39, "another disk since the last look",
        with(ask(Fix.blank)) { $0.expected = .serial("B") }, "REFUSE changed-identity"),
      Scenario(
        40, "sectors of 4096 bytes", ask(Fix.disk(Fix.blank, sectorSize: 4096)), "CREATE"),
      Scenario(
        41, "a new blank disk after the end",
        with(ask(Fix.blank)) { $0.history.finished["data"] = "serial:OLD" }, "SKIP"),
      Scenario(
        42, "a reboot is pending",
        with(ask(Fix.finished())) { $0.history.awaitsReboot = ["data"] }, "WAIT"),
      Scenario(
        43, "a kept partition lies where another is to be",
        ask(
          Fix.content(
            .gpt(Fix.changed(oneOfTwo) { $0.range.start += 2048 }, .sound), VolumeContent(),
            [1: Fix.ownVolume()]),
          Fix.layout([
            PartitionWish(number: 1, label: "data", size: .rest, isKept: true),
            PartitionWish(number: 2, label: "logs", size: .fixed(.gib(1)), start: .gib(1)),
          ])), "REFUSE overlap"),
      Scenario(
        44, "backup not at the end, ours", ask(Fix.finished(health: .backupNotAtEnd)), "RESUME"),
      Scenario(
        44, "backup not at the end, foreign",
        ask(Fix.content(.gpt(Fix.foreignTable(), .backupNotAtEnd))), "REFUSE foreign-table"),
      Scenario(
        45, "a finished plan again",
        with(ask(Fix.finished())) { $0.history.finished["data"] = "serial:\(Fix.serial)" }, "KEEP"),
      Scenario(
        46, "larger than the size range",
        ask(
          Fix.disk(Fix.blank), selecting(DiskSelector(transport: .nvme, maximum: .gib(50)))),
        "REFUSE size-range"),
      Scenario(
        46, "smaller than the size range",
        ask(
          Fix.disk(Fix.blank), selecting(DiskSelector(transport: .nvme, minimum: .gib(500)))),
        "REFUSE size-range"),
    ]

  static func selecting(_ selector: DiskSelector) -> DiskLayout {
    var layout = Fix.layout()
    layout.place = .disk(selector)
    return layout
  }
}
