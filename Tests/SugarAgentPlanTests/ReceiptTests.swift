import Foundation
import SugarModel
import Testing

@testable import SugarAgentPlan

/// The receipt as a page and as text, word by word, and harmless whatever stands in it.
@Suite struct ReceiptTests {
  static func identity(
    _ node: String, _ role: ClusterRole, gitops: GitOpsIdentity?, standIn: String? = nil
  ) -> NodeIdentity {
    NodeIdentity(
      fleet: "sugarkube", site: "attic", node: node, domain: "home.arpa", generation: 2,
      cluster: ClusterIdentity(
        name: "prod", tier: "prod", distribution: "k3s", version: "v1.33.5+k3s1", pin: "",
        server: nil, members: [], binaryIncluded: true, standIn: standIn),
      role: role, spare: false, address: nil, networks: [], labels: [:], taints: [],
      disk: DiskIdentity(target: "sd", id: "0badcafe", rootSize: .gib(8)),
      boot: BootIdentity(order: nil, hardware: "rpi5-8"),
      base: BaseIdentity(os: "test", name: "test", sha256: "", standIn: nil), clockFloor: 1,
      gitops: gitops)
  }

  static func receipt(
    _ identity: NodeIdentity, gates: [GitOpsGate], removed: [String], trimmed: Bool = true,
    retained: [String] = [], warnings: [String] = [], text: String? = nil
  ) -> Receipt {
    Receipt(
      identity: identity, plan: String(repeating: "5a", count: 32),
      machine: Receipt.Machine(
        model: text ?? "Raspberry Pi 5 Model B Rev 1.0", serial: text ?? "9d1f7a20c4e85b36",
        id: text ?? String(repeating: "c", count: 32)),
      disks: [
        Receipt.DiskRecord(
          path: text ?? "/dev/mmcblk0", title: "SD card", size: .gib(29),
          identity: text ?? "0x1a2b3c4d"),
        Receipt.DiskRecord(
          path: "/dev/nvme0n1", title: "NVMe", size: .gib(931), identity: nil),
      ],
      versions: Receipt.Versions(
        agent: "0.1.0", distribution: "k3s", planned: "v1.33.5+k3s1",
        running: text ?? "v1.33.5+k3s1"),
      began: 1_764_150_000, ready: 1_764_150_125, written: 1_764_150_300, boots: 2,
      steps: [
        Receipt.Step(
          phase: .network, at: 12.31, took: 4.2, sentence: text ?? "end0 has 192.168.1.21"),
        Receipt.Step(
          phase: .ready, at: 125, took: 60.04, sentence: "\(identity.node) is Ready"),
      ],
      handOver: identity.gitops.map {
        Receipt.HandOver(
          gitops: $0, gates: gates.map { Receipt.GateRecord(gate: $0, held: 1_764_150_200) },
          objects: gates.isEmpty ? 0 : 41)
      }, removed: removed.map { Receipt.Removal(file: text ?? $0, bytes: 420, at: 1_764_150_150) },
      trimmed: trimmed,
      remains: ReceiptWords.remains(identity, removed: removed.count, trimmed: trimmed),
      retained: retained, warnings: warnings)
  }

  static let gitops = GitOpsIdentity(
    engine: .flux, version: "v2.6.4", url: "ssh://git@github.com/owner/repository", branch: "main",
    path: "clusters/prod", gates: GitOpsGate.allCases)

  static let cases: [(String, Receipt)] = [
    (
      "receipt-first",
      receipt(
        identity("sugarkube0", .serverInit, gitops: gitops, standIn: "STAND-IN, not k3s"),
        gates: GitOpsGate.allCases,
        removed: [
          "/etc/sugaragent/staged/bootstrap-token-sugarkube2.json",
          "/etc/sugaragent/staged/gitops/11-sops-age.json",
        ])
    ),
    (
      "receipt-worker",
      receipt(
        identity("sugarkube2", .agent, gitops: nil), gates: [], removed: [], trimmed: false,
        retained: ["sugaragent.service"], warnings: ["the Node does not tell of the receipt"])
    ),
  ]

  @Test(arguments: cases) func isTheRecordedOne(_ name: String, _ receipt: Receipt) throws {
    try ReportGoldenTests.compare(ReceiptPage.html(receipt), with: "\(name).html")
    try ReportGoldenTests.compare(ReceiptText.status(receipt), with: "\(name).status")
  }

  @Test(arguments: cases) func isAPage(_ name: String, _ receipt: Receipt) throws {
    let page = try PageReader.read(ReceiptPage.html(receipt))
    #expect(page.complaints == [])
    for text in receipt.remains { #expect(page.texts.contains { $0.contains(text) }, "\(text)") }
  }

  @Test(arguments: ReportSafetyTests.hostile) func nothingBecomesMarkup(_ text: String) throws {
    let receipt = Self.receipt(
      Self.identity("n", .agent, gitops: Self.gitops), gates: [.sync], removed: ["x"],
      warnings: [text], text: text)
    #expect(try PageReader.read(ReceiptPage.html(receipt)).complaints == [])
    let screen = ReceiptText.status(receipt)
    #expect(screen.unicodeScalars.allSatisfy { $0 == "\n" || (0x20...0x7E).contains($0.value) })
  }

  @Test func isReadAgain() throws {
    for (_, receipt) in Self.cases {
      let data = try JSONEncoder().encode(receipt)
      #expect(try JSONDecoder().decode(Receipt.self, from: data) == receipt)
    }
  }

  @Test func everyFileIsCompared() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: ReportGoldenTests.folder.path)
      .filter { $0.hasPrefix("receipt") }
    #expect(files.sorted() == Self.cases.flatMap { ["\($0.0).html", "\($0.0).status"] }.sorted())
  }
}
