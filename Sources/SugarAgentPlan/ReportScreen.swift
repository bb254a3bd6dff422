public import SugarModel

/// The report in short, for a console of which nothing is known but its width: printable ASCII,
/// and colours when they are wanted. (console_codes(4))
public enum ReportScreen {
  /// How many disks and warnings are shown before the rest is left to the page.
  static let limit = 6

  public static func text(_ report: AgentReport, width: Int, isColoured: Bool = false) -> String {
    var paper = ScreenPaper(width: width, isColoured: isColoured)
    let state = ReportWords.state(report.state)
    let node = [ReportWords.name(report)] + ReportWords.place(report)
    paper.line(state.text.uppercased(), state.tone, node.joined(separator: ", "))
    paper.paragraph(ReportWords.summary(report))
    if let standIn = report.standIn { paper.paragraph("STAND-IN BASE: \(standIn)") }
    if !report.next.isEmpty {
      paper.heading("What to do next")
      for (number, step) in report.next.enumerated() {
        paper.item("\(number + 1).", VisibleText.sentence(step))
      }
    }
    way(report, on: &paper)
    layouts(report, on: &paper)
    disks(report, on: &paper)
    board(report.board, on: &paper)
    bootloader(report, on: &paper)
    if !report.warnings.isEmpty {
      paper.heading("Warnings")
      for warning in report.warnings.prefix(limit) {
        paper.item("-", VisibleText.sentence(warning))
      }
      rest(report.warnings.count, on: &paper)
    }
    paper.gap()
    paper.paragraph(ReportWords.footer(report).joined(separator: ", "))
    paper.paragraph("boot \(report.boot)")
    return paper.text
  }

  /// What is done in one paragraph, what is not in words; the page has the rest.
  private static func way(_ report: AgentReport, on paper: inout ScreenPaper) {
    guard let records = report.phases, !records.isEmpty else { return }
    paper.heading("The way to Ready")
    let done = records.filter { $0.state == .done }.map {
      "\($0.phase.rawValue) \(ReportWords.seconds($0.at - $0.began))"
    }
    if !done.isEmpty { paper.paragraph("Done: \(done.joined(separator: ", "))", indent: 2) }
    for record in records where record.state != .done {
      let state = ReportWords.state(record.state)
      let isToldAbove = report.summary.contains(record.sentence)
      let sentence =
        isToldAbove
        ? "as said above\(record.code.map { " (\($0.rawValue))" } ?? "")"
        : VisibleText.sentence(record.sentence, startingWith: report.node)
      paper.line("\(record.phase.rawValue): \(state.text)", state.tone, sentence, indent: 2)
    }
  }

  private static func layouts(_ report: AgentReport, on paper: inout ScreenPaper) {
    guard !report.layouts.isEmpty else { return }
    paper.heading("What was decided")
    for result in report.layouts {
      let verdict = ReportWords.verdict(result)
      let remarks = [
        result.disk.map { String($0.prefix { $0 != " " }) }, result.isRequired ? nil : "optional",
      ].compactMap { $0 }
      let name =
        result.layout + (remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))")
      let word = "\(verdict.text) [\(result.verdict)]"
      paper.line(word, verdict.tone, "\(name): \(ReportWords.reason(result))", indent: 2)
      if let next = result.next, !report.next.contains(next) {
        paper.paragraph("Next: \(VisibleText.sentence(next))", indent: 4)
      }
      if let consent = result.consent { self.consent(consent, on: &paper) }
    }
  }

  private static func consent(_ line: String, on paper: inout ScreenPaper) {
    guard VisibleText.isTypable(line) else {
      return paper.paragraph(
        "The disk's name holds characters that cannot be typed: empty it on another computer.",
        indent: 4)
    }
    paper.paragraph(
      "If everything on this disk may be lost: put this line into \(ReportWords.consentPlace)"
        + " on the boot partition and start the node again.", indent: 4)
    paper.verbatim(line, indent: 6)
  }

  private static func disks(_ report: AgentReport, on paper: inout ScreenPaper) {
    guard !report.disks.isEmpty else { return }
    paper.heading("Disks")
    for disk in report.disks.prefix(limit) {
      let title =
        disk.title.hasPrefix(disk.path) ? disk.title : "\(disk.path) (\(disk.size), \(disk.title))"
      paper.paragraph("\(title): \(disk.content)", indent: 2, hanging: 4)
    }
    rest(report.disks.count, on: &paper)
  }

  private static func rest(_ count: Int, on paper: inout ScreenPaper) {
    guard count > limit else { return }
    paper.paragraph("and \(count - limit) more, see sugarimage/report.html", indent: 2)
  }

  private static func board(_ board: AgentReport.Board, on paper: inout ScreenPaper) {
    paper.heading("Board")
    let heat = board.celsius.map { ", \(ReportWords.temperature($0)) C" } ?? ""
    let serial = board.serial.map { ", serial \($0)" } ?? ""
    paper.paragraph(
      "\(board.model ?? "unknown model")\(serial)\(heat)", indent: 2, hanging: 4)
    let power = PowerWords.statements(board.throttled)
    let worst = power.first { $0.tone != .good && $0.tone != .calm }?.tone ?? .calm
    paper.line(
      "Power:", worst, power.map(\.text).joined(separator: "; "), indent: 2)
    for line in board.nvme { paper.line("NVMe:", .calm, line, indent: 2) }
    paper.line("Clock:", .calm, ReportWords.clock(board).text, indent: 2)
  }

  /// What there is to say in short; `sugaragent eeprom` and the page have the rest.
  private static func bootloader(_ report: AgentReport, on paper: inout ScreenPaper) {
    guard let bootloader = report.bootloader else { return }
    let code = bootloader.code.map { " (\($0.rawValue))" } ?? ""
    paper.line(
      "Boot order:", BootloaderWords.state(bootloader.state).tone,
      "\(bootloader.sentence)\(code)", indent: 2)
    for next in bootloader.next { paper.paragraph("Next: \(next)", indent: 4, hanging: 6) }
  }
}
