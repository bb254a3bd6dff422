import SugarModel
import SugarPartition

/// A plan as a person reads it before saying yes.
extension FlashPlan {
  public var text: String {
    var lines: [(String, String)] = [
      ("write", "\(image.title) (\(image.size), \(image.data) of it data)"),
      ("onto", "\(disk.path), \(DiskWords.size(disk.size)), \(onto)"),
      ("", DiskWords.identity(disk)),
      ("because", because),
      ("on it now", DiskWords.summary(disk)),
    ]
    let losses = lost.isEmpty ? ["nothing"] : lost
    for (index, line) in losses.enumerated() { lines.append((index == 0 ? "lost" : "", line)) }
    for (index, part) in kept.enumerated() {
      lines.append(
        (
          index == 0 ? "kept" : "",
          "'\(part.label)', \(part.entry.size) from \(part.entry.start), as partition \(part.entry.number)"
        ))
    }
    for (index, step) in steps.enumerated() {
      lines.append((index == 0 ? "then" : "", "\(index + 1). \(step.summary)"))
    }
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { name, value in
      name + String(repeating: " ", count: width - name.count) + "  " + value
    }.joined(separator: "\n")
  }

  private var onto: String {
    ([DiskWords.transport(disk)] + [disk.model].compactMap { $0 }).joined(separator: ", ")
  }

  private var because: String {
    switch reason {
    case .bound: "the fleet gives this disk to \(image.node?.node ?? "this node")"
    case .named: "it was named by its identity"
    case .path: "it was named, but not by its identity: look twice"
    case .only: "it is the only disk here that may be written"
    }
  }
}
