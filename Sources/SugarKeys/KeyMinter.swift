import FoundationEssentials
import SugarHost
import SugarModel

/// Mints the secrets that a fleet lacks. What is there is never replaced.
public struct KeyMinter: Sendable {
  let store: SecretStore
  /// Seconds since 1970.
  let now: Int64

  public init(_ store: SecretStore, now: Int64) {
    self.store = store
    self.now = now
  }

  /// Mints what is missing and says, in words, what that was.
  public func mint(_ request: KeyRequest) throws(KeyError) -> [String] {
    try prepareFolder()
    if !request.wifi.isEmpty { try makeFolder("/wifi") }
    try store.closeWiFiFiles()
    if !request.gitops.isEmpty { try makeFolder("/gitops") }
    for cluster in request.gitops { try makeFolder("/gitops/\(cluster.cluster)") }
    try store.closeGitOpsFiles()
    let lock = try lock()
    return try withExtendedLifetime(lock) { () throws(KeyError) in try mintMissing(request) }
  }

  private func mintMissing(_ request: KeyRequest) throws(KeyError) -> [String] {
    var made: [String] = []
    for cluster in request.clusters where try !store.exists(store.clusterFolder(cluster)) {
      try mintCluster(cluster)
      made.append("certificate authorities and server token of cluster \(cluster)")
    }
    for node in request.nodes {
      if try !store.exists(store.nodeFolder(node.name)) {
        try mintNode(node)
        made.append("machine id, node password and host keys of \(node.name)")
      }
      if node.isAgent, try !store.exists(store.nodeFolder(node.name) + "/join-token.json") {
        try mintToken(node)
        made.append("join token of \(node.name), good for 90 days")
      }
    }
    for cluster in request.gitops where cluster.secrets.contains(.deployKey) {
      let folder = store.gitopsFolder(cluster.cluster) + "/flux-git-deploy"
      guard try !store.exists(folder + "/identity") else { continue }
      try mintDeployKey(cluster.cluster, in: folder)
      made.append("deploy key of cluster \(cluster.cluster)")
    }
    return made
  }

  /// Gives an agent another join token, good from now for 90 days.
  public func renew(_ node: KeyRequest.Node) throws(KeyError) {
    guard node.isAgent else {
      throw KeyError(
        operation: "renew the join token of", subject: node.name,
        reason: "only agents have one; servers share the cluster's token")
    }
    guard try store.exists(store.nodeFolder(node.name)) else {
      throw KeyError(
        operation: "renew the join token of", subject: node.name,
        reason: "its secrets were not minted; run `sugarimage keys`")
    }
    let lock = try lock()
    try withExtendedLifetime(lock) { () throws(KeyError) in try mintToken(node) }
  }

  /// One run at a time mints, so that no set is made twice.
  private func lock() throws(KeyError) -> FileLock {
    do {
      return try FileLock.wait(store.folder + "/.lock") {}
    } catch {
      throw KeyError(error)
    }
  }

  /// Nodes that were keyed for a cluster trust its authorities; those are never made anew behind their back.
  private func checkNeverMinted(_ cluster: String) throws(KeyError) {
    do {
      for node in try Files.list(store.folder + "/nodes") where !node.hasPrefix(".") {
        let path = store.nodeFolder(node) + "/cluster"
        guard try Files.exists(path) else { continue }
        let keyed = String(decoding: try Files.read(path), as: UTF8.self)
        guard keyed == cluster + "\n" else { continue }
        throw KeyError(
          operation: "mint the authorities of", subject: cluster,
          reason: "they were minted before (\(node) was keyed for them) and are gone; bring "
            + "'\(store.clusterFolder(cluster))' back from your backup, or remove '\(store.folder)/nodes' too "
            + "and build every node of the cluster again")
      }
    } catch let error as HostError {
      throw KeyError(error)
    } catch let error as KeyError {
      throw error
    } catch {
      throw KeyError(operation: "list", subject: store.folder, reason: "\(error)")
    }
  }

  private func prepareFolder() throws(KeyError) {
    for folder in ["", "/clusters", "/nodes"] { try makeFolder(folder) }
    if try !store.exists(store.folder + "/.gitignore") {
      try write(
        "# nothing in here belongs into a repository\n*\n", to: store.folder + "/.gitignore")
    }
  }

  private func makeFolder(_ name: String) throws(KeyError) {
    try host { () throws(HostError) in
      try Files.makeDirectory(store.folder + name, mode: 0o700)
      try Files.setMode(0o700, of: store.folder + name)
    }
  }

  private func mintCluster(_ name: String) throws(KeyError) {
    try checkNeverMinted(name)
    let authorities: ClusterAuthorities
    do {
      authorities = try ClusterAuthorities(cluster: name, now: now)
    } catch {
      throw KeyError(operation: "mint the authorities of", subject: name, reason: "\(error)")
    }
    try whole(store.clusterFolder(name)) { (folder) throws(KeyError) in
      for (file, text) in authorities.files { try write(text, to: "\(folder)/tls/\(file.path)") }
      let pin = ClusterAuthorities.pin(Array((authorities.files[.serverCertificate] ?? "").utf8))
      try write("K10\(pin)::server:\(RandomText.hex(24))\n", to: "\(folder)/server-token")
    }
  }

  private func mintNode(_ node: KeyRequest.Node) throws(KeyError) {
    try whole(store.nodeFolder(node.name)) { (folder) throws(KeyError) in
      try write(RandomText.machineID() + "\n", to: "\(folder)/machine-id")
      try write(RandomText.hex(16) + "\n", to: "\(folder)/node-password")
      for kind in SSHKeyKind.allCases {
        let key = SSHHostKey(kind, comment: "root@\(node.name)")
        try write(key.privateFile, to: "\(folder)/\(kind.fileName)")
        try write(key.publicLine + "\n", to: "\(folder)/\(kind.fileName).pub")
      }
      try write(node.cluster + "\n", to: "\(folder)/cluster")
    }
  }

  /// The public half first: a private one without it would count as minted.
  private func mintDeployKey(_ cluster: String, in folder: String) throws(KeyError) {
    let key = SSHHostKey(.ed25519, comment: "flux@\(cluster)")
    try write(key.publicLine + "\n", to: "\(folder)/identity.pub")
    try write(key.privateFile, to: "\(folder)/identity")
  }

  private func mintToken(_ node: KeyRequest.Node) throws(KeyError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard let bytes = try? encoder.encode(JoinToken(now: now)) else {
      throw KeyError(
        operation: "mint the join token of", subject: node.name, reason: "it cannot be encoded")
    }
    let folder = store.nodeFolder(node.name)
    try write(node.cluster + "\n", to: "\(folder)/cluster")
    try write(String(decoding: bytes, as: UTF8.self) + "\n", to: "\(folder)/join-token.json")
  }

  /// Fills a folder under another name and gives it its own when it is complete, so that a set is
  /// there whole or not at all.
  private func whole(_ folder: String, _ fill: (String) throws(KeyError) -> Void) throws(KeyError) {
    let partial = Files.partialName(folder)
    try host { () throws(HostError) in
      // Folders that are made on the way to another get no mode of their own.
      if let slash = folder.lastIndex(of: "/") {
        try Files.makeDirectory(String(folder[..<slash]), mode: 0o700)
      }
      try Files.removeTree(partial)
      try Files.makeDirectory(partial, mode: 0o700)
    }
    try fill(partial)
    try host { () throws(HostError) in try Files.rename(partial, to: folder) }
  }

  private func write(_ text: String, to path: String) throws(KeyError) {
    try host { () throws(HostError) in
      if let slash = path.lastIndex(of: "/") {
        try Files.makeDirectory(String(path[..<slash]), mode: 0o700)
      }
      try Files.write(Array(text.utf8), to: path, mode: 0o600)
    }
  }

  private func host(_ body: () throws(HostError) -> Void) throws(KeyError) {
    do {
      try body()
    } catch {
      throw KeyError(error)
    }
  }
}
