import SugarHost
import SugarModel

/// Mints the secrets that a fleet lacks, encrypted where the folder is. What is there is never
/// replaced but by `rotate`.
public struct KeyMinter: Sendable {
  let store: SecretStore
  /// Seconds since 1970.
  let now: Int64

  public init(_ store: SecretStore, now: Int64) {
    self.store = store
    self.now = now
  }

  var folder: SecretFolder { SecretFolder(store) }
  var writer: SecretWriter {
    get throws(KeyError) { SecretWriter(recipient: try FolderKey(store).recipient()) }
  }

  /// Mints what is missing and says, in words, what that was.
  public func mint(_ request: KeyRequest) throws(KeyError) -> [String] {
    try folder.prepare(isEncrypted: store.isEncrypted)
    if !request.wifi.isEmpty { try folder.make("/wifi") }
    try store.closeWiFiFiles()
    if !request.gitops.isEmpty { try folder.make("/gitops") }
    for cluster in request.gitops { try folder.make("/gitops/\(cluster.cluster)") }
    try store.closeGitOpsFiles()
    return try locked { () throws(KeyError) in try mintMissing(request) }
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
        if node.isAgent { made.append(Self.tokenWords(node)) }
      } else if node.isAgent, try !store.hasToken(node.name) {
        try replaceToken(of: node)
        made.append(Self.tokenWords(node))
      }
    }
    for cluster in request.gitops where cluster.secrets.contains(.deployKey) {
      let folder = store.deployKeyFolder(cluster.cluster)
      guard try !store.exists(folder + "/identity") else { continue }
      try write(deployKeyOf: cluster.cluster, to: folder)
      made.append("deploy key of cluster \(cluster.cluster)")
    }
    return made
  }

  private static func tokenWords(_ node: KeyRequest.Node) -> String {
    "join token of \(node.name), good for 90 days"
  }

  /// Does it while no other run writes, after putting right what a killed one left.
  func locked<Result>(_ body: () throws(KeyError) -> Result) throws(KeyError) -> Result {
    let lock = try folder.lock()
    return try withExtendedLifetime(lock) { () throws(KeyError) in
      try folder.recover()
      return try body()
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

  private func mintCluster(_ name: String) throws(KeyError) {
    try checkNeverMinted(name)
    try folder.whole(store.clusterFolder(name)) { (folder) throws(KeyError) in
      try write(authoritiesOf: name, to: folder)
    }
  }

  /// Authorities, and the token that names their pin.
  func write(authoritiesOf name: String, to folder: String) throws(KeyError) {
    let authorities: ClusterAuthorities
    do {
      authorities = try ClusterAuthorities(cluster: name, now: now)
    } catch {
      throw KeyError(operation: "mint the authorities of", subject: name, reason: "\(error)")
    }
    let writer = try writer
    for (file, text) in authorities.files {
      let path = "\(folder)/tls/\(file.path)"
      if FolderEncryption.isPublic(path) {
        try writer.write(text, to: path)
      } else {
        try writer.write(secret: text, to: path)
      }
    }
    try write(serverTokenFor: Array((authorities.files[.serverCertificate] ?? "").utf8), to: folder)
  }

  func write(serverTokenFor certificate: [UInt8], to folder: String) throws(KeyError) {
    try writer.write(
      secret: "K10\(ClusterAuthorities.pin(certificate))::server:\(RandomText.hex(24))\n",
      to: "\(folder)/server-token")
  }

  private func mintNode(_ node: KeyRequest.Node) throws(KeyError) {
    try folder.whole(store.nodeFolder(node.name)) { (folder) throws(KeyError) in
      try write(allOf: node, to: folder)
    }
  }

  func write(allOf node: KeyRequest.Node, to folder: String) throws(KeyError) {
    let writer = try writer
    try writer.write(RandomText.machineID() + "\n", to: "\(folder)/machine-id")
    try write(nodePasswordTo: folder)
    try write(hostKeysOf: node, to: folder)
    try writer.write(node.cluster + "\n", to: "\(folder)/cluster")
    if node.isAgent { try write(tokenOf: node, to: folder) }
  }

  func write(nodePasswordTo folder: String) throws(KeyError) {
    try writer.write(secret: RandomText.hex(16) + "\n", to: "\(folder)/node-password")
  }

  func write(hostKeysOf node: KeyRequest.Node, to folder: String) throws(KeyError) {
    for kind in SSHKeyKind.allCases {
      let key = SSHHostKey(kind, comment: "root@\(node.name)")
      try writer.write(secret: key.privateFile, to: "\(folder)/\(kind.fileName)")
      try writer.write(key.publicLine + "\n", to: "\(folder)/\(kind.fileName).pub")
    }
  }

  /// The public half first: a private one without it would count as minted.
  func write(deployKeyOf cluster: String, to folder: String) throws(KeyError) {
    let key = SSHHostKey(.ed25519, comment: "flux@\(cluster)")
    try writer.write(key.publicLine + "\n", to: "\(folder)/identity.pub")
    try writer.write(secret: key.privateFile, to: "\(folder)/identity")
  }

  /// The token names the pin of its cluster, so the cluster stands beside it.
  func write(tokenOf node: KeyRequest.Node, to folder: String) throws(KeyError) {
    try writer.write(node.cluster + "\n", to: "\(folder)/cluster")
    try writer.write(JoinToken(now: now), to: "\(folder)/join-token.json")
  }
}
