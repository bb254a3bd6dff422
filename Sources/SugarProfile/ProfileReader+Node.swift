internal import SugarModel

extension ProfileReader {
  static func node(_ value: ValueCursor) -> Node? {
    guard let node = value.mapping(.node) else { return nil }
    return Node(
      hostname: node.required("hostname", "") { $0.text(NameSyntax.hostname) },
      cluster: node.required("cluster", "") { $0.text() },
      role: node.required("role", .agent) { $0.word(ClusterRole.self) },
      spare: node.value("spare", default: false) { $0.flag() },
      position: node.optional("position", position),
      board: node.optional("board") { $0.text(NameSyntax.boardSerial) },
      planes: node.required("planes", [:], nodePlanes),
      labels: node.value("labels", default: [:], labels),
      taints: node.value("taints", default: [], taints),
      generation: node.value("generation", default: 1) { $0.number(in: 1...9999) },
      medium: node.value("medium", default: []) { $0.texts(NameSyntax.line) })
  }

  private static func position(_ value: ValueCursor) -> Node.Position? {
    guard let position = value.mapping(.position) else { return nil }
    return Node.Position(
      carrier: position.required("carrier", 1) { $0.number(in: 0...999) },
      slot: position.required("slot", 1) { $0.number(in: 0...999) })
  }

  private static func nodePlanes(_ value: ValueCursor) -> [String: NodePlane]? {
    value.entries()?.reduce(into: [:]) { result, entry in
      guard let plane = entry.value.mapping(.attachment) else {
        result[entry.key] = NodePlane(address: nil, mac: nil)
        return
      }
      result[entry.key] = NodePlane(
        address: plane.optional("address") { $0.address() }, mac: plane.optional("mac") { $0.mac() }
      )
    }
  }

  /// Labels as a kubelet may set them on its own node.
  static func labels(_ value: ValueCursor) -> [String: String]? {
    value.entries(KubernetesSyntax.labelKey)?.reduce(into: [:]) { result, entry in
      result[entry.key] = entry.value.text(KubernetesSyntax.labelValue)
    }
  }

  private static func taints(_ value: ValueCursor) -> [String]? {
    var seen: Set<String> = []
    return value.list("") { element in
      guard let taint = element.text(KubernetesSyntax.taint) else { return nil }
      guard seen.insert(KubernetesSyntax.taintIdentity(taint)).inserted else {
        return element.fail("a taint with this key and effect stands twice on the node")
      }
      return taint
    }
  }
}
