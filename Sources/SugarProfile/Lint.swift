internal import SugarModel

/// The rules about a whole fleet. Each is a function from a draft to complaints, and lives with its
/// topic.
enum Lint {
  typealias Rule = @Sendable (Draft) -> [Diagnostic]

  static let rules: [Rule] = [
    planeNamesAreUnique, nodeIPPlaneIsFixed, vlansHaveParents, gatewaysAreInTheirSubnets,
    subnetsAreDisjoint,
    wifiHasOneCountry, wifiNetworksAreUnique, cablesArePreferred, wifiNamesAreFree,
    wifiCountryIsSaidOnce,
    hostnamesAreUnique, positionsAreUnique, boardsAreUnique, clustersExist, planesExist,
    clustersHaveOneInitialiser,
    serversAreOdd, sparesAreTainted, someNodeTakesWork,
    addressesFollowTheirPlanes, addressesAreInTheirSubnets, addressesAreUnique, macsAreUnique,
    serversHaveFixedAddresses,
    clusterNamesAreUnique, clusterNetworksAreDisjoint, clusterNetworksAreLargeEnough,
    vipsAreReachable,
    vipsAreUnique, vipsAreServed,
    poolsFollowExposure, poolsAreInASubnet, poolsAreDisjoint, poolsAreFree,
    metalLBReplacesServiceLB,
    agentsHaveTokens, kubeProxyHasMode, tierLabelsAreFree,
    diskNamesDiffer, restComesLast, behindRootHasTwoRows, fillLeavesNoRoom, mediaAreUnique,
    bootOrderIsSafe, bootOrderFitsTheBoard, pcieFitsTheBoard, firmwareIsComplete,
    rootIsInBootOrder,
    rootFitsPartitionTable, someoneCanLogIn,
    gitOpsHasARepository, gitOpsIsComplete, gitOpsNodesAreServers, gitOpsPathsDiffer, gitOpsIsUsed,
    recipientsAreUnique, referencesAreUnique, referencesAreOfTheOperators,
  ]

  static func complaints(about draft: Draft) -> [Diagnostic] { rules.flatMap { $0(draft) } }

  /// Complains about each value that stands a second time; `values` come with their paths, in the
  /// order of the text.
  static func repeated<T: Hashable>(
    _ values: [(value: T, path: String)], _ draft: Draft, _ message: (T) -> String
  ) -> [Diagnostic] {
    var first: [T: String] = [:]
    return values.compactMap { value, path in
      guard draft.isSound(path) else { return nil }
      guard let other = first[value] else {
        first[value] = path
        return nil
      }
      return draft.error(message(value), at: path, note: draft.otherOne(other))
    }
  }
}

extension Draft {
  struct Item<Value> {
    var value: Value
    var path: String
  }

  var clusters: [Item<Cluster>] {
    profile.clusters.enumerated().map { Item(value: $1, path: "clusters[\($0)]") }
  }

  var nodes: [Item<Node>] {
    profile.nodes.enumerated().map { Item(value: $1, path: "nodes[\($0)]") }
  }

  var planes: [Item<NetworkPlane>] {
    profile.planes.enumerated().map { Item(value: $1, path: "network.planes[\($0)]") }
  }

  func plane(named name: String) -> NetworkPlane? { profile.planes.first { $0.name == name } }

  /// Every address that a node was given, in the order of the text.
  var nodeAddresses: [(node: Item<Node>, plane: String, address: IPv4Address, path: String)] {
    nodes.flatMap { node in
      node.value.planes.sorted { $0.key < $1.key }.compactMap { name, attached in
        let path = "\(node.path).planes.\(name).address"
        guard let address = attached.address, isSound(path) else { return nil }
        return (node, name, address, path)
      }
    }
  }

  /// The nodes of a cluster whose role could be read.
  func members(of cluster: Item<Cluster>) -> [Item<Node>] {
    nodes.filter { $0.value.cluster == cluster.value.name && isSound("\($0.path).cluster") }
  }

  /// Whether a rule that counts nodes can be trusted: every node says what it is and where it
  /// belongs.
  var allRolesAreSound: Bool {
    isSound("nodes") && isSound("clusters")
      && nodes.allSatisfy { isSound("\($0.path).cluster") && isSound("\($0.path).role") }
  }

  /// `the other one is in line 12`
  func otherOne(_ path: String) -> String? {
    places.location(of: path).map { "the other one is in line \($0.line)" }
  }
}
