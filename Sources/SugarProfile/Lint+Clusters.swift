internal import SugarModel

extension Lint {
  static func clusterNamesAreUnique(_ draft: Draft) -> [Diagnostic] {
    repeated(draft.clusters.map { ($0.value.name, "\($0.path).name") }, draft) {
      "two clusters are called '\($0)'"
    }
  }

  /// Overlaps inside a cluster break it; overlaps across clusters bar them from ever being
  /// connected, and neither can be changed without a new cluster. Disjoint networks cost nothing,
  /// so both are errors.
  static func clusterNetworksAreDisjoint(_ draft: Draft) -> [Diagnostic] {
    let planes = draft.planes.compactMap { plane in
      plane.value.subnet.map {
        Named(network: $0, name: "the plane '\(plane.value.name)'", path: "\(plane.path).subnet")
      }
    }
    let own = draft.clusters.flatMap { clusterNetworks($0) }.filter { draft.isSound($0.path) }
    return own.enumerated().flatMap { index, network in
      (planes + own[..<index]).compactMap { other in
        guard draft.isSound(other.path), network.network.overlaps(other.network) else { return nil }
        return draft.error(
          "\(network.name), \(network.network), overlaps \(other.name), \(other.network)",
          at: network.path, note: draft.otherOne(other.path))
      }
    }
  }

  private struct Named {
    var network: IPv4Network
    var name: String
    var path: String
  }

  private static func clusterNetworks(_ cluster: Draft.Item<Cluster>) -> [Named] {
    let name = cluster.value.name
    return [
      Named(
        network: cluster.value.podCIDR, name: "the pod network of '\(name)'",
        path: "\(cluster.path).podCIDR"),
      Named(
        network: cluster.value.serviceCIDR, name: "the service network of '\(name)'",
        path: "\(cluster.path).serviceCIDR"),
    ]
  }

  /// Each node takes a /24 of the pod network; DNS is the tenth address of the service network.
  static func clusterNetworksAreLargeEnough(_ draft: Draft) -> [Diagnostic] {
    draft.clusters.flatMap { cluster -> [Diagnostic] in
      var result: [Diagnostic] = []
      let pods = cluster.value.podCIDR
      let count = draft.members(of: cluster).count
      let places = pods.prefix > 24 ? 0 : 1 << min(24 - pods.prefix, 24)
      if draft.isSound("\(cluster.path).podCIDR"), places < count {
        result.append(
          draft.error(
            "\(pods) has room for \(places) of the cluster's \(count) nodes, which take a /24 each",
            at: "\(cluster.path).podCIDR", note: "a /16 has room for 256 nodes"))
      }
      if draft.isSound("\(cluster.path).serviceCIDR"), cluster.value.serviceCIDR.prefix > 27 {
        result.append(
          draft.error(
            "a service network needs a prefix of /27 or shorter", at: "\(cluster.path).serviceCIDR")
        )
      }
      return result
    }
  }

  /// Bootstrap tokens let an agent join with a credential that is its own and expires.
  static func agentsHaveTokens(_ draft: Draft) -> [Diagnostic] {
    draft.clusters.compactMap { cluster in
      let version = cluster.value.k3s.version
      let hasAgents = draft.members(of: cluster).contains {
        $0.value.role == .agent && draft.isSound("\($0.path).role")
      }
      guard hasAgents, draft.isSound("\(cluster.path).version"), !version.hasBootstrapTokens else {
        return nil
      }
      return draft.error(
        "k3s \(version) has no bootstrap tokens, which the cluster's agents join with",
        at: "\(cluster.path).version",
        note: "k3s has them since v1.26.2, v1.25.7, v1.24.11 and v1.23.17")
    }
  }

  static func kubeProxyHasMode(_ draft: Draft) -> [Diagnostic] {
    draft.clusters.compactMap { cluster in
      let version = cluster.value.k3s.version
      guard draft.isSound("\(cluster.path).version"), cluster.value.kubeProxy == .nftables,
        !version.hasNftablesProxy
      else { return nil }
      return draft.error(
        "kube-proxy of k3s \(version) has no nftables mode", at: "\(cluster.path).kubeProxy",
        note: "it is there since v1.31; write 'iptables'")
    }
  }

  /// The label that tells the tier is written by sugarimage alone.
  static func tierLabelsAreFree(_ draft: Draft) -> [Diagnostic] {
    draft.clusters.flatMap { cluster -> [Diagnostic] in
      guard let key = cluster.value.tierLabel else { return [] }
      let labelled =
        [(cluster.path, cluster.value.labels)]
        + draft.members(of: cluster).map { ($0.path, $0.value.labels) }
      return labelled.compactMap { path, labels in
        guard labels[key] != nil else { return nil }
        return draft.error(
          "the label '\(key)' is the cluster's tier label", at: "\(path).labels.\(key)",
          note: "leave it out: every node gets it with the value '\(cluster.value.tier)'")
      }
    }
  }
}
