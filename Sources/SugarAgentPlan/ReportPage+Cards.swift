import SugarModel

/// The parts of the page that come many times: a layout, a disk, the board.
extension ReportPage {
  /// What became of one layout.
  static func layout(_ result: AgentReport.LayoutResult, isToldAbove: Bool) -> Markup {
    let verdict = ReportWords.verdict(result)
    var codes = [result.verdict]
    if let code = result.code { codes.append(code.rawValue) }
    var head = [
      Markup.inline("h3", [], [Markup(result.layout)]),
      .inline("span", [.init("class", "verdict")], [Markup(verdict.text)]),
      .inline("code", [], [Markup(codes.joined(separator: " "))]),
    ]
    if !result.isRequired {
      head.append(
        .inline("span", [.init("class", "aside")], [Markup("optional: the node can do without")]))
    }
    var content = [Markup.block("div", [.init("class", "head")], head)]
    if let disk = result.disk {
      content.append(.block("p", [.init("class", "device mono")], [Markup(disk)]))
    }
    content.append(.block("p", [], [Markup(ReportWords.reason(result))]))
    if let next = result.next, !isToldAbove {
      content.append(
        .block(
          "p", [],
          [
            .inline("strong", [], [Markup("Next: ")]), Markup(VisibleText.sentence(next)),
          ]))
    }
    if let consent = result.consent { content.append(self.consent(consent)) }
    return .group("article", [.init("class", "card \(verdict.tone.rawValue)")], content)
  }

  private static func consent(_ line: String) -> Markup {
    guard VisibleText.isTypable(line) else {
      return .block(
        "p", [],
        [
          Markup(
            "The disk's name holds characters that cannot be typed, so there is no consent line."
              + " Empty the disk on another computer.")
        ])
    }
    return .group(
      "div", [.init("class", "consent")],
      [
        .block(
          "p", [],
          [
            .inline("strong", [], [Markup("If everything on this disk may be lost:")]),
            Markup(" put this line into "),
            .inline("code", [], [Markup(ReportWords.consentPlace)]),
            Markup(" on this partition and start the node again."),
          ]), .block("pre", [], [Markup(line)]),
      ])
  }

  /// One disk as it was found.
  static func disk(_ disk: AgentReport.DiskSummary) -> Markup {
    // A title of `path (the rest)` is taken apart, so that nothing is said twice.
    var (name, rest) = (disk.title, "")
    if disk.title.hasPrefix("\(disk.path) ("), disk.title.hasSuffix(")") {
      name = disk.path
      rest = String(disk.title.dropFirst(disk.path.count + 2).dropLast())
    }
    var head = [Markup.inline("h3", [.init("class", "mono")], [Markup(name)])]
    if !disk.title.hasPrefix(disk.path) {
      head.append(.inline("code", [], [Markup(disk.path)]))
    }
    if disk.transport != .other {
      head.append(.inline("span", [.init("class", "kind")], [Markup(disk.transport.rawValue)]))
    }
    var content = [Markup.block("div", [.init("class", "head")], head)]
    let size = disk.size.description
    let missing = [
      rest.isEmpty ? nil : rest, rest.contains(size) ? nil : size,
      disk.identity.flatMap { rest.contains($0) ? nil : "identity \($0)" },
      disk.identity == nil ? "it does not say who it is" : nil,
    ]
    content.append(
      .block("p", [.init("class", "device")], [words(missing.compactMap { $0 })]))
    var facts = [fact("Content", [Markup(disk.content)])]
    if !disk.partitions.isEmpty { facts.append(fact("Partitions", [list(disk.partitions)])) }
    facts.append(
      fact("Used by", [disk.uses.isEmpty ? Markup("nobody") : list(disk.uses)]))
    content.append(.group("dl", [], facts))
    return .group("article", [.init("class", "card")], content)
  }

  /// The board and its health.
  static func board(_ board: AgentReport.Board) -> Markup {
    let unknown = Markup.inline("span", [.init("class", "unknown")], [Markup("unknown")])
    var power = PowerWords.statements(board.throttled).map(toned)
    if let throttled = board.throttled, throttled != 0 {
      power.append(.inline("code", [], [Markup(PowerWords.code(throttled))]))
    }
    var facts = [
      fact("Model", [board.model.map { Markup($0) } ?? unknown]),
      fact(
        "Serial number",
        [board.serial.map { .inline("span", [.init("class", "mono")], [Markup($0)]) } ?? unknown]),
      fact("Power and heat", power),
      fact(
        "Temperature",
        [board.celsius.map { Markup("\(ReportWords.temperature($0)) °C") } ?? unknown]),
    ]
    if !board.nvme.isEmpty { facts.append(fact("NVMe", [list(board.nvme)])) }
    facts.append(fact("Clock", [toned(ReportWords.clock(board))]))
    return section(
      "The board", "board",
      [.group("div", [.init("class", "card")], [.group("dl", [], facts)])])
  }

  private static func toned(_ statement: TonedText) -> Markup {
    .inline(
      "span", [.init("class", "toned \(statement.tone.rawValue)")],
      [Markup(statement.text)])
  }

  private static func list(_ texts: [String]) -> Markup {
    .inline("ul", [], texts.map { .inline("li", [], [Markup($0)]) })
  }

  static func fact(_ name: String, _ content: [Markup]) -> Markup {
    .block(
      "div", [], [.inline("dt", [], [Markup(name)]), .inline("dd", [], content)])
  }
}
