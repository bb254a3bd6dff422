internal import SugarModel

extension Lint {
  static func hostnamesAreUnique(_ draft: Draft) -> [Diagnostic] {
    repeated(draft.nodes.map { ($0.value.hostname, "\($0.path).hostname") }, draft) {
      "two nodes are called '\($0)'"
    }
  }

  static func positionsAreUnique(_ draft: Draft) -> [Diagnostic] {
    let positions = draft.nodes.compactMap { node in
      node.value.position.map { (value: [$0.carrier, $0.slot], path: "\(node.path).position") }
    }
    return repeated(positions, draft) { "two nodes are on carrier \($0[0]) in slot \($0[1])" }
  }

  static func boardsAreUnique(_ draft: Draft) -> [Diagnostic] {
    let boards = draft.nodes.compactMap { node in
      node.value.board.map { (value: $0, path: "\(node.path).board") }
    }
    return repeated(boards, draft) { "two nodes are for the board \($0)" }
  }

  static func clustersExist(_ draft: Draft) -> [Diagnostic] {
    let names = draft.profile.clusters.map(\.name)
    guard draft.isSound("clusters"), draft.clusters.allSatisfy({ draft.isSound("\($0.path).name") })
    else { return [] }
    return draft.nodes.compactMap { node in
      let name = node.value.cluster
      guard draft.isSound("\(node.path).cluster"), !names.contains(name) else { return nil }
      return draft.error(
        "no cluster is called '\(SecretWords.shown(name))'", at: "\(node.path).cluster",
        note: Suggestion.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
          ?? "clusters are: \(names.joined(separator: ", "))")
    }
  }

  static func planesExist(_ draft: Draft) -> [Diagnostic] {
    guard draft.allPlanesAreSound else { return [] }
    return draft.nodes.flatMap { node in
      node.value.planes.keys.sorted().compactMap { name in
        draft.plane(named: name) == nil
          ? draft.unknownPlane(name, at: "\(node.path).planes.\(name)") : nil
      }
    }
  }

  /// Two initialisers make two clusters with one name, which no one notices until data is lost.
  static func clustersHaveOneInitialiser(_ draft: Draft) -> [Diagnostic] {
    guard draft.allRolesAreSound else { return [] }
    return draft.clusters.flatMap { cluster -> [Diagnostic] in
      let name = cluster.value.name
      guard draft.isSound("\(cluster.path).name") else { return [] }
      let initialisers = draft.members(of: cluster).filter { $0.value.role == .serverInit }
      guard let first = initialisers.first else {
        return [
          draft.error(
            "no node initialises the cluster '\(name)'", at: "\(cluster.path).name",
            note: "exactly one of its nodes has the role server-init")
        ]
      }
      return initialisers.dropFirst().map { node in
        draft.error(
          "the cluster '\(name)' already has an initialiser, '\(first.value.hostname)'",
          at: "\(node.path).role", note: "further servers have the role server-join")
      }
    }
  }

  /// An even number of etcd members bears no more failures than one member less.
  static func serversAreOdd(_ draft: Draft) -> [Diagnostic] {
    guard draft.allRolesAreSound else { return [] }
    return draft.clusters.compactMap { cluster in
      let servers = draft.members(of: cluster).filter { $0.value.role.isServer }
      guard servers.count % 2 == 0, let last = servers.last else { return nil }
      return draft.error(
        "the cluster '\(cluster.value.name)' has \(servers.count) servers; the number must be odd",
        at: "\(last.path).role",
        note: "\(servers.count) members of etcd bear no more failures than \(servers.count - 1)")
    }
  }

  static func sparesAreTainted(_ draft: Draft) -> [Diagnostic] {
    draft.nodes.compactMap { node in
      guard node.value.spare, draft.isSound("\(node.path).taints"), !takesNoWork(node.value) else {
        return nil
      }
      return draft.error(
        "a spare node takes work unless it is tainted", at: "\(node.path).spare",
        note: "write 'taints: [\"sugarkube.dev/maintenance-spare=true:NoSchedule\"]'")
    }
  }

  /// With every node tainted, k3s's own Helm jobs and Traefik stay pending forever.
  static func someNodeTakesWork(_ draft: Draft) -> [Diagnostic] {
    guard draft.allRolesAreSound else { return [] }
    return draft.clusters.compactMap { cluster in
      let nodes = draft.members(of: cluster)
      guard let last = nodes.last, nodes.allSatisfy({ takesNoWork($0.value) }) else { return nil }
      return draft.warning(
        "every node of the cluster '\(cluster.value.name)' is tainted: nothing will be scheduled",
        at: "\(last.path).taints")
    }
  }

  private static func takesNoWork(_ node: Node) -> Bool {
    node.taints.contains { $0.hasSuffix(":NoSchedule") || $0.hasSuffix(":NoExecute") }
  }
}
