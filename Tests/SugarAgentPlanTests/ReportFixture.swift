import SugarAgentPlan
import SugarModel
import Testing

/// Reports as the agent makes them, for the page and the screen.
enum ReportFixture {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var report: AgentReport
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "done", report: done), Case(name: "refused", report: refused),
    Case(name: "waiting", report: waiting), Case(name: "unknown-node", report: unknownNode),
    Case(name: "ready", report: ready), Case(name: "join-waiting", report: joinWaiting),
    Case(name: "join-refused", report: joinRefused),
    Case(name: "boot-order-staged", report: bootOrderStaged),
    Case(name: "boot-order-refused", report: bootOrderRefused),
  ]

  static let done = report(
    .done, "The disks of sugarkube0 are as planned.",
    board: board(celsius: 51.24, nvme: "8.0 GT/s PCIe x1, 3 % used, no media errors"),
    disks: [
      card,
      disk(
        nvme, content: "GPT, 1 partition", partitions: ["1: ext4 file system 'data'"],
        uses: ["partition 1 is mounted at /var/lib/rancher"]),
    ],
    layouts: [
      layout("root", card.title, "KEEP", "it is as planned"),
      layout("data", nvme.title, "KEEP", "it is as planned"),
    ], boots: 3)

  static let refused = report(
    .refused,
    "sugarkube0 left a disk alone: \(nvme.title) has a partition table that is not ours (1: vfat"
      + " file system 'SYSTEM', 2: nothing that is recognised, 3: NTFS file system 'Windows').",
    next: [
      "if nothing on it is needed, put its consent line into sugarimage/consent.txt on the boot"
        + " partition and start again"
    ], board: board(throttled: 0x5_0000, celsius: 47.3, nvme: "8.0 GT/s PCIe x1, 41 % used"),
    disks: [
      card,
      disk(
        nvme, content: "GPT, 3 partitions",
        partitions: [
          "1: vfat file system 'SYSTEM'", "2: data that nothing explains",
          "3: NTFS file system 'Windows'",
        ]),
      FoundDisk(
        path: "/dev/sda", size: .gib(58), model: "SanDisk Ultra", serial: nil, transport: .usb
      ).summary(content: "vfat file system 'HOLIDAY'", partitions: [], uses: []),
    ],
    layouts: [
      layout("root", card.title, "GROW", "there is room for it to grow"),
      AgentReport.LayoutResult(
        layout: "data", disk: nvme.title, verdict: "REFUSE", code: .foreignTable,
        reason: "\(nvme.title) has a partition table that is not ours (1: vfat file system"
          + " 'SYSTEM', 2: nothing that is recognised, 3: NTFS file system 'Windows')",
        next: "if nothing on it is needed, put its consent line into sugarimage/consent.txt on the"
          + " boot partition and start again", consent: "wipe S5GXNF0R 9f2c61d07a4be8135c7f20aa",
        isRequired: true),
      AgentReport.LayoutResult(
        layout: "backup", disk: nil, verdict: "REFUSE", code: .missing,
        reason: "there is no disk like this: a USB disk with the serial number 4C530001",
        next: "connect the disk that 'backup' asks for, or change the fleet and write again",
        consent: nil, isRequired: false),
    ], warnings: ["the clock was behind the cluster's certificates and was set forward"])

  static let waiting: AgentReport = {
    var waiting = report(
      .waiting, "sugarkube0 waits: the board's voltage is too low to write a disk safely.",
      next: ["use a power supply that the board trusts (a Raspberry Pi 5 wants 5 V, 5 A)"],
      board: board(throttled: 0x5_0005, celsius: 62.1, nvme: nil, isSynchronised: false),
      disks: [card, disk(nvme, content: "blank")],
      layouts: [
        layout("root", card.title, "KEEP", "it is as planned"),
        AgentReport.LayoutResult(
          layout: "data", disk: nvme.title, verdict: "WAIT", code: nil,
          reason: "the board's voltage is too low to write a disk safely",
          next: "use a power supply that the board trusts (a Raspberry Pi 5 wants 5 V, 5 A)",
          consent: nil, isRequired: true),
      ])
    waiting.standIn = "not Raspberry Pi OS: assembled from Debian packages for tests"
    return waiting
  }()

  static let unknownNode = AgentReport(
    agent: "0.1.0", identity: nil, state: .refused,
    summary: "cannot read '/etc/sugaragent/identity.json': there is no such file",
    next: ["write the image of this node again; nothing on its disks was changed"],
    board: AgentReport.Board(
      model: nil, serial: nil, throttled: nil, celsius: nil, nvme: [], clockIsSynchronised: false,
      clock: 1_795_000_000), disks: [], layouts: [], warnings: [],
    boot: "a0b9f3c2-0d5e-4a63-9b0e-7c1c6f1f2d11", boots: 1)

  // MARK: Joining

  private static func record(
    _ phase: BootPhase, _ state: PhaseState, _ sentence: String, _ began: Double, _ at: Double,
    code: JoinRefusalCode? = nil, next: [String] = []
  ) -> PhaseRecord {
    PhaseRecord(
      phase: phase, state: state, sentence: sentence, code: code, next: next, began: began, at: at)
  }

  private static let first = [
    record(
      .identity, .done, "this is sugarkube0 of sugar-dev, tier dev, as first server", 11.2, 11.3),
    record(.disks, .done, "The disks of sugarkube0 are as planned", 11.3, 14.9),
    record(.network, .done, "end0 has 192.168.1.21", 15, 18.2),
    record(.clock, .done, "a time server sets the clock", 18.2, 21),
  ]

  static let ready = JoinReport.merged(
    done,
    records: first + [
      record(
        .peers, .done, "no planned server answers in 3 rounds: this node starts the cluster", 21, 81
      ),
      record(.preflight, .done, "there is nobody to ask: this node is the first", 81, 81),
      record(.join, .done, "k3s.service is started", 81, 83.5),
      record(
        .ready, .done,
        "sugarkube0 is Ready with v1.33.5+k3s1, seen by the cluster as this machine in this boot",
        83.5, 121.25),
    ],
    warnings: [
      "sugarkube1 (192.168.1.22) does not answer on 2380/tcp (etcd between members), but on other ports: something filters between the two"
    ])

  static let joinWaiting = JoinReport.merged(
    done,
    records: first + [
      record(.peers, .done, "sugarkube0 joins; 1 server is planned beside it", 21, 21),
      record(
        .preflight, .waiting, "sugarkube1 at 192.168.1.22 does not answer: connection refused", 21,
        21.4),
    ], warnings: [])

  static let joinRefused = JoinReport.merged(
    done,
    records: first + [
      record(.peers, .done, "sugarkube0 joins; 1 server is planned beside it", 21, 21),
      record(
        .preflight, .refused,
        "sugarkube1 at 192.168.1.22 belongs to another cluster: its authority is 0123456789ab..., and sugar-dev (tier dev) has ffeeddccbbaa...; nothing secret was sent",
        21, 21.9, code: .wrongCluster,
        next: ["check that 192.168.1.22 is the address of sugarkube1 and of nothing else"]),
    ], warnings: [])

  // MARK: Parts

  /// A disk that is titled as `Disk` titles itself.
  struct FoundDisk {
    var path: String
    var size: ByteCount
    var model: String
    var serial: String?
    var transport: DiskTransport

    var title: String {
      let identifier: DiskIdentifier =
        serial.map { .serial($0) } ?? .place(path: "usb-1", size: size, fingerprint: "f")
      return Disk(
        path: path, size: size, sectorSize: 512, model: model, transport: transport,
        identifier: serial == nil ? .unknown("no serial number") : .known(identifier),
        content: .unknown("not looked at")
      ).title
    }

    func summary(
      content: String, partitions: [String], uses: [String]
    ) -> AgentReport.DiskSummary {
      AgentReport.DiskSummary(
        path: path, title: title, size: size, transport: transport, identity: serial,
        content: content, partitions: partitions, uses: uses)
    }
  }

  static let nvme = FoundDisk(
    path: "/dev/nvme0n1", size: ByteCount(1_000_204_886_016 as UInt64),
    model: "Samsung SSD 980 1TB", serial: "S5GXNF0R", transport: .nvme)

  static let card = FoundDisk(
    path: "/dev/mmcblk0", size: ByteCount(63_864_569_856 as UInt64), model: "SC64G",
    serial: "0x7a1c22f3", transport: .sd
  ).summary(
    content: "MBR, 2 partitions",
    partitions: ["1: vfat file system 'bootfs'", "2: the system of sugarkube0"],
    uses: ["partition 1 is mounted at /boot/firmware", "partition 2 is mounted at /"])

  static func disk(
    _ disk: FoundDisk, content: String, partitions: [String] = [], uses: [String] = []
  ) -> AgentReport.DiskSummary {
    disk.summary(content: content, partitions: partitions, uses: uses)
  }

  static func layout(
    _ name: String, _ disk: String, _ verdict: String, _ reason: String
  ) -> AgentReport.LayoutResult {
    AgentReport.LayoutResult(
      layout: name, disk: disk, verdict: verdict, code: nil, reason: reason, next: nil,
      consent: nil, isRequired: true)
  }

  static func board(
    throttled: UInt32 = 0, celsius: Double, nvme: String?, isSynchronised: Bool = true
  ) -> AgentReport.Board {
    AgentReport.Board(
      model: "Raspberry Pi 5 Model B Rev 1.0", serial: "10000000deadbeef", throttled: throttled,
      celsius: celsius, nvme: nvme.map { [$0] } ?? [], clockIsSynchronised: isSynchronised,
      clock: 1_795_260_265)
  }

  static func report(
    _ state: AgentReport.State, _ summary: String, next: [String] = [], board: AgentReport.Board,
    disks: [AgentReport.DiskSummary], layouts: [AgentReport.LayoutResult], warnings: [String] = [],
    boots: Int = 1
  ) -> AgentReport {
    var report = AgentReport(
      agent: "0.1.0", identity: nil, state: state, summary: summary, next: next, board: board,
      disks: disks, layouts: layouts, warnings: warnings,
      boot: "5f0b3f0e-7c3a-4f0b-9d58-1be1a4f5f9a2", boots: boots)
    report.node = "sugarkube0"
    report.fleet = "sugarkube"
    report.cluster = "sugar-dev"
    report.tier = "dev"
    report.role = .serverInit
    report.generation = 2
    return report
  }
}
