import SugarModel

/// The way from power-on to Ready, on the page.
extension ReportPage {
  static func way(_ report: AgentReport) -> Markup? {
    guard let records = report.phases, !records.isEmpty else { return nil }
    return section("The way to Ready", "way", records.map { step($0, report) })
  }

  private static func step(_ record: PhaseRecord, _ report: AgentReport) -> Markup {
    let state = ReportWords.state(record.state)
    var head = [
      Markup.inline("h3", [], [Markup(ReportWords.phase(record.phase))]),
      .inline("span", [.init("class", "verdict")], [Markup(state.text)]),
    ]
    if let code = record.code {
      head.append(.inline("code", [], [Markup(code.rawValue)]))
    }
    head.append(
      .inline("span", [.init("class", "aside")], [Markup(ReportWords.time(record))]))
    var content = [
      Markup.block("div", [.init("class", "head")], head),
      .block("p", [], [Markup(VisibleText.sentence(record.sentence, startingWith: report.node))]),
    ]
    for next in record.next where !report.next.contains(next) {
      content.append(
        .block(
          "p", [],
          [.inline("strong", [], [Markup("Next: ")]), Markup(VisibleText.sentence(next))]))
    }
    return .group("article", [.init("class", "card \(state.tone.rawValue)")], content)
  }
}
