internal import SugarModel

extension AddressRange {
  func contains(_ address: IPv4Address) -> Bool { first <= address && address <= last }

  func overlaps(_ other: AddressRange) -> Bool { first <= other.last && other.first <= last }
}

extension Lint {
  private static func pools(_ draft: Draft) -> [(
    cluster: Draft.Item<Cluster>, pool: AddressRange, path: String
  )] {
    draft.clusters.compactMap { cluster in
      let path = "\(cluster.path).lbPool"
      guard let pool = cluster.value.lbPool, draft.isSound(path) else { return nil }
      return (cluster, pool, path)
    }
  }

  /// A pool beside a tunnel would expose services twice without anyone having said so.
  static func poolsFollowExposure(_ draft: Draft) -> [Diagnostic] {
    draft.clusters.compactMap { cluster in
      guard draft.isSound("\(cluster.path).exposure"), draft.isSound("\(cluster.path).lbPool")
      else {
        return nil
      }
      let exposure = cluster.value.exposure
      switch exposure {
      case .metallb, .both:
        guard cluster.value.lbPool == nil else { return nil }
        return draft.error(
          "exposure '\(exposure.rawValue)' needs an 'lbPool'", at: "\(cluster.path).exposure")
      case .tunnel, .none:
        guard cluster.value.lbPool != nil else { return nil }
        return draft.error(
          "an 'lbPool' is of no use with exposure '\(exposure.rawValue)'",
          at: "\(cluster.path).lbPool",
          note: "write 'exposure: metallb', or 'both' for a tunnel as well")
      }
    }
  }

  static func poolsAreInASubnet(_ draft: Draft) -> [Diagnostic] {
    guard draft.isSound("network.planes"),
      draft.planes.allSatisfy({ draft.isSound("\($0.path).subnet") })
    else { return [] }
    return pools(draft).compactMap { _, pool, path in
      let holds = draft.profile.planes.compactMap(\.subnet).contains {
        draft.objection(to: pool.first, in: $0) == nil
          && draft.objection(to: pool.last, in: $0) == nil
      }
      return holds ? nil : draft.error("no plane's subnet holds the whole pool", at: path)
    }
  }

  static func poolsAreDisjoint(_ draft: Draft) -> [Diagnostic] {
    let pools = pools(draft)
    return pools.indices.flatMap { later in
      pools[..<later].compactMap { other -> Diagnostic? in
        guard other.pool.overlaps(pools[later].pool) else { return nil }
        let titles = titles(other.cluster, pools[later].cluster)
        return draft.error(
          "the load-balancer pools of the clusters \(titles) overlap",
          at: pools[later].path, note: draft.otherOne(other.path))
      }
    }
  }

  /// No address of a pool may belong to anything else.
  static func poolsAreFree(_ draft: Draft) -> [Diagnostic] {
    let nodes = draft.nodeAddresses.map { ($0.address, "the node '\($0.node.value.hostname)'") }
    let vips = draft.clusters.compactMap { cluster in
      cluster.value.api.vip.map { ($0, "the VIP of '\(cluster.value.name)'") }
    }
    let gateways = draft.planes.compactMap { plane in
      plane.value.gateway.map { ($0, "the gateway of '\(plane.value.name)'") }
    }
    return pools(draft).flatMap { _, pool, path in
      (nodes + vips + gateways).filter { pool.contains($0.0) }.map { address, owner in
        draft.error("the pool holds \(address), \(owner)", at: path)
      }
    }
  }

  /// Two controllers would answer for the same services.
  static func metalLBReplacesServiceLB(_ draft: Draft) -> [Diagnostic] {
    draft.clusters.compactMap { cluster in
      let exposure = cluster.value.exposure
      guard exposure == .metallb || exposure == .both, draft.isSound("\(cluster.path).exposure"),
        draft.isSound("\(cluster.path).disable"), !cluster.value.disable.contains("servicelb")
      else { return nil }
      return draft.error(
        "exposure '\(exposure.rawValue)' needs k3s without its own load balancer",
        at: "\(cluster.path).exposure", note: "add 'servicelb' to 'disable'")
    }
  }
}
