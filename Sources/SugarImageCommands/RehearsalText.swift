import SugarModel
import SugarRehearsal

/// A rehearsal's end as a person reads it.
struct RehearsalText {
  let report: RehearsalReport
  let identities: [NodeIdentity]

  init(_ report: RehearsalReport, _ identities: [NodeIdentity]) {
    self.report = report
    self.identities = identities
  }

  func text(colored: Bool) -> String {
    var lines = [table.text(colored: colored)]
    for node in report.nodes where node.outcome != .ready {
      let place = node.phase.map { " in phase \($0.rawValue)" } ?? ""
      lines.append("\(node.node): \(Self.word(node.outcome))\(place): \(node.sentence)")
    }
    for node in report.nodes where node.outcome == .ready && node.isUnfinished {
      lines.append("\(node.node): Ready, but not at the agent's end: \(node.sentence)")
    }
    for node in report.nodes where node.outcome != .ready {
      lines.append("console of \(node.node): \(node.log)")
    }
    for cut in report.cutsLeft {
      lines.append("a power cut never came: \(cut.node), after '\(cut.phase.rawValue)' started")
    }
    for remark in remarks { lines.append("note: \(remark)") }
    lines.append("\(report.label); \(report.emulator), seed \(report.seed)")
    let ready = report.nodes.filter { $0.outcome == .ready }.count
    lines.append(
      "\(ready) of \(report.nodes.count) nodes Ready after \(RehearsalTable.clock(report.seconds))"
        + (report.outcome == .interrupted ? ", interrupted" : ""))
    return lines.joined(separator: "\n")
  }

  /// Seconds of each phase in the last boot, and all of it.
  private var table: Table {
    var table = Table(
      ["NODE", "CLUSTER", "ROLE", "END"] + BootPhase.allCases.map { $0.rawValue.uppercased() } + [
        "BOOTS", "CUTS", "SECONDS",
      ])
    for node in report.nodes {
      table.add(
        [node.node, node.cluster, node.role.rawValue, Self.word(node.outcome)]
          + BootPhase.allCases.map { node.phases[$0.rawValue].map(Self.seconds) ?? "-" } + [
            String(node.boots), String(node.cuts), node.seconds.map(Self.seconds) ?? "-",
          ])
    }
    return table
  }

  private static func seconds(_ time: Double) -> String {
    let tenths = Int((time * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func word(_ outcome: RehearsalReport.Outcome) -> String {
    switch outcome {
    case .ready: "Ready"
    case .refused: "refused"
    case .late: "not in time"
    case .failed: "failed"
    case .interrupted: "interrupted"
    }
  }

  /// What was not as on a Pi, each once.
  private var remarks: [String] {
    var remarks: [String] = []
    for identity in identities {
      if let standIn = identity.base.standIn {
        remarks.append("the base is a STAND-IN: \(standIn)")
      }
      if let standIn = identity.cluster.standIn {
        remarks.append("k3s of cluster \(identity.cluster.name) is a STAND-IN: \(standIn)")
      }
      if !identity.cluster.binaryIncluded {
        remarks.append("cluster \(identity.cluster.name) has a PLACEHOLDER and no k3s")
      }
    }
    remarks += report.nodes.flatMap(\.remarks)
    return remarks.reduce(into: []) { list, remark in
      if !list.contains(remark) { list.append(remark) }
    }
  }
}
