import SugarAgentPlan
import SugarModel
import Testing

/// Labels, models and serial numbers are written by strangers.
@Suite struct ReportSafetyTests {
  static let hostile: [String] = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><b onclick='x'>",
    "</style></title></pre><!--", "<![CDATA[x]]>", "&lt;b&gt; &amp; &#60;i&#62; &copy",
    "one\ntwo\r\nthree\tfour", "nul \u{0} escape \u{1B}[2J\u{1B}]0;x\u{7} delete \u{7F}",
    "c1 \u{9B}31m next line \u{85}", "turned \u{202E}txt.exe\u{2066} \u{2028}\u{2029}\u{200B}",
    "no character \u{FFFE}\u{FFFF}\u{1FFFF}\u{E000}", String(repeating: "W", count: 300),
    "Büro 盘 é",
  ]

  @Test(arguments: ReportFixture.cases) func pageIsWellFormed(_ row: ReportFixture.Case) throws {
    let page = try PageReader.read(ReportPage.html(row.report))
    #expect(page.complaints == [])
    #expect(page.texts.contains { $0.contains(row.report.node ?? "Unknown node") })
  }

  /// The judge itself: it complains about a page into which something got through.
  @Test func readerComplains() throws {
    let page = ReportPage.html(ReportFixture.done)
    for planted in [
      "<script>alert(1)</script>", "<p onclick=\"x\">x</p>", "<p>", "</main>", "<!-- x -->",
      "\u{1}",
    ] {
      let broken = page.replacing("<h1>", with: "\(planted)<h1>", maxReplacements: 1)
      #expect(broken != page)
      #expect(try PageReader.read(broken).complaints != [], "\(planted)")
    }
  }

  /// Every field of a report says something hostile, and all of it arrives as text.
  @Test(arguments: hostile) func nothingBecomesMarkup(_ text: String) throws {
    let (report, marks) = Self.report(saying: text)
    let html = ReportPage.html(report)
    let page = try PageReader.read(html)
    #expect(page.complaints == [])
    for mark in marks {
      let whole = "\(mark)\(Self.shown(text))\(mark)"
      #expect(page.texts.contains { $0.contains(whole) }, "\(mark) is not told")
    }
    #expect(page.title.contains(Self.shown(text)))
    let unseen = html.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F }
    #expect(unseen.isEmpty)
  }

  /// A console gets printable ASCII alone, in lines that fit.
  @Test(arguments: hostile, [20, 80]) func screenIsHarmless(_ text: String, _ width: Int) {
    var report = Self.report(saying: text).report
    for place in report.layouts.indices { report.layouts[place].consent = nil }
    let screen = ReportScreen.text(report, width: width)
    #expect(screen.unicodeScalars.allSatisfy { $0 == "\n" || (0x20...0x7E).contains($0.value) })
    for line in screen.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
  }

  /// Every field that is a text, each with a mark of its own around what it says.
  private static func report(saying text: String) -> (report: AgentReport, marks: [String]) {
    var marks: [String] = []
    func say(_ name: String) -> String {
      marks.append("{\(name)}")
      return "{\(name)}\(text){\(name)}"
    }
    let board = AgentReport.Board(
      model: say("model"), serial: say("board serial"), throttled: nil, celsius: .nan,
      nvme: [say("nvme")], clockIsSynchronised: false, clock: .max)
    let disk = AgentReport.DiskSummary(
      path: say("path"), title: say("title"), size: ByteCount(UInt64.max), transport: .nvme,
      identity: say("identity"), content: say("content"), partitions: [say("partition")],
      uses: [say("use")])
    let layout = AgentReport.LayoutResult(
      layout: say("layout"), disk: say("layout's disk"), verdict: say("verdict"), code: .unknown,
      reason: say("reason"), next: say("layout's next"), consent: nil, isRequired: false)
    var report = AgentReport(
      agent: say("agent"), identity: nil, state: .refused, summary: say("summary"),
      next: [say("next")], board: board, disks: [disk], layouts: [layout],
      warnings: [say("warning")], boot: say("boot"), boots: .max)
    report.node = say("node")
    report.fleet = say("fleet")
    report.cluster = say("cluster")
    report.tier = say("tier")
    report.standIn = say("stand-in")
    return (report, marks)
  }

  /// The rule of the page, written down a second time: pictures for control characters, and � for
  /// what is not seen.
  private static func shown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0..<0x20: result += "\(UnicodeScalar(0x2400 + scalar.value) ?? "?")"
      case 0x7F: result += "\u{2421}"
      case 0x80..<0xA0, 0x200B, 0x2028...0x202E, 0x2066, 0xE000, 0xFFFE, 0xFFFF, 0x1FFFF:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
