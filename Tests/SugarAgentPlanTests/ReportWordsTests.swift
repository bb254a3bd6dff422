import SugarModel
import Testing

@testable import SugarAgentPlan

/// What is worked out for a report: power, dates, lines.
@Suite struct ReportWordsTests {
  /// Each bit of get_throttled alone.
  @Test(arguments: [
    (0, "the voltage is too low now"), (1, "the processor's speed is capped now"),
    (2, "the processor is slowed down now"), (3, "the board is at its temperature limit now"),
    (16, "the voltage was too low at some time since the boot"),
    (17, "the processor's speed was capped at some time since the boot"),
    (18, "the processor was slowed down at some time since the boot"),
    (19, "the board was at its temperature limit at some time since the boot"),
  ]) func bitHasItsWords(_ bit: UInt32, _ words: String) {
    let tone: Tone = bit < 16 ? .stop : .wait
    #expect(PowerWords.statements(1 << bit) == [TonedText(tone, words)])
  }

  @Test func powerIsToldOnce() {
    #expect(PowerWords.statements(nil).map(\.tone) == [.calm])
    #expect(PowerWords.statements(0).map(\.tone) == [.good])
    #expect(
      PowerWords.statements(0x5_0001) == [
        TonedText(.stop, "the voltage is too low now"),
        TonedText(.wait, "the processor was slowed down at some time since the boot"),
      ])
    #expect(PowerWords.statements(0x100).map(\.tone) == [.calm])
    #expect(PowerWords.statements(.max).count == 5)
    #expect(PowerWords.code(0x5_0005) == "0x50005")
  }

  /// Seconds from `date -u -d … +%s`.
  @Test(
    arguments: [
      (0, "1970-01-01 00:00 UTC"), (951_782_399, "2000-02-28 23:59 UTC"),
      (951_782_400, "2000-02-29 00:00 UTC"), (951_868_800, "2000-03-01 00:00 UTC"),
      (1_735_689_599, "2024-12-31 23:59 UTC"), (1_735_689_600, "2025-01-01 00:00 UTC"),
      (4_107_542_400, "2100-03-01 00:00 UTC"), (253_402_300_799, "9999-12-31 23:59 UTC"),
      (253_402_300_800, "no valid date"), (-1, "no valid date"),
      (Int64.min, "no valid date"),
    ] as [(Int64, String)]) func dateIsGregorian(_ seconds: Int64, _ text: String)
  {
    #expect(CalendarDate.text(seconds) == text)
  }

  @Test func sentenceKeepsNames() {
    #expect(VisibleText.sentence("there is room") == "There is room.")
    #expect(VisibleText.sentence("/dev/sda is busy") == "/dev/sda is busy.")
    #expect(VisibleText.sentence("k3s is here!") == "k3s is here!")
    #expect(VisibleText.sentence("alpha waits", startingWith: "alpha") == "alpha waits.")
    #expect(VisibleText.sentence("").isEmpty)
  }

  /// The consent line is given as it must be typed, or not at all.
  @Test func consentIsTypable() {
    var report = ReportFixture.refused
    let long = "wipe \(String(repeating: "S", count: 90)) 9f2c61d07a4be8135c7f20aa"
    report.layouts[1].consent = long
    #expect(ReportScreen.text(report, width: 80).contains("\n      \(long)\n"))
    #expect(ReportPage.html(report).contains("<pre>\(long)</pre>"))
    for serial in ["S\u{0}1", "S\n1", "Sé1", "S\u{200B}1"] {
      report.layouts[1].consent = "wipe \(serial) 9f2c61d07a4be8135c7f20aa"
      for text in [ReportScreen.text(report, width: 80), ReportPage.html(report)] {
        #expect(!text.contains("9f2c61d07a4be8135c7f20aa"))
        #expect(text.contains("cannot be typed"))
      }
    }
  }

  @Test(arguments: ReportFixture.cases) func screenFitsAndIsShort(_ row: ReportFixture.Case) {
    let screen = ReportScreen.text(row.report, width: 80)
    let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 80 })
    // The one with three layouts, two refusals and a warning is longer than the usual case.
    let limit = ["refused": 42, "boot-order-refused": 34][row.name] ?? 30
    #expect(lines.count <= limit)
  }

  /// Colours are an addition: without their sequences the text is the same.
  @Test(arguments: ReportFixture.cases) func colourChangesNoText(_ row: ReportFixture.Case) {
    let plain = ReportScreen.text(row.report, width: 80)
    let coloured = ReportScreen.text(row.report, width: 80, isColoured: true)
    #expect(coloured != plain)
    #expect(coloured.replacing(#/\x{1B}\[[0-9;]*m/#, with: "") == plain)
  }

  /// What is too much for a console is left to the page.
  @Test func manyDisksAreCut() {
    var report = ReportFixture.done
    report.disks = (0..<40).map { _ in ReportFixture.card }
    let screen = ReportScreen.text(report, width: 80)
    #expect(screen.contains("and 34 more, see sugarimage/report.html"))
    #expect(ReportPage.html(report).contains("40 disks found"))
  }
}
