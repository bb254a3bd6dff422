public import SugarModel

/// A receipt as a page that any browser shows, in the report's own style: one file, no script,
/// nothing from a network.
public enum ReceiptPage {
  /// The whole page, UTF-8. It stands as `sugarimage/receipt.html` on the boot partition.
  public static func html(_ receipt: Receipt) -> String {
    let sections = [
      handOver(receipt), way(receipt), machine(receipt), removed(receipt), warnings(receipt),
    ]
    let main = Markup.group(
      "main", [], [banner(receipt)] + sections.compactMap { $0 } + [footer(receipt)])
    let page = Markup.group(
      "html", [.init("lang", "en")],
      [
        ReportPage.head(title: "\(receipt.node): receipt"), .group("body", [], [main]),
      ])
    return "<!DOCTYPE html>\n" + page.source
  }

  private static func banner(_ receipt: Receipt) -> Markup {
    var content = [
      Markup.block("p", [.init("class", "state")], [Markup("Receipt")]),
      .block("h1", [], [Markup(receipt.node)]),
      .block(
        "p", [.init("class", "place")], [ReportPage.words(ReceiptWords.place(receipt))]),
      .block("p", [.init("class", "summary")], [Markup(ReceiptWords.summary(receipt))]),
    ]
    for standIn in receipt.standIns {
      content.append(
        .block(
          "p", [.init("class", "standin")],
          [.inline("strong", [], [Markup("Stand-in")]), Markup(" \(standIn)")]))
    }
    return .group("header", [.init("class", "banner good")], content)
  }

  private static func handOver(_ receipt: Receipt) -> Markup? {
    guard let handOver = receipt.handOver else { return nil }
    let gitops = handOver.gitops
    var facts = [
      ReportPage.fact("Engine", [Markup(ReceiptWords.engine(handOver))]),
      ReportPage.fact("Repository", [mono(gitops.url)]),
      ReportPage.fact("Branch, path", [mono("\(gitops.branch), \(gitops.path)")]),
      ReportPage.fact("Given", [Markup(ReceiptWords.objects(handOver))]),
    ]
    for record in handOver.gates {
      facts.append(
        ReportPage.fact(
          CalendarDate.text(record.held), [Markup(ReceiptWords.gate(record.gate))]))
    }
    return section("The cluster was handed over", "board", facts)
  }

  private static func way(_ receipt: Receipt) -> Markup? {
    guard !receipt.steps.isEmpty else { return nil }
    let steps = receipt.steps.map { step in
      Markup.group(
        "article", [.init("class", "card good")],
        [
          .block(
            "div", [.init("class", "head")],
            [
              .inline("h3", [], [Markup(ReportWords.phase(step.phase))]),
              .inline(
                "span", [.init("class", "aside")],
                [
                  Markup(
                    "at \(ReportWords.seconds(step.at)), took \(ReportWords.seconds(step.took))")
                ]),
            ]),
          .block(
            "p", [], [Markup(VisibleText.sentence(step.sentence, startingWith: receipt.node))]),
        ])
    }
    return ReportPage.section("The way, in its last boot", "way", steps)
  }

  private static func machine(_ receipt: Receipt) -> Markup? {
    let unknown = Markup.inline("span", [.init("class", "unknown")], [Markup("unknown")])
    var facts = [
      ReportPage.fact("Model", [receipt.machine.model.map { Markup($0) } ?? unknown]),
      ReportPage.fact("Serial number", [receipt.machine.serial.map(mono) ?? unknown]),
      ReportPage.fact("Machine id", [mono(receipt.machine.id)]),
    ]
    for disk in receipt.disks {
      facts.append(
        ReportPage.fact(
          disk.path,
          [
            Markup("\(disk.size), "),
            disk.identity.map(mono) ?? Markup("it does not say who it is"),
          ]))
    }
    facts += [
      ReportPage.fact("Runs", [Markup(ReceiptWords.running(receipt.versions))]),
      ReportPage.fact("Planned as", [mono("sha256:\(receipt.plan)")]),
      ReportPage.fact("First look", [Markup(CalendarDate.text(receipt.began))]),
      ReportPage.fact("Ready", [Markup(CalendarDate.text(receipt.ready))]),
      ReportPage.fact("Receipt", [Markup(CalendarDate.text(receipt.written))]),
    ]
    if !receipt.retained.isEmpty {
      facts.append(ReportPage.fact("Still runs", [Markup(ReceiptWords.retained(receipt))]))
    }
    return section("What it is", "board", facts)
  }

  private static func removed(_ receipt: Receipt) -> Markup? {
    var content = receipt.remains.map { Markup.block("p", [], [Markup($0)]) }
    if !receipt.removed.isEmpty {
      let files = receipt.removed.map { "\($0.file) (\($0.bytes) bytes)" }
      content.append(.group("dl", [], [ReportPage.fact("Removed", [ReportPage.list(files)])]))
    }
    return ReportPage.section(
      "What was removed, and what remains", "remains",
      [.group("div", [.init("class", "card")], content)])
  }

  private static func warnings(_ receipt: Receipt) -> Markup? {
    guard !receipt.warnings.isEmpty else { return nil }
    let items = receipt.warnings.map { Markup.block("li", [], [Markup(VisibleText.sentence($0))]) }
    return ReportPage.section(
      "Warnings", "warnings", [.group("ul", [.init("class", "card wait")], items)])
  }

  private static func footer(_ receipt: Receipt) -> Markup {
    .group(
      "footer", [],
      [
        .block("p", [], [ReportPage.words(ReceiptWords.footer(receipt))]),
        .block("p", [], [Markup("For programs: receipt.json beside this page.")]),
      ])
  }

  private static func section(_ title: String, _ kind: String, _ facts: [Markup]) -> Markup {
    ReportPage.section(
      title, kind, [.group("div", [.init("class", "card")], [.group("dl", [], facts)])])
  }

  private static func mono(_ text: String) -> Markup {
    .inline("span", [.init("class", "mono")], [Markup(text)])
  }
}
