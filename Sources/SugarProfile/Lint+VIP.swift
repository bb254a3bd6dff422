internal import SugarModel

extension Lint {
  private static func vips(_ draft: Draft) -> [(
    cluster: Draft.Item<Cluster>, vip: IPv4Address, path: String
  )] {
    draft.clusters.compactMap { cluster in
      let path = "\(cluster.path).api.vip"
      guard let vip = cluster.value.api.vip, draft.isSound(path) else { return nil }
      return (cluster, vip, path)
    }
  }

  /// A VIP is announced by ARP, so it must lie where the nodes are, and be free there.
  static func vipsAreReachable(_ draft: Draft) -> [Diagnostic] {
    guard let plane = draft.soundPlane(draft.profile.nodeIPPlane), let subnet = plane.subnet else {
      return []
    }
    return vips(draft).compactMap { _, vip, path in
      if let wrong = draft.objection(to: vip, in: subnet) {
        return draft.error("the VIP \(vip) \(wrong)", at: path)
      }
      if vip == plane.gateway { return draft.error("the VIP \(vip) is the gateway", at: path) }
      return draft.nodeAddresses.first { $0.address == vip }.map {
        draft.error(
          "the VIP \(vip) is the address of the node '\($0.node.value.hostname)'", at: path,
          note: draft.otherOne($0.path))
      }
    }
  }

  static func vipsAreUnique(_ draft: Draft) -> [Diagnostic] {
    let vips = vips(draft)
    return vips.indices.flatMap { later in
      vips[..<later].compactMap { other -> Diagnostic? in
        guard other.vip == vips[later].vip else { return nil }
        let titles = titles(other.cluster, vips[later].cluster)
        return draft.error(
          "the clusters \(titles) have the same VIP \(other.vip)",
          at: vips[later].path, note: draft.otherOne(other.path))
      }
    }
  }

  /// `'prod' (tier prod) and 'int' (tier staging)`
  static func titles(_ a: Draft.Item<Cluster>, _ b: Draft.Item<Cluster>) -> String {
    "'\(a.value.name)' (tier \(a.value.tier)) and '\(b.value.name)' (tier \(b.value.tier))"
  }

  /// Nothing in the image answers at the VIP, so nobody should count on joining there.
  static func vipsAreServed(_ draft: Draft) -> [Diagnostic] {
    vips(draft).compactMap { cluster, vip, path in
      guard !draft.places.isWritten("\(cluster.path).api.vipMode") else { return nil }
      return draft.warning(
        "nothing in the image serves the VIP \(vip)", at: path,
        note:
          "write 'vipMode: none' to say so: it is in the certificates, "
          + "and nodes join the initialiser's address"
      )
    }
  }
}
