public import SugarKeys
import SugarModel
public import SugarProfile

extension KeyRequest {
  /// The secrets that a fleet needs.
  public init(_ profile: Profile) {
    self.init(
      clusters: profile.clusters.map(\.name),
      nodes: profile.nodes.map { node in
        let addresses = profile.planes.compactMap { node.planes[$0.name]?.address?.description }
        return KeyRequest.Node(
          name: node.hostname, cluster: node.cluster, isAgent: node.role == .agent,
          sshNames: [
            node.hostname, "\(node.hostname).\(profile.fleet.domain)", "\(node.hostname).local",
          ] + addresses)
      }, wifi: Self.wifi(profile),
      gitops: profile.clusters.compactMap { cluster in
        profile.gitops(of: cluster).map {
          KeyRequest.GitOps(cluster: cluster.name, host: $0.host, secrets: $0.secrets)
        }
      })
  }

  /// What the planes that some node is on need, each once.
  private static func wifi(_ profile: Profile) -> [SecretName] {
    let used = profile.planes.filter { plane in
      profile.nodes.contains { $0.planes[plane.name] != nil }
    }
    return used.flatMap(\.wifi).flatMap { network -> [SecretName] in
      [.wifiSSID(file: network.ssid), .wifiKey(file: network.psk)]
    }.reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }
}
