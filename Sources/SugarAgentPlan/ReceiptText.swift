public import SugarModel

/// A receipt in short, for `sugaragent status` and for consoles: printable ASCII, without colour.
public enum ReceiptText {
  public static func status(_ receipt: Receipt) -> String {
    var paper = ScreenPaper(width: 100, isColoured: false)
    paper.line("RECEIPT", .good, "\(CalendarDate.text(receipt.written)), by the node's clock")
    paper.paragraph(ReceiptWords.summary(receipt))
    if let handOver = receipt.handOver {
      paper.heading("Handed over")
      paper.paragraph(
        "\(handOver.gitops.url), branch \(handOver.gitops.branch), path \(handOver.gitops.path)",
        indent: 2, hanging: 4)
      paper.paragraph("Given: \(ReceiptWords.objects(handOver))", indent: 2)
      for record in handOver.gates {
        paper.paragraph(
          "\(ReceiptWords.gate(record.gate)): \(CalendarDate.text(record.held))", indent: 2)
      }
    }
    paper.heading("What it is")
    paper.paragraph(
      "\(receipt.machine.model ?? "unknown model"), serial \(receipt.machine.serial ?? "unknown")",
      indent: 2, hanging: 4)
    for disk in receipt.disks {
      paper.paragraph(
        "\(disk.path): \(disk.size), \(disk.identity ?? "it does not say who it is")", indent: 2,
        hanging: 4)
    }
    paper.paragraph(ReceiptWords.running(receipt.versions), indent: 2)
    paper.paragraph("planned as sha256:\(receipt.plan)", indent: 2)
    for standIn in receipt.standIns { paper.paragraph("STAND-IN: \(standIn)", indent: 2) }
    paper.heading("What was removed, and what remains")
    for line in receipt.remains { paper.item("-", line) }
    if !receipt.removed.isEmpty { paper.paragraph("Removed:", indent: 2) }
    for removal in receipt.removed {
      paper.paragraph("\(removal.file) (\(removal.bytes) bytes)", indent: 4)
    }
    paper.gap()
    paper.paragraph(ReceiptWords.footer(receipt).joined(separator: ", "))
    return paper.text
  }
}
