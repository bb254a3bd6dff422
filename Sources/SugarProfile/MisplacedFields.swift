/// Fields that people look for elsewhere than where they are, each with its place.
enum MisplacedFields {
  static func place(of path: String) -> String? { places[UnsupportedFields.pattern(path)] }

  private static let places: [String: String] = [
    "gitops.node": "each cluster has its own: 'clusters[].gitops.node'",
    "gitops.path": "each cluster has its own: 'clusters[].gitops.path'",
    "nodes[].gitops":
      "'clusters[].gitops.node' names the one node that hands its cluster over",
    "wifi": "Wi-Fi networks carry a plane: 'network.planes[].wifi'",
    "network.wifi": "Wi-Fi networks carry a plane: 'network.planes[].wifi'",
    "nodes[].wifi":
      "Wi-Fi networks carry a plane, 'network.planes[].wifi', and 'nodes[].planes' names that plane",
    "nodes[].planes.*.wifi": "Wi-Fi networks carry the plane itself: 'network.planes[].wifi'",
  ]
}
