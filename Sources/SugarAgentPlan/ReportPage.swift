public import SugarModel

/// The report as a page that any browser shows: one file, no script, nothing from a network. (HTML
/// Living Standard)
public enum ReportPage {
  /// The whole page, UTF-8. It stands as `sugarimage/report.html` on the boot partition.
  public static func html(_ report: AgentReport) -> String {
    let page = Markup.group("html", [.init("lang", "en")], [head(report), body(report)])
    return "<!DOCTYPE html>\n" + page.source
  }

  private static func head(_ report: AgentReport) -> Markup {
    head(title: "\(ReportWords.name(report)): \(ReportWords.state(report.state).text)")
  }

  static func head(title: String) -> Markup {
    func meta(_ name: String, _ content: String) -> Markup {
      .void("meta", [.init("name", name), .init("content", content)])
    }
    return .group(
      "head", [],
      [
        .void("meta", [.init("charset", "utf-8")]),
        // Even if something got through, it could neither run nor call home.
        .void(
          "meta",
          [
            .init("http-equiv", "Content-Security-Policy"),
            .init("content", "default-src 'none'; style-src 'unsafe-inline'"),
          ]), meta("viewport", "width=device-width, initial-scale=1"),
        meta("color-scheme", "light dark"), .block("title", [], [Markup(title)]), .style(sheet),
      ])
  }

  private static func body(_ report: AgentReport) -> Markup {
    let sections = [
      next(report), way(report), layouts(report), bootloader(report), disks(report),
      board(report.board), warnings(report),
    ]
    return .group(
      "body", [],
      [
        .group(
          "main", [], [banner(report)] + sections.compactMap { $0 } + [footer(report)])
      ])
  }

  private static func banner(_ report: AgentReport) -> Markup {
    let state = ReportWords.state(report.state)
    var content = [
      Markup.block("p", [.init("class", "state")], [Markup(state.text)]),
      .block("h1", [], [Markup(ReportWords.name(report))]),
    ]
    let place = ReportWords.place(report)
    if !place.isEmpty {
      content.append(.block("p", [.init("class", "place")], [words(place)]))
    }
    content.append(
      .block("p", [.init("class", "summary")], [Markup(ReportWords.summary(report))]))
    if let standIn = report.standIn {
      content.append(
        .block(
          "p", [.init("class", "standin")],
          [.inline("strong", [], [Markup("Stand-in base")]), Markup(" \(standIn)")]))
    }
    return .group("header", [.init("class", "banner \(state.tone.rawValue)")], content)
  }

  private static func next(_ report: AgentReport) -> Markup? {
    guard !report.next.isEmpty else { return nil }
    let steps = report.next.map {
      Markup.block("li", [], [Markup(VisibleText.sentence($0))])
    }
    return section("What to do next", "next", [.group("ol", [], steps)])
  }

  private static func layouts(_ report: AgentReport) -> Markup? {
    guard !report.layouts.isEmpty else { return nil }
    return section(
      "What was decided", "decided",
      report.layouts.map { layout($0, isToldAbove: report.next.contains($0.next ?? "")) })
  }

  private static func disks(_ report: AgentReport) -> Markup? {
    guard !report.disks.isEmpty else { return nil }
    let count = report.disks.count == 1 ? "1 disk" : "\(report.disks.count) disks"
    return section("\(count) found", "disks", report.disks.map(disk))
  }

  private static func warnings(_ report: AgentReport) -> Markup? {
    guard !report.warnings.isEmpty else { return nil }
    let items = report.warnings.map {
      Markup.block("li", [], [Markup(VisibleText.sentence($0))])
    }
    return section(
      "Warnings", "warnings", [.group("ul", [.init("class", "card wait")], items)])
  }

  private static func footer(_ report: AgentReport) -> Markup {
    .group(
      "footer", [],
      [
        .block("p", [], [words(ReportWords.footer(report))]),
        .block("p", [.init("class", "mono")], [Markup("boot \(report.boot)")]),
        .block(
          "p", [],
          [
            Markup(
              "Written \(CalendarDate.text(report.board.clock)) by the node's clock."
                + " For programs: report.json beside this page.")
          ]),
      ])
  }

  static func section(_ title: String, _ kind: String, _ content: [Markup]) -> Markup {
    .group(
      "section", [.init("class", kind)], [.block("h2", [], [Markup(title)])] + content)
  }

  /// Short facts side by side; the style sheet puts dots between them.
  static func words(_ texts: [String]) -> Markup {
    .inline(
      "span", [.init("class", "words")], texts.map { .inline("span", [], [Markup($0)]) })
  }
}
