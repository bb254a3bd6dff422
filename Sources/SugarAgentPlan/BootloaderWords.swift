import SugarEEPROM
public import SugarModel

/// Puts what was decided about a bootloader into the report.
public enum BootloaderWords {
  /// - Parameter isActing: whether what the ruling says was done, or is only what a run would do.
  public static func report(
    _ ruling: BootloaderRuling, _ boot: BootIdentity, _ facts: BootloaderFacts, kept: [String],
    boot id: String, isActing: Bool
  ) -> BootloaderReport {
    var report = BootloaderReport(
      state: .waiting, sentence: "", wanted: boot.order.map { BootloaderWish.words(BootOrder($0)) },
      built: facts.built, kept: kept, boot: id)
    if case .known(let present) = facts.settings {
      report.present = present.value(of: BootloaderWish.orderKey).map { BootloaderWish.words($0) }
    }
    switch ruling {
    case .rest(let state, let sentence, let next):
      (report.state, report.sentence, report.next) = (state, sentence, next)
    case .confirm(let sentence): (report.state, report.sentence) = (.asPlanned, sentence)
    case .wait(let sentence, let next): (report.sentence, report.next) = (sentence, next)
    case .refuse(let code, let sentence, let next):
      (report.state, report.code, report.sentence, report.next) = (.refused, code, sentence, next)
    case .stage(_, _, let reason):
      report.state = .differs
      report.sentence =
        isActing ? reason : "\(reason); the next run brings the fleet's settings to the board"
    }
    report.sentence = JoinReport.plain(report.sentence)
    report.next = report.next.map { JoinReport.plain($0) }
    return report
  }

  /// The line of the console and the journal.
  public static func line(_ report: BootloaderReport) -> String {
    "sugaragent: boot order: \(report.state.rawValue): \(report.sentence)"
  }

  static func state(_ state: BootloaderReport.State) -> TonedText {
    switch state {
    case .nothingAsked: TonedText(.calm, "Left alone")
    case .none: TonedText(.calm, "None here")
    case .asPlanned: TonedText(.good, "As planned")
    case .differs: TonedText(.wait, "Differs")
    case .staged: TonedText(.busy, "From the next boot on")
    case .waiting: TonedText(.wait, "Not yet")
    case .undone: TonedText(.calm, "Taken back")
    case .refused: TonedText(.stop, "Left alone")
    }
  }

  /// Name and value of what is known, for the page and the screen.
  static func facts(_ report: BootloaderReport) -> [(name: String, text: String)] {
    guard report.state != .none, report.state != .nothingAsked else { return [] }
    var result: [(name: String, text: String)] = []
    if report.present != report.wanted || report.state != .asPlanned {
      result.append(("On the board", report.present ?? "none of its own"))
    }
    if let wanted = report.wanted { result.append(("In the fleet", wanted)) }
    if let built = report.built {
      result.append(("Bootloader", "built \(CalendarDate.text(Int64(built)))"))
    }
    if let last = report.kept.last { result.append(("Before", "kept in \(last)")) }
    return result
  }

  /// What `sugaragent eeprom` prints.
  public static func status(_ report: BootloaderReport) -> String {
    var paper = ScreenPaper(width: 100, isColoured: false)
    let state = state(report.state)
    let code = report.code.map { " [\($0.rawValue)]" } ?? ""
    paper.line("\(state.text)\(code):", state.tone, VisibleText.sentence(report.sentence))
    for fact in facts(report) {
      paper.paragraph("\(fact.name): \(fact.text)", indent: 2, hanging: 4)
    }
    for next in report.next { paper.paragraph("Next: \(VisibleText.sentence(next))", indent: 2) }
    for path in report.kept.dropLast() { paper.paragraph("Before: kept in \(path)", indent: 2) }
    return paper.text
  }
}

extension ReportPage {
  /// How the board's bootloader stands, on the page.
  static func bootloader(_ report: AgentReport) -> Markup? {
    guard let bootloader = report.bootloader else { return nil }
    let state = BootloaderWords.state(bootloader.state)
    var head = [
      Markup.inline("h3", [], [Markup("EEPROM")]),
      .inline("span", [.init("class", "verdict")], [Markup(state.text)]),
      .inline("code", [], [Markup(bootloader.state.rawValue)]),
    ]
    if let code = bootloader.code { head.append(.inline("code", [], [Markup(code.rawValue)])) }
    var content = [
      Markup.block("div", [.init("class", "head")], head),
      .block("p", [], [Markup(VisibleText.sentence(bootloader.sentence))]),
    ]
    let facts = BootloaderWords.facts(bootloader)
    if !facts.isEmpty {
      content.append(.group("dl", [], facts.map { fact($0.name, [Markup($0.text)]) }))
    }
    for next in bootloader.next {
      content.append(
        .block(
          "p", [],
          [.inline("strong", [], [Markup("Next: ")]), Markup(VisibleText.sentence(next))]))
    }
    return section(
      "Boot order", "bootloader",
      [.group("article", [.init("class", "card \(state.tone.rawValue)")], content)])
  }
}
