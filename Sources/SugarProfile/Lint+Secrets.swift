internal import SugarModel

extension Lint {
  static func recipientsAreUnique(_ draft: Draft) -> [Diagnostic] {
    repeated(
      draft.profile.secrets.recipients.enumerated().map { ($1, "secrets.recipients[\($0)]") }, draft
    ) { "'\($0)' is a recipient twice" }
  }

  static func referencesAreUnique(_ draft: Draft) -> [Diagnostic] {
    repeated(draft.references.map { ($0.value.file, "\($0.path).file") }, draft) {
      "'\(SecretWords.shown($0))' is looked up in two places"
    }
  }

  /// What is minted is kept, and a file that nobody reads was meant to be another one.
  static func referencesAreOfTheOperators(_ draft: Draft) -> [Diagnostic] {
    guard
      !draft.broken.contains(where: { path in
        ["network", "gitops", "clusters"].contains { path == $0 || path.hasPrefix($0 + ".") }
          || path.hasPrefix("clusters[")
      })
    else { return [] }
    let known = draft.operatorsFiles
    return draft.references.compactMap { reference in
      let path = "\(reference.path).file"
      guard draft.isSound(path), !known.contains(reference.value.file) else { return nil }
      let nearest = Suggestion.nearest(to: reference.value.file, among: known)
      return draft.error(
        "'\(SecretWords.shown(reference.value.file))' is no secret that you bring for this fleet",
        at: path,
        note: nearest.map { "did you mean '\($0)'?" }
          ?? "those are the files of 'ssidRef' and 'pskRef' in wifi/, and what 'gitops' names, in gitops/<cluster>/"
      )
    }
  }
}

extension Draft {
  fileprivate var references: [Item<ReferencedSecret>] {
    profile.secrets.references.enumerated().map {
      Item(value: $1, path: "secrets.references[\($0)]")
    }
  }

  /// The files below `secrets/` that this fleet reads and nobody mints.
  fileprivate var operatorsFiles: [String] {
    let wifi = profile.planes.flatMap(\.wifi).flatMap { ["wifi/\($0.ssid)", "wifi/\($0.psk)"] }
    let gitops = clusters.flatMap { cluster -> [String] in
      guard let words = profile.gitopsWords(of: cluster.value) else { return [] }
      let restored = (words.restoreSecrets ?? []).filter { $0 != .deploy }.map(\.rawValue)
      let login = words.authRef == .deploy && !words.isSSH ? ["username", "password"] : []
      return (restored + login.map { "\(GitOpsCredential.deploy.rawValue)/\($0)" }).map {
        "gitops/\(cluster.value.name)/\($0)"
      }
    }
    return wifi + gitops
  }
}
