import SugarAgentPlan
import SugarHost
import SugarJoin
import SugarModel

/// The files that a node joins with: looked at before anything is sent, and completed by what only
/// the running node knows.
struct JoinFiles {
  let places: AgentPlaces
  let identity: NodeIdentity
  let distribution: Distribution

  private func place(_ path: String) -> String { places.root + path }

  /// The node's tokens, the first one first. A file that an editor has touched is put right; one
  /// that names another cluster ends everything.
  func credentials(_ pin: String) throws(JoinRefusal) -> [JoinCredential] {
    try checkConfiguration()
    var found: [JoinCredential] = []
    for path in [place(distribution.token), places.secondToken] {
      do throws(HostError) {
        guard try Files.exists(path) || found.isEmpty else { continue }
      } catch { throw unreadable(path, error) }
      found.append(try credential(path, pin))
    }
    _ = try read(place(distribution.nodePassword))
    return found
  }

  private func credential(_ path: String, _ pin: String) throws(JoinRefusal) -> JoinCredential {
    let bytes = try read(path)
    let credential: JoinCredential
    do throws(JoinCredential.Malformed) { credential = try JoinCredential(file: bytes) } catch {
      throw JoinRefusal(
        .badToken, "\(path) is no token: \(error.reason)",
        next: ["write the medium again with sugarimage, for this node"])
    }
    guard credential.pin == pin else {
      throw JoinRefusal(
        .wrongCluster,
        "\(path) is of another cluster: it names the authority \(credential.pin.prefix(12))…, and \(identity.cluster.name) has \(pin.prefix(12))…; nothing was sent",
        next: ["write the medium again with sugarimage, for this node"])
    }
    if !credential.isClean {
      do throws(HostError) {
        try Files.write(credential.file.reveal(), to: path, mode: 0o600)
      } catch { throw unreadable(path, error) }
    }
    return credential
  }

  /// A secret file, which nobody but root may read.
  private func read(_ path: String) throws(JoinRefusal) -> [UInt8] {
    let (mode, bytes): (UInt32, [UInt8])
    do throws(HostError) {
      mode = try Files.status(path, followLinks: true)?.mode ?? 0
      bytes = try Files.read(path, limit: .kib(64))
    } catch { throw unreadable(path, error) }
    guard mode & 0o077 == 0 else {
      throw JoinRefusal(
        .openSecret,
        "others may read \(path) (mode \(String(mode, radix: 8))); its secret is to be renewed",
        next: ["renew the node's secrets, build, and write the medium again"])
    }
    return bytes
  }

  private func unreadable(_ path: String, _ error: HostError) -> JoinRefusal {
    JoinRefusal(
      .badToken, "\(path): \(error.reason)",
      next: ["write the medium again with sugarimage, for this node"])
  }

  /// A node that joins must say through whom, and must never say that it starts a cluster.
  private func checkConfiguration() throws(JoinRefusal) {
    let path = place(distribution.configuration)
    let text = String(decoding: (try? Files.read(path, limit: .mib(1))) ?? [], as: UTF8.self)
    if let reason = ConfigurationRules.complaint(text, identity.role) {
      throw JoinRefusal(
        .badConfiguration, "\(path): \(reason)",
        next: ["write the medium again with sugarimage, for this node"])
    }
  }

  /// 32 hex digits. (k3s, /etc/rancher/node/password)
  var nodePassword: Secret<String> {
    let bytes = (try? Files.read(place(distribution.nodePassword), limit: .kib(4))) ?? []
    return Secret(
      String(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }))
  }

  /// The second token becomes the one that the distribution reads at every start.
  func useSecondToken(_ journal: JoinJournal) throws(AgentError) {
    do {
      let bytes = try Files.read(places.secondToken, limit: .kib(64))
      try Files.write(bytes, to: place(distribution.token), mode: 0o600)
      try Files.remove(places.secondToken)
    } catch { throw AgentError("use", places.secondToken, "\(error)") }
    try journal.append(.replacedToken)
  }

  /// What only the running node knows, laid over its configuration. (docs.k3s.io, "Multiple config
  /// files")
  func writeOverlay(_ overlay: ConfigurationOverlay) throws(AgentError) {
    let path = place(distribution.configurationFolder) + "/90-sugaragent.yaml"
    let text = Array(overlay.text.utf8)
    do throws(HostError) {
      if try Files.exists(path), try Files.read(path) == text { return }
      try Files.makeDirectory(place(distribution.configurationFolder), mode: 0o755)
      try Files.write(text, to: path, mode: 0o600)
    } catch { throw AgentError("write", path, error.reason, code: error.code) }
  }

  /// Puts the cluster's authorities where the first server keeps them, when a disk was mounted over
  /// the place that the image has them in.
  func installAuthorities() throws(AgentError) {
    let target = place(distribution.serverAuthority)
    let folder = String(target.dropLast(target.split(separator: "/").last?.count ?? 0))
    do throws(HostError) {
      guard try !Files.exists(target), try Files.exists(places.stagedAuthorities) else { return }
      for name in try Files.list(places.stagedAuthorities) {
        let source = "\(places.stagedAuthorities)/\(name)"
        let names =
          try Files.status(source)?.kind == .directory
          ? try Files.list(source).map { "\(name)/\($0)" } : [name]
        for file in names {
          let path = folder + file
          try Files.makeDirectory(
            String(path.dropLast(path.split(separator: "/").last?.count ?? 0).dropLast()),
            mode: 0o700)
          try Files.write(
            try Files.read("\(places.stagedAuthorities)/\(file)"), to: path, mode: 0o600)
        }
      }
    } catch { throw AgentError("install", error.subject, error.reason, code: error.code) }
  }
}
