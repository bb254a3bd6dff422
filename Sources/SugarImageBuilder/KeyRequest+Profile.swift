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
      })
  }
}
