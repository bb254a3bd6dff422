internal import SugarModel

extension Lint {
  static func planeNamesAreUnique(_ draft: Draft) -> [Diagnostic] {
    repeated(draft.planes.map { ($0.value.name, "\($0.path).name") }, draft) {
      "two planes are called '\($0)'"
    }
  }

  /// A Kubernetes node must not change its address, so its plane cannot be one with DHCP.
  static func nodeIPPlaneIsFixed(_ draft: Draft) -> [Diagnostic] {
    let name = draft.profile.nodeIPPlane
    let path = "network.nodeIPPlane"
    guard draft.isSound(path), draft.allPlanesAreSound else { return [] }
    guard let index = draft.profile.planes.firstIndex(where: { $0.name == name }) else {
      return [draft.unknownPlane(name, at: path)]
    }
    let plane = draft.profile.planes[index]
    guard draft.isSound("network.planes[\(index)].subnet") else { return [] }
    let place = draft.places.isWritten(path) ? path : "network.planes[\(index)].purpose"
    if plane.subnet == nil {
      return [
        draft.error(
          "the plane '\(name)' has no fixed addresses, so it cannot carry the node addresses",
          at: place,
          note: "etcd and the certificates hold node addresses, which a new DHCP lease would change"
        )
      ]
    }
    if plane.purpose != .k8s, draft.isSound("network.planes[\(index)].purpose") {
      return [
        draft.error("'\(name)' carries the node addresses, but its purpose is not k8s", at: place)
      ]
    }
    return []
  }

  static func vlansHaveParents(_ draft: Draft) -> [Diagnostic] {
    let names = draft.planes.filter { $0.value.vlan != nil }
    let tags = names.compactMap { plane in
      plane.value.vlan.map { (value: "\($0.parent) \($0.id)", path: "\(plane.path).vlanId") }
    }
    let twice = repeated(tags, draft) { tag in
      "two planes have the VLAN id \(tag.split(separator: " ").last ?? "") on one parent"
    }
    return twice
      + names.compactMap { plane in
        guard let vlan = plane.value.vlan, draft.isSound("\(plane.path).parent"),
          draft.allPlanesAreSound
        else { return nil }
        guard let parent = draft.plane(named: vlan.parent) else {
          return draft.unknownPlane(vlan.parent, at: "\(plane.path).parent")
        }
        if parent.isWiFi {
          return draft.error(
            "the parent '\(vlan.parent)' is a Wi-Fi network, which carries no VLAN",
            at: "\(plane.path).parent", note: "name the plane of a wired interface")
        }
        guard parent.vlan != nil else { return nil }
        return draft.error(
          "the parent '\(vlan.parent)' is a VLAN itself", at: "\(plane.path).parent",
          note: "name the plane of the interface")
      }
  }

  static func gatewaysAreInTheirSubnets(_ draft: Draft) -> [Diagnostic] {
    draft.planes.compactMap { plane in
      guard let gateway = plane.value.gateway, let subnet = plane.value.subnet,
        draft.isSound("\(plane.path).gateway")
      else { return nil }
      return draft.objection(to: gateway, in: subnet).map {
        draft.error("the gateway \(gateway) \($0)", at: "\(plane.path).gateway")
      }
    }
  }

  static func subnetsAreDisjoint(_ draft: Draft) -> [Diagnostic] {
    let subnets = draft.planes.compactMap { plane in
      plane.value.subnet.map { (network: $0, name: plane.value.name, path: "\(plane.path).subnet") }
    }
    return subnets.indices.flatMap { later in
      subnets[..<later].compactMap { other -> Diagnostic? in
        let subnet = subnets[later]
        guard subnet.network.overlaps(other.network) else { return nil }
        return draft.error(
          "the subnets of the planes '\(other.name)' and '\(subnet.name)' overlap", at: subnet.path,
          note: draft.otherOne(other.path))
      }
    }
  }
}

extension Draft {
  var allPlanesAreSound: Bool {
    isSound("network.planes") && planes.allSatisfy { isSound("\($0.path).name") }
  }

  func unknownPlane(_ name: String, at path: String) -> Diagnostic {
    let names = profile.planes.map(\.name)
    return error(
      "no plane is called '\(SecretWords.shown(name))'", at: path,
      note: Suggestion.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "planes are: \(names.joined(separator: ", "))")
  }

  /// Why a host cannot have that address in that subnet, as the end of a sentence, or nil.
  func objection(to address: IPv4Address, in subnet: IPv4Network) -> String? {
    if !subnet.contains(address) { return "is not in \(subnet)" }
    guard subnet.prefix < 31 else { return nil }
    if address == subnet.base { return "is the network address of \(subnet)" }
    return address == subnet.last ? "is the broadcast address of \(subnet)" : nil
  }
}
