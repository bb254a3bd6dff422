/// Fields that people look for elsewhere than where they are, each with its place.
enum MisplacedFields {
  static func place(of path: String) -> String? { places[UnsupportedFields.pattern(path)] }

  private static let places: [String: String] = [
    "wifi": "Wi-Fi networks carry a plane: 'network.planes[].wifi'",
    "network.wifi": "Wi-Fi networks carry a plane: 'network.planes[].wifi'",
    "nodes[].wifi":
      "Wi-Fi networks carry a plane, 'network.planes[].wifi', and 'nodes[].planes' names that plane",
    "nodes[].planes.*.wifi": "Wi-Fi networks carry the plane itself: 'network.planes[].wifi'",
  ]
}
