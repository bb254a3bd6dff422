import SugarAgentPlan
import SugarEEPROM
import SugarModel
import Testing

/// What is done about a board's boot order: one row for each rule.
@Suite struct BootloaderRulesTests {
  static let order = BootOrder([.nvme, .sd, .usb, .restart])
  static let stock = "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf461\n"
  static let wanted = "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf416\n"

  private static func facts(
    _ text: String = stock, _ change: (inout BootloaderFacts) -> Void = { _ in }
  ) -> BootloaderFacts {
    var facts = BootloaderFacts(
      chip: .bcm2712,
      settings: (try? BootConfiguration(Array(text.utf8))).map { .known($0) }
        ?? .unknown("no text"),
      built: 1000, startedFrom: .sd,
      firmware: .found(path: "/lib/pieeprom.bin", chip: .bcm2712, built: 1000))
    change(&facts)
    return facts
  }

  private static func history(
    _ events: [BootloaderEntry.Event], sameBoot: Bool = false
  ) -> BootloaderHistory {
    BootloaderHistory(
      replaying: events.map {
        BootloaderEntry(time: 1, boot: sameBoot ? "b2" : "b1", event: $0)
      }, wish: "w", bootloader: 1000, boot: "b2")
  }

  private static let staging = BootloaderEntry.Event.staging(
    wish: "w", bootloader: 1000, kept: "/k/0001")

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var boot = BootIdentity(order: order, hardware: "rpi5-8", apply: .agent)
    var facts: BootloaderFacts
    var word: String
    var says = ""
    /// The settings that are brought to the board.
    var text: String?

    init(
      _ name: String, _ facts: BootloaderFacts, _ word: String, says: String = "",
      boot: BootIdentity? = nil, text: String? = nil
    ) {
      testDescription = name
      self.facts = facts
      self.word = word
      self.says = says
      self.text = text
      if let boot { self.boot = boot }
    }
  }

  private static func asking(
    _ apply: EEPROMApplication?, order: BootOrder? = order, settings: [String: String]? = nil
  ) -> BootIdentity {
    BootIdentity(order: order, hardware: "rpi5-8", apply: apply, settings: settings)
  }

  static let rows: [Row] =
    [
      Row(
        "nothing is asked for", facts(), "rest nothing-asked", boot: asking(.agent, order: nil)),
      Row(
        "no bootloader: a VM", facts { $0.chip = nil }, "rest none",
        says: "no Raspberry Pi bootloader"
      ),
      Row("equal", facts(wanted), "rest as-planned", says: "nvme, sd, usb, restart (0xf416)"),
      Row(
        "equal, in other letters", facts("[all]\nBOOT_ORDER=0x0F416\n"), "rest as-planned"),
      Row("it differs", facts(), "stage", says: "sd, nvme, usb, restart (0xf461)", text: wanted),
      Row(
        "it has none", facts("[all]\nBOOT_UART=1\n"), "stage", says: "no boot order of its own",
        text: "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf416\n"),
      Row(
        "a value that is no order", facts("[all]\nBOOT_ORDER=61\n"), "stage",
        text: "[all]\nBOOT_ORDER=0xf416\n"),
      Row(
        "all else stays, byte for byte",
        facts(
          "# mine\n[gpio4=0]\nBOOT_ORDER=0x1\n[all]\n  BOOT_ORDER=0xf461\nX_Y=  z\n[none]\nA=1"),
        "stage",
        text:
          "# mine\n[gpio4=0]\nBOOT_ORDER=0x1\n[all]\nBOOT_ORDER=0xf416\nX_Y=  z\n[none]\nA=1"),
      Row(
        "further settings", facts(wanted), "stage", says: "PCIE_PROBE is not 1",
        boot: asking(.agent, settings: ["PCIE_PROBE": "1"]), text: wanted + "PCIE_PROBE=1\n"),
      Row(
        "further settings are there", facts(wanted + "PCIE_PROBE=1\n"), "rest as-planned",
        boot: asking(.agent, settings: ["PCIE_PROBE": "1"])),
      Row(
        "settings that cannot be read", facts { $0.settings = .unknown("why") }, "refuse unknown",
        says: "could not be read: why"),
      Row("apply: image", facts(), "rest differs", says: "apply: image", boot: asking(.image)),
      Row("apply: never", facts(), "rest differs", says: "apply: never", boot: asking(.never)),
      Row("an identity of before", facts(), "rest differs", boot: asking(nil)),
      Row(
        "apply: image, and the board has it", facts(wanted), "rest as-planned", boot: asking(.image)
      ),
      Row(
        "staged in this boot",
        facts { $0.history = history([staging, .staged], sameBoot: true) }, "rest staged",
        says: "from the next boot on"),
      Row(
        "begun in this boot, and the agent was killed",
        facts {
          $0.history = history([staging], sameBoot: true)
          $0.pending = "pieeprom.upd"
        }, "stage"),
      Row("begun in a boot before", facts { $0.history = history([staging]) }, "stage"),
      Row(
        "in force after the next boot", facts(wanted) { $0.history = history([staging, .staged]) },
        "confirm"),
      Row(
        "in force although the power went", facts(wanted) { $0.history = history([staging]) },
        "confirm"),
      Row(
        "in force, and known",
        facts(wanted) { $0.history = history([staging, .staged, .verified]) },
        "rest as-planned"),
      Row(
        "an update took it away", facts { $0.history = history([staging, .staged, .verified]) },
        "stage"),
      Row(
        "the tool failed in this boot",
        facts {
          $0.history = history([staging, .failed(because: "it ended with 2")], sameBoot: true)
        },
        "refuse tool-failed", says: "it ended with 2"),
      Row(
        "the tool failed in a boot before",
        facts { $0.history = history([staging, .failed(because: "it ended with 2")]) }, "stage"),
      Row(
        "often enough",
        facts { $0.history = history([staging, .staged, staging, .staged, staging, .staged]) },
        "refuse repeated", says: "3 times"),
      Row(
        "often enough, but for another wish",
        facts {
          $0.history = BootloaderHistory(
            replaying: (0..<5).map { _ in BootloaderEntry(time: 1, boot: "b1", event: staging) },
            wish: "other", bootloader: 1000, boot: "b2")
        }, "stage"),
      Row(
        "often enough, but for an earlier bootloader",
        facts {
          $0.history = BootloaderHistory(
            replaying: (0..<5).map { _ in BootloaderEntry(time: 1, boot: "b1", event: staging) },
            wish: "w", bootloader: 1001, boot: "b2")
        }, "stage"),
      Row(
        "often enough, and a person wants it",
        facts { $0.history = history([staging, staging, staging, .retried]) }, "stage"),
      Row(
        "taken back",
        facts { $0.history = history([staging, .staged, .undoing(kept: "/k/0001")]) },
        "rest undone", says: "/k/0001"),
      Row(
        "taken back in this boot, and the board does not show it yet",
        facts(wanted) {
          $0.history = history([staging, .undoing(kept: "/k/0001"), .staged], sameBoot: true)
        }, "rest undone"),
      Row(
        "taken back, and wanted again",
        facts { $0.history = history([staging, .undoing(kept: "/k/0001"), .staged, .retried]) },
        "stage"),
      Row(
        "F-D16: FREEZE_VERSION", facts(stock + "FREEZE_VERSION=1\n"), "refuse frozen",
        says: "FREEZE_VERSION=1"),
      Row(
        "FREEZE_VERSION where it does not hold", facts(stock + "[none]\nFREEZE_VERSION=1\n"),
        "refuse frozen"),
      Row("FREEZE_VERSION=0", facts(stock + "FREEZE_VERSION=0\n"), "stage"),
      Row("signed bootloaders only", facts { $0.isSigned = true }, "refuse signed"),
      Row(
        "the order never tries what the node runs from", facts { $0.startedFrom = .network },
        "refuse medium-missing", says: "runs from network"),
      Row(
        "nor what it was made for, when the board does not say", facts { $0.startedFrom = nil },
        "refuse medium-missing", says: "runs from sd",
        boot: asking(.agent, order: BootOrder([.nvme, .usb, .restart]))),
      Row(
        "F-D15: the disks are not finished", facts { $0.disks = .waiting("one is missing") },
        "wait",
        says: "one is missing"),
      Row(
        "the disks are refused", facts { $0.disks = .refused("a foreign disk") }, "rest waiting",
        says: "a foreign disk"),
      Row("under-voltage", facts { $0.isUnderVoltage = true }, "wait", says: "voltage"),
      Row(
        "no tools", facts { $0.missing = ["rpi-eeprom-config", "rpi-eeprom-update"] },
        "refuse no-tools", says: "no rpi-eeprom-config and no rpi-eeprom-update"),
      Row(
        "another update is under way", facts { $0.pending = "pieeprom.upd" }, "rest waiting",
        says: "pieeprom.upd"),
      Row(
        "no packaged image", facts { $0.firmware = .unknown("there is none") },
        "refuse no-firmware",
        says: "there is none"),
      Row(
        "another chip's image",
        facts { $0.firmware = .found(path: "/p", chip: .bcm2711, built: 1000) },
        "refuse no-firmware",
        says: "BCM2711"),
      Row(
        "an older image", facts { $0.firmware = .found(path: "/p", chip: .bcm2712, built: 999) },
        "refuse older-firmware", says: "the board's own"),
      Row(
        "older than the board takes", facts { $0.minimum = 1001 }, "refuse older-firmware",
        says: "than the board takes"),
      Row(
        "an image that does not say",
        facts { $0.firmware = .found(path: "/p", chip: .bcm2712, built: nil) },
        "refuse older-firmware", says: "not known"),
      Row("a board that does not say", facts { $0.built = nil }, "refuse older-firmware"),
      Row(
        "a newer image", facts { $0.firmware = .found(path: "/p", chip: .bcm2712, built: 2000) },
        "stage"),
      Row("nobody looked for an image", facts { $0.firmware = .notLooked }, "wait"),
      Row(
        "too long", facts(stock + "#" + String(repeating: "x", count: 4010)),
        "refuse bad-configuration",
        boot: asking(.agent, settings: ["A": String(repeating: "y", count: 90)])),
    ]

  @Test(arguments: rows) func decision(_ row: Row) {
    let ruling = BootloaderRules.decide(row.boot, target: "sd", row.facts)
    #expect(ruling.word == row.word)
    #expect(ruling.sentence.contains(row.says), "\(ruling.sentence)")
    #expect(!ruling.sentence.hasSuffix("."))
    if let text = row.text, case .stage(let settings, let image, _) = ruling {
      #expect(settings.text == text)
      #expect(image == "/lib/pieeprom.bin")
    }
  }

  /// Every state and every code of a report is brought about by a row.
  @Test func nothingIsLeftOut() {
    let words = Set(Self.rows.map(\.word))
    for state in BootloaderReport.State.allCases where ![.differs, .refused].contains(state) {
      #expect(words.contains("rest \(state.rawValue)"), "\(state)")
    }
    for code in BootloaderReport.Code.allCases {
      #expect(words.contains("refuse \(code.rawValue)"), "\(code)")
    }
  }

  struct Standing: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var boot = "b1"
    var state: PhaseState? = .done
    var verdict = "KEEP"
    var layout = "root"
    var word: String
  }

  static let standings = [
    Standing(testDescription: "as planned", word: "verified"),
    Standing(testDescription: "of an earlier boot", boot: "b0", word: "waiting"),
    Standing(testDescription: "waiting", state: .waiting, word: "waiting"),
    Standing(testDescription: "starting again", state: .rebooting, word: "waiting"),
    Standing(testDescription: "nothing said", state: nil, word: "waiting"),
    Standing(testDescription: "refused", state: .refused, word: "refused"),
    Standing(testDescription: "the root is not kept", verdict: "REFUSE", word: "refused"),
    Standing(testDescription: "the root was not judged", layout: "data", word: "refused"),
  ]

  @Test(arguments: standings) func standing(_ row: Standing) {
    var report = ReportFixture.done
    report.boot = row.boot
    report.layouts = [ReportFixture.layout(row.layout, "/dev/mmcblk0", row.verdict, "because")]
    report.phases = row.state.map {
      [PhaseRecord(phase: .disks, state: $0, sentence: "so", began: 0, at: 1)]
    }
    let standing = BootloaderGate.standing(JoinFixture.identity(), report: report, boot: "b1")
    switch standing {
    case .verified: #expect(row.word == "verified")
    case .waiting: #expect(row.word == "waiting")
    case .refused: #expect(row.word == "refused")
    }
    #expect(
      BootloaderGate.standing(JoinFixture.identity(), report: nil, boot: "b1")
        == .waiting("they have not been looked at in this boot"))
  }

  @Test func theSameWishHasTheSameDigest() throws {
    func digest(_ boot: BootIdentity) throws -> String {
      try #require(BootloaderWish(boot)).digest
    }
    let one = try digest(Self.asking(.agent, settings: ["A": "1", "B": "2"]))
    #expect(try digest(Self.asking(.image, settings: ["B": "2", "A": "1"])) == one)
    #expect(try digest(Self.asking(.agent, settings: ["A": "1", "B": "3"])) != one)
    #expect(try digest(Self.asking(.agent, order: BootOrder([.sd, .restart]))) != one)
  }
}

extension BootloaderRuling {
  /// `rest as-planned`, `confirm`, `wait`, `refuse frozen`, `stage`.
  var word: String {
    switch self {
    case .rest(let state, _, _): "rest \(state.rawValue)"
    case .confirm: "confirm"
    case .wait: "wait"
    case .refuse(let code, _, _): "refuse \(code.rawValue)"
    case .stage: "stage"
    }
  }

  var sentence: String {
    switch self {
    case .rest(_, let text, _), .confirm(let text), .wait(let text, _), .refuse(_, let text, _),
      .stage(_, _, let text):
      text
    }
  }
}
