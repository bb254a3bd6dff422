public import SugarModel

/// The words that a receipt's page and its text share, and those that stand in it.
public enum ReceiptWords {
  /// What may still be found on the node, and what stays because it is needed.
  public static func remains(
    _ identity: NodeIdentity, removed: Int, trimmed: Bool
  ) -> [String] {
    var lines: [String] = []
    if removed == 0 {
      lines.append("Nothing secret was staged on this node for its first boot.")
    } else {
      let files = removed == 1 ? "1 file was" : "\(removed) files were"
      lines.append(
        "\(files) overwritten with zeros, flushed and removed"
          + (trimmed
            ? ", and the disks were told that the room is free."
            : "; the disks could not be told that the room is free."))
      lines.append(
        "Flash media do not write where they wrote before: older copies may remain in cells that only"
          + " the medium's own controller reads, until it uses them again. Who must be sure renews"
          + " these secrets, or destroys the medium.")
    }
    let name = identity.cluster.distribution
    lines.append(
      identity.role.isServer
        ? "What \(name) needs stays: its token and node password in /etc/rancher, the cluster's"
          + " authorities and data in /var/lib/rancher, and its administrator's kubeconfig."
        : "What \(name) needs stays: its token and node password in /etc/rancher, and its"
          + " certificates in /var/lib/rancher.")
    lines.append("The host's ssh keys, and the keys of its Wi-Fi networks, stay for the system.")
    return lines
  }

  static func engine(_ handOver: Receipt.HandOver) -> String {
    let version = handOver.gitops.version.map { " \($0)" } ?? ""
    return GitOpsRules.of(handOver.gitops.engine).name + version
  }

  static func gate(_ gate: GitOpsGate) -> String {
    switch gate {
    case .controllers: "Its controllers run"
    case .source: "The repository was fetched"
    case .sync: "The repository was applied"
    }
  }

  static func objects(_ handOver: Receipt.HandOver) -> String {
    switch handOver.objects {
    case 0: "none by this node: the cluster was handed over before"
    case 1: "1 object"
    default: "\(handOver.objects) objects"
    }
  }

  public static func summary(_ receipt: Receipt) -> String {
    let given = receipt.handOver.map { ", its cluster is handed over to \(engine($0))" } ?? ""
    let end =
      receipt.retained.isEmpty
      ? "the agent has retired" : "the agent has retired but for \(retained(receipt))"
    return "\(receipt.node) is Ready\(given), and \(end)."
  }

  static func retained(_ receipt: Receipt) -> String { receipt.retained.joined(separator: ", ") }

  static func place(_ receipt: Receipt) -> [String] {
    [
      "cluster \(receipt.cluster)", "tier \(receipt.tier)", ReportWords.role(receipt.role),
      "site \(receipt.site)",
    ]
  }

  static func running(_ versions: Receipt.Versions) -> String {
    let planned = "\(versions.distribution) \(versions.planned)"
    guard let running = versions.running, running != versions.planned else { return planned }
    return "\(planned); the node says \(running)"
  }

  static func footer(_ receipt: Receipt) -> [String] {
    [
      "sugaragent \(receipt.versions.agent)", "fleet \(receipt.fleet)",
      "generation \(receipt.generation)",
      receipt.boots == 1 ? "1 boot" : "\(receipt.boots) boots",
    ]
  }
}
