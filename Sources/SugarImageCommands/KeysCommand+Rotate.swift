import SugarKeys
import SugarModel
import SugarProfile

#if canImport(Glibc)
  import Glibc
#endif

extension KeysCommand {
  /// Asks before a running cluster is cut off.
  func consent(to targets: [RotationTarget], _ door: Door) throws {
    for target in targets where !yes {
      let warning =
        "new \(target.kind.title) make another cluster of \(target.name): no node of it that runs accepts "
        + "one that is built afterwards, and kubeconfigs end; all of its nodes must be built and written again"
      guard isatty(0) == 1 else {
        door.tell("refused: \(warning)")
        door.tell("    note: nobody is there to be asked; to do it without being asked, say --yes")
        throw ExitStatus.refused
      }
      door.write("\(warning).\nType the cluster's name to go on: ", to: 2)
      guard readLine() == target.name else {
        door.tell("refused: that is not \(target.name); nothing was replaced")
        throw ExitStatus.refused
      }
    }
  }
}

/// What is to be done after secrets were replaced.
struct RotationEffect {
  /// The nodes to build and write again, in the fleet's order.
  var rebuild: [String]
  /// What else.
  var remarks: [String]

  init(_ targets: [RotationTarget], _ profile: Profile) {
    rebuild = profile.nodes.filter { node in
      targets.contains { Self.concerns($0, node, profile) }
    }.map(\.hostname)
    var remarks: [String] = []
    for target in targets {
      for remark in Self.remarks(target, profile) where !remarks.contains(remark) {
        remarks.append(remark)
      }
    }
    self.remarks = remarks
  }

  private static func concerns(
    _ target: RotationTarget, _ node: Node, _ profile: Profile
  ) -> Bool {
    switch target.kind {
    case .cluster, .authorities: return node.cluster == target.name
    case .serverToken: return node.cluster == target.name && node.role.isServer
    case .deployKey:
      return profile.clusters.first { $0.name == target.name }.flatMap(profile.gitops)?.node
        == node.hostname
    case .hostKeys, .nodePassword: return node.hostname == target.name
    case .node, .joinToken:
      guard let named = profile.nodes.first(where: { $0.hostname == target.name }) else {
        return false
      }
      // The initialiser makes an agent's token known.
      return node.hostname == named.hostname
        || (named.role == .agent && node.role == .serverInit && node.cluster == named.cluster)
    }
  }

  private static func remarks(_ target: RotationTarget, _ profile: Profile) -> [String] {
    let isAgent = profile.nodes.contains { $0.hostname == target.name && $0.role == .agent }
    let password =
      "the running cluster knows \(target.name) by its old node password; before the node comes back: "
      + "kubectl -n kube-system delete secret \(target.name).node-password.k3s"
    let hostKeys = "known_hosts has other lines now"
    let token =
      "a running cluster is told of the join token of \(target.name) by hand: docs/runbooks/keys.md"
    switch target.kind {
    case .cluster:
      return [
        hostKeys, "all nodes of \(target.name) are written together: it is another cluster now",
      ]
    case .authorities:
      return ["all nodes of \(target.name) are written together: it is another cluster now"]
    case .serverToken:
      return [
        "a running cluster keeps its old token until it is told: k3s token rotate, docs/runbooks/keys.md"
      ]
    case .deployKey: return ["add the new deploy key to the repository, and take the old one away"]
    case .node: return [hostKeys, password] + (isAgent ? [token] : [])
    case .joinToken: return [token]
    case .hostKeys: return [hostKeys]
    case .nodePassword: return [password]
    }
  }
}
