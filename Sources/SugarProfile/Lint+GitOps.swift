internal import SugarModel

extension Draft {
  fileprivate struct HandOver {
    var cluster: Item<Cluster>
    /// The cluster's own words and the fleet's.
    var words: GitOpsWords
    var path: String { cluster.path + ".gitops" }
  }

  /// The clusters that say something of GitOps, when all of it could be read.
  fileprivate var handOvers: [HandOver] {
    guard !broken.contains(where: { $0 == "gitops" || $0.hasPrefix("gitops.") }) else { return [] }
    return clusters.compactMap { cluster in
      let path = cluster.path + ".gitops"
      guard let words = profile.gitopsWords(of: cluster.value), isSound(path),
        !broken.contains(where: { $0.hasPrefix(path) })
      else { return nil }
      return HandOver(cluster: cluster, words: words)
    }
  }

  /// Where a field that counts for the cluster was written.
  fileprivate func place(of field: String, _ cluster: HandOver) -> String {
    let own = "\(cluster.path).\(field)"
    return places.isWritten(own) || !places.isWritten("gitops.\(field)") ? own : "gitops.\(field)"
  }
}

extension Lint {
  /// Until somebody names a repository, nothing is handed over; a profile to copy cannot name one.
  static func gitOpsHasARepository(_ draft: Draft) -> [Diagnostic] {
    let waiting = draft.handOvers.filter { $0.words.repo == nil }
    guard let first = waiting.first else { return [] }
    let names = waiting.map { "'\($0.cluster.value.name)'" }.joined(separator: ", ")
    return [
      draft.warning(
        "GitOps has no repository yet, so nothing is handed over: \(names)",
        at: draft.places.isWritten("gitops") ? "gitops" : first.path,
        note: "'repo' names it, in 'gitops' or with the cluster")
    ]
  }

  static func gitOpsIsComplete(_ draft: Draft) -> [Diagnostic] {
    var told: Set<Diagnostic> = []
    return draft.handOvers.filter { $0.words.repo != nil }.flatMap { cluster -> [Diagnostic] in
      var result: [Diagnostic] = []
      if cluster.words.manifest == nil {
        result.append(
          draft.error(
            "'\(cluster.cluster.value.name)' is handed over to GitOps without a 'manifest'",
            at: cluster.path, note: "it names the engine's install manifest, by 'path' or 'url'"))
      }
      if cluster.words.isSSH, cluster.words.authRef == nil {
        result.append(
          draft.error(
            "no repository is read over SSH without a key", at: draft.place(of: "repo", cluster),
            note: "write 'authRef: flux-git-deploy'"))
      } else if cluster.words.authRef == nil,
        cluster.words.restoreSecrets?.contains(.deploy) == true
      {
        result.append(
          draft.error(
            "'flux-git-deploy' is restored, and the repository is read without it",
            at: draft.place(of: "restoreSecrets", cluster),
            note: "write 'authRef: flux-git-deploy'"))
      }
      return result.filter { told.insert($0).inserted }
    }
  }

  /// The agent that hands over applies objects through the API server of its own machine.
  static func gitOpsNodesAreServers(_ draft: Draft) -> [Diagnostic] {
    guard draft.allRolesAreSound else { return [] }
    return draft.handOvers.compactMap { cluster in
      let servers = draft.members(of: cluster.cluster).filter(\.value.role.isServer).map {
        $0.value.hostname
      }
      guard let node = cluster.words.node, !servers.contains(node) else { return nil }
      return draft.error(
        "'\(node)' is no server of the cluster '\(cluster.cluster.value.name)'",
        at: "\(cluster.path).node", note: "its servers: \(servers.joined(separator: ", "))")
    }
  }

  /// Two tiers that follow one folder are one tier. Clusters of one tier may do so on purpose.
  static func gitOpsPathsDiffer(_ draft: Draft) -> [Diagnostic] {
    let all = draft.handOvers
    return all.enumerated().compactMap { index, cluster in
      let own = cluster.words
      let other = all[..<index].first {
        $0.words.repo == own.repo && $0.words.branch ?? "main" == own.branch ?? "main"
          && $0.words.path == own.path
      }
      guard let other, let path = own.path else { return nil }
      let message =
        "'\(cluster.cluster.value.name)' follows '\(path)', as '\(other.cluster.value.name)' does"
      let place = "\(cluster.path).path"
      let note = draft.otherOne("\(other.path).path")
      return cluster.cluster.value.tier == other.cluster.value.tier
        ? draft.warning(message, at: place, note: note)
        : draft.error(message, at: place, note: note)
    }
  }

  static func gitOpsIsUsed(_ draft: Draft) -> [Diagnostic] {
    guard draft.profile.gitops != nil, draft.isSound("gitops"), draft.isSound("clusters"),
      draft.clusters.allSatisfy({ $0.value.gitops == nil && draft.isSound("\($0.path).gitops") })
    else { return [] }
    return [
      draft.warning(
        "no cluster is handed over to GitOps", at: "gitops",
        note: "each that is has its own 'gitops', with its 'path' in the repository")
    ]
  }
}
