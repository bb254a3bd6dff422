internal import SugarModel

extension Lint {
  /// A plane with a subnet wants an address of each node, a plane with DHCP wants none.
  static func addressesFollowTheirPlanes(_ draft: Draft) -> [Diagnostic] {
    draft.nodes.flatMap { node in
      node.value.planes.sorted { $0.key < $1.key }.compactMap { name, attached in
        let path = "\(node.path).planes.\(name)"
        guard let plane = draft.soundPlane(name), draft.isSound("\(path).address") else {
          return nil
        }
        if plane.subnet == nil, attached.address != nil {
          return draft.error("the plane '\(name)' gives addresses by DHCP", at: "\(path).address")
        }
        if plane.subnet != nil, attached.address == nil {
          return draft.error(
            "'address' is missing: the plane '\(name)' has fixed addresses", at: path)
        }
        return nil
      }
    }
  }

  static func addressesAreInTheirSubnets(_ draft: Draft) -> [Diagnostic] {
    draft.nodeAddresses.compactMap { node, name, address, path in
      guard let plane = draft.soundPlane(name), let subnet = plane.subnet else { return nil }
      if let wrong = draft.objection(to: address, in: subnet) {
        return draft.error("\(address) \(wrong)", at: path)
      }
      return address == plane.gateway
        ? draft.error("\(address) is the gateway of the plane '\(name)'", at: path) : nil
    }
  }

  static func addressesAreUnique(_ draft: Draft) -> [Diagnostic] {
    repeated(draft.nodeAddresses.map { ($0.address, $0.path) }, draft) {
      "two nodes have the address \($0)"
    }
  }

  static func macsAreUnique(_ draft: Draft) -> [Diagnostic] {
    let macs = draft.nodes.flatMap { node in
      node.value.planes.sorted { $0.key < $1.key }.compactMap { name, attached in
        attached.mac.map { (value: $0, path: "\(node.path).planes.\(name).mac") }
      }
    }
    return repeated(macs, draft) { "two interfaces have the MAC address \($0)" }
  }

  /// Every node of k3s is known by its address on the node-IP plane, and that address has to stay.
  static func serversHaveFixedAddresses(_ draft: Draft) -> [Diagnostic] {
    let name = draft.profile.nodeIPPlane
    guard draft.isSound("network.nodeIPPlane"), draft.soundPlane(name) != nil else { return [] }
    return draft.nodes.compactMap { node in
      guard draft.isSound("\(node.path).planes"), node.value.planes[name] == nil else { return nil }
      return draft.error(
        "the node is not on the plane '\(name)', which carries the node addresses",
        at: "\(node.path).planes")
    }
  }
}

extension Draft {
  /// The plane of that name, if it and its way of addressing could be read.
  func soundPlane(_ name: String) -> NetworkPlane? {
    planes.first { $0.value.name == name && isSound("\($0.path).subnet") }?.value
  }
}
