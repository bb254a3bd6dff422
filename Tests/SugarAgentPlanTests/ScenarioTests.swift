import SugarAgentPlan
import SugarModel
import SugarPartition
import Testing

/// One row of the scenarios: what the facts are, and the word that must come out.
struct Scenario: Sendable, CustomTestStringConvertible {
  var number: Int
  var what: String
  var question: DiskQuestion
  /// `CREATE`, or `REFUSE too-small`.
  var verdict: String
  var testDescription: String { "\(number): \(what)" }

  init(_ number: Int, _ what: String, _ question: DiskQuestion, _ verdict: String) {
    self.number = number
    self.what = what
    self.question = question
    self.verdict = verdict
  }
}

/// The 46 disk scenarios, by the numbers that the design gives them, as facts and verdicts.
@Suite struct ScenarioTests {
  typealias Fix = DiskFixture

  static func word(_ decision: DiskDecision) -> String {
    if case .refuse(let refusal) = decision { return "REFUSE \(refusal.code.rawValue)" }
    return decision.word
  }

  @Test(arguments: table + moreRows)
  func verdict(_ row: Scenario) {
    let ruling = DiskPlanner.decide(row.question)
    #expect(Self.word(ruling.decision) == row.verdict, "\(ruling.decision)")
    if case .refuse(let refusal) = ruling.decision {
      #expect(refusal.reason.count > 20 && !refusal.reason.hasSuffix("."))
    }
  }

  @Test("every number of the table is there")
  func complete() {
    #expect(Set((Self.table + Self.moreRows).map(\.number)) == Set(1...46))
  }

  static func ask(_ content: DiskContent, _ layout: DiskLayout = Fix.layout()) -> DiskQuestion {
    Fix.question([Fix.disk(content)], layout)
  }

  static func ask(_ disk: Disk, _ layout: DiskLayout = Fix.layout()) -> DiskQuestion {
    Fix.question([disk], layout)
  }

  /// A disk whose table is ours but for one edit of its only row, with our file system inside.
  static func edited(_ edit: (inout Partition) -> Void) -> DiskContent {
    Fix.content(
      .gpt(Fix.changed(Fix.ownTable(), edit), .sound), VolumeContent(), [1: Fix.ownVolume()])
  }

  static func with(_ question: DiskQuestion, _ edit: (inout DiskQuestion) -> Void) -> DiskQuestion {
    var question = question
    edit(&question)
    return question
  }

  static func changing(_ disk: Disk, _ edit: (inout Disk) -> Void) -> Disk {
    var disk = disk
    edit(&disk)
    return disk
  }

  static func short(_ partition: inout Partition) { partition.range.count -= 2048 * 100 }
  static let twoWishes = [
    PartitionWish(number: 1, label: "data", size: .fixed(.gib(10))),
    PartitionWish(number: 0, label: "logs", size: .fixed(.gib(5))),
  ]
  static let oneOfTwo = PartitionTable(
    kind: Fix.ownTable().kind, usable: Fix.ownTable().usable,
    partitions: [Fix.ownTable(Fix.layout(twoWishes)).partitions[0]])

  static let table: [Scenario] = [
    Scenario(1, "all zero", ask(Fix.blank), "CREATE"),
    Scenario(
      2, "all zero, smaller than plan and overhead",
      ask(
        Fix.blank, Fix.layout([PartitionWish(number: 1, label: "data", size: .fixed(.gib(100)))])),
      "REFUSE too-small"),
    Scenario(
      3, "whole-disk ext4", ask(Fix.content(.none, Fix.holding("ext4"))),
      "REFUSE foreign-filesystem"),
    Scenario(
      3, "whole-disk xfs", ask(Fix.content(.none, Fix.holding("xfs"))), "REFUSE foreign-filesystem"),
    Scenario(
      4, "an empty foreign GPT, policy empty-table-ok",
      ask(Fix.content(.gpt(emptyForeign, .sound)), Fix.layout(takesEmptyTable: true)), "CREATE"),
    Scenario(
      4, "an empty foreign GPT", ask(Fix.content(.gpt(emptyForeign, .sound))),
      "REFUSE foreign-table"),
    Scenario(5, "exactly ours", ask(Fix.finished()), "KEEP"),
    Scenario(
      6, "exactly ours, and a consent to wipe lies there",
      with(ask(Fix.finished())) {
        $0.history.offered["data"] = "n1"
        $0.consents = [
          Consent(
            disk: .serial(Fix.serial), content: Fix.finished().content.value ?? Fix.blank,
            nonce: "n1"
          ).text
        ]
      }, "KEEP"),
    Scenario(7, "size differs, no resize", ask(edited(short)), "REFUSE mismatch"),
    Scenario(
      8, "only the last partition's size is smaller, resize allowed",
      ask(edited(short), Fix.layout(grows: true)), "GROW"),
    Scenario(
      9, "resize allowed, start differs",
      ask(
        edited {
          $0.range.start += 2048; $0.range.count -= 4096
        }, Fix.layout(grows: true)),
      "REFUSE mismatch"),
    Scenario(
      10, "'rest' but the partition ends early", ask(edited(short)), "REFUSE mismatch"),
    Scenario(
      10, "the same, growth allowed", ask(edited(short), Fix.layout(grows: true)), "GROW"),
    Scenario(
      11, "a gap before the partition",
      ask(
        edited {
          $0.range.start += 4096; $0.range.count -= 4096
        }), "REFUSE mismatch"),
    Scenario(
      12, "label matches, type differs",
      ask(edited { $0.type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" }), "REFUSE mismatch"),
    Scenario(
      13, "one wish is not there, another differs",
      ask(
        Fix.content(
          .gpt(Fix.changed(oneOfTwo) { $0.type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" }, .sound),
          VolumeContent(), [1: Fix.ownVolume()]), Fix.layout(twoWishes)), "REFUSE mismatch"),
    Scenario(
      14, "a partition that must not be there",
      ask(
        Fix.content(.gpt(Fix.ownTable(), .sound), VolumeContent(), [1: Fix.ownVolume()]),
        Fix.layout(absent: [1])), "REFUSE unexpected-partition"),
    Scenario(
      15, "absent partitions are absent", ask(Fix.blank, Fix.layout([], absent: [10, 11, 999])),
      "SKIP"),
    Scenario(
      16, "number 0 takes the next free number",
      ask(
        Fix.content(.gpt(oneOfTwo, .sound), VolumeContent(), [1: Fix.ownVolume()]),
        Fix.layout(twoWishes)), "CREATE"),
    Scenario(17, "primary GPT corrupt, ours", ask(Fix.finished(health: .primaryDamaged)), "RESUME"),
    Scenario(
      18, "primary GPT corrupt, foreign",
      ask(Fix.content(.gpt(Fix.foreignTable(), .primaryDamaged))), "REFUSE foreign-table"),
    Scenario(
      19, "only a foreign backup header",
      ask(Fix.content(.gpt(Fix.foreignTable(), .primaryMissing))),
      "REFUSE foreign-table"),
    Scenario(
      20, "only our backup header",
      ask(
        Fix.content(.gpt(Fix.ownTable(), .primaryMissing), VolumeContent(), [1: VolumeContent()])),
      "RESUME"),
    Scenario(
      20, "only our backup rows",
      ask(Fix.content(.strayRows(Fix.ownTable().partitions.compactMap(\.id)))), "RESUME"),
    Scenario(
      20, "only foreign backup rows", ask(Fix.content(.strayRows([GUID(derivedFrom: ["x"])]))),
      "REFUSE unknown-data"),
    Scenario(
      21, "both headers gone, PMBR there", ask(Fix.content(.damaged("both headers are gone"))),
      "REFUSE damaged-gpt"),
    Scenario(22, "Raspberry Pi OS", ask(raspberry), "REFUSE foreign-os"),
    Scenario(
      22, "a DOS table of something",
      ask(Fix.content(.mbr(PartitionTable(kind: .mbr(1), usable: usable, partitions: [])))),
      "REFUSE foreign-table"),
    Scenario(23, "our root's table on the disk it moves to", moving(false), "RESUME"),
    Scenario(24, "running from there already", moving(true), "SKIP"),
  ]

  static let emptyForeign = PartitionTable(
    kind: .gpt(GUID(derivedFrom: ["x"])), usable: Fix.ownTable().usable, partitions: [])
  static let usable = SectorRange(start: 1, count: 200_000_000, sectorSize: 512)

  static let imageTable = PartitionTable(
    kind: .mbr(0x0bad_cafe), usable: usable,
    partitions: [
      Partition(
        number: 1, range: SectorRange(start: 16384, count: 1_048_576, sectorSize: 512), type: "0c"),
      Partition(
        number: 2, range: SectorRange(start: 1_064_960, count: 8_388_608, sectorSize: 512),
        type: "83"),
    ])

  static let raspberry = Fix.content(
    .mbr(imageTable), VolumeContent(),
    [
      1: VolumeContent(
        signatures: [Signature(type: "vfat", usage: "filesystem", label: "bootfs")],
        sample: .data(at: .zero), description: "Raspberry Pi OS (kernel8.img, cmdline.txt)"),
      2: Fix.holding("ext4"),
    ])

  static func moving(_ isThere: Bool) -> DiskQuestion {
    var layout = Fix.layout([])
    layout.place = .root(DiskSelector(transport: .nvme))
    return ask(
      changing(Fix.disk(raspberry)) { $0.carriesSystem = .known(isThere) }, layout)
  }
}
