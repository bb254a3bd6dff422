import SugarHost
import SugarModel

extension KeyMinter {
  /// Replaces what was minted before by something new. What was there is overwritten and removed;
  /// a run that is killed leaves the old set or the new one, whole.
  public func rotate(_ target: RotationTarget, _ request: KeyRequest) throws(KeyError) {
    if let complaint = try objection(to: target, request) {
      throw KeyError(operation: "rotate the", subject: "\(target)", reason: complaint)
    }
    try locked { () throws(KeyError) in
      let nodes = request.nodes.filter {
        target.kind.isOfCluster ? $0.cluster == target.name : $0.name == target.name
      }
      switch target.kind {
      case .cluster, .authorities:
        try folder.replace(store.clusterFolder(target.name)) { (new) throws(KeyError) in
          try write(authoritiesOf: target.name, to: new)
        }
        if target.kind == .cluster { for node in nodes { try replaceAll(of: node) } }
      case .serverToken: try replaceServerToken(of: target.name)
      case .deployKey:
        try folder.replace(store.deployKeyFolder(target.name)) { (new) throws(KeyError) in
          try write(deployKeyOf: target.name, to: new)
        }
      case .node: for node in nodes { try replaceAll(of: node) }
      case .joinToken: for node in nodes { try replaceToken(of: node) }
      case .hostKeys:
        for node in nodes {
          let names = SSHKeyKind.allCases.flatMap { [$0.fileName, $0.fileName + ".pub"] }
          try replace(names, in: store.nodeFolder(node.name)) { (new) throws(KeyError) in
            try write(hostKeysOf: node, to: new)
          }
        }
      case .nodePassword:
        for node in nodes {
          try replace(["node-password"], in: store.nodeFolder(node.name)) {
            (new) throws(KeyError) in try write(nodePasswordTo: new)
          }
        }
      }
    }
  }

  /// Why it cannot be rotated, or nil.
  private func objection(
    to target: RotationTarget, _ request: KeyRequest
  ) throws(KeyError) -> String? {
    let node = request.nodes.first { $0.name == target.name }
    if target.kind.isOfCluster {
      guard request.clusters.contains(target.name) else {
        return "the fleet's clusters are \(request.clusters.joined(separator: ", "))"
      }
    } else {
      guard node != nil else {
        return "the fleet's nodes are \(request.nodes.map(\.name).joined(separator: ", "))"
      }
    }
    if target.kind == .joinToken, node?.isAgent == false {
      return "only agents have one; servers share the cluster's token"
    }
    let folder =
      switch target.kind {
      case .cluster, .authorities, .serverToken: store.clusterFolder(target.name)
      case .deployKey: store.deployKeyFolder(target.name)
      case .node, .joinToken, .hostKeys, .nodePassword: store.nodeFolder(target.name)
      }
    if target.kind == .deployKey,
      request.gitops.first(where: { $0.cluster == target.name })?.secrets.contains(.deployKey)
        != true
    {
      return "the fleet hands that cluster over without one"
    }
    return try store.exists(folder) ? nil : "it was not minted; run `\(try store.keysCommand)`"
  }

  private func replaceServerToken(of cluster: String) throws(KeyError) {
    let folder = store.clusterFolder(cluster)
    let certificate = try store.read("\(folder)/tls/\(AuthorityFile.serverCertificate.path)")
    try replace(["server-token"], in: folder) { (new) throws(KeyError) in
      try write(serverTokenFor: certificate, to: new)
    }
  }

  private func replaceAll(of node: KeyRequest.Node) throws(KeyError) {
    try folder.replace(store.nodeFolder(node.name)) { (new) throws(KeyError) in
      try write(allOf: node, to: new)
    }
  }

  /// Also for an agent that has none yet.
  func replaceToken(of node: KeyRequest.Node) throws(KeyError) {
    let names = ["join-token.json", "join-token.public.json", "cluster"]
    try replace(names, in: store.nodeFolder(node.name)) { (new) throws(KeyError) in
      try write(tokenOf: node, to: new)
    }
  }

  /// Puts a set into the folder's place in which all is the same but for some files.
  private func replace(
    _ names: [String], in folder: String, _ fill: (String) throws(KeyError) -> Void
  ) throws(KeyError) {
    let left = Set(names + names.map { $0 + ".age" })
    try self.folder.replace(folder) { (new) throws(KeyError) in
      do throws(HostError) {
        try copy(folder, to: new, but: left)
      } catch {
        throw KeyError(error)
      }
      try fill(new)
    }
  }

  private func copy(_ folder: String, to new: String, but left: Set<String>) throws(HostError) {
    for path in try Shredder.files(below: folder) {
      let name = String(path.dropFirst(folder.count + 1))
      guard !left.contains(name) else { continue }
      let parts = name.split(separator: "/").dropLast().map(String.init)
      try Files.makeDirectory(([new] + parts).joined(separator: "/"), mode: 0o700)
      try Files.write(try Files.read(path), to: "\(new)/\(name)", mode: 0o600)
    }
  }
}
