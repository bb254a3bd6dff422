import SugarKeys

/// What `keys` tells other programs.
struct KeysResult: Encodable {
  var minted: [String]
  /// Files that were plain, by their names below secrets/.
  var encrypted: [String]
  /// Whom the folder's key was encrypted to; left out when that did not change.
  var recipients: [String]?
  /// The agents that were given new join tokens.
  var renewed: [String] = []
  var rotated: [String] = []
  /// The nodes to build and write again.
  var rebuild: [String] = []
  /// What else is to be done after a rotation.
  var remarks: [String] = []
  /// What only the operator can bring: a sentence for each secret that cannot be used yet.
  var missing: [String] = []
  var knownHosts = ""
  var pins: [String: String] = [:]
  /// The public halves, by cluster.
  var deployKeys: [String: String] = [:]

  init(minted: [String], encrypted: [String]) {
    self.minted = minted
    self.encrypted = encrypted
  }

  /// A line for each thing, for a person.
  ///
  /// - Parameter wifi: how many of the first sentences of `missing` are about Wi-Fi.
  func words(of folder: String, wifi: Int) -> [String] {
    var lines: [String] = []
    if let recipients {
      lines.append("the key of '\(folder)' is encrypted to \(recipients.joined(separator: ", "))")
    }
    lines += encrypted.map { "encrypted: \($0)" }
    lines += minted.map { "minted: \($0)" }
    lines += renewed.map { "renewed: join token of \($0)" }
    lines += rotated.filter { !$0.hasPrefix("join token of ") }.map { "rotated: \($0)" }
    if !rebuild.isEmpty { lines.append("now build again: \(rebuild.joined(separator: ", "))") }
    lines += remarks.map { "and: \($0)" }
    lines += deployKeys.sorted { $0.key < $1.key }.map { cluster, key in
      "deploy key of cluster \(cluster), which may read its repository: \(key)"
    }
    for (number, complaint) in missing.enumerated() {
      lines.append("still to do for \(number < wifi ? "Wi-Fi" : "GitOps"): \(complaint)")
    }
    if recipients == nil, [encrypted, minted, rotated, missing].allSatisfy(\.isEmpty) {
      lines.append("nothing was missing in '\(folder)'")
    }
    return lines
  }
}
