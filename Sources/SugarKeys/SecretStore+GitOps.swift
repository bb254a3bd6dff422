import SugarGitOps
import SugarHost
import SugarModel

/// What a cluster needs before GitOps takes it over. Each cluster has a folder of its own:
///
///     gitops/<cluster>/sops-age                     the operator's
///     gitops/<cluster>/flux-git-deploy/identity     minted, and identity.pub; over HTTPS the
///                                                   operator's username and password
///     gitops/<cluster>/ghcr-pull                    the operator's
///     gitops/<cluster>/cloudflared-tunnel           the operator's
///     gitops/known_hosts                            the operator's, for all clusters
extension SecretStore {
  func gitopsFolder(_ cluster: String) -> String { "\(folder)/gitops/\(cluster)" }
  func deployKeyFolder(_ cluster: String) -> String { gitopsFolder(cluster) + "/flux-git-deploy" }
  var knownHostsPath: String { "\(folder)/gitops/known_hosts" }

  /// What is wrong with the secrets that the fleet's hand-overs need: a sentence for each, which
  /// never repeats the secret. Empty when all can be used.
  public func gitopsComplaints(for request: KeyRequest) throws(KeyError) -> [String] {
    var result: [String] = []
    for cluster in request.gitops {
      for secret in cluster.secrets {
        result += try complaints(about: secret, in: gitopsFolder(cluster.cluster))
      }
      if cluster.secrets.contains(.deployKey),
        let complaint = try knownHostsComplaint(cluster.host)
      {
        let sentence = "'\(knownHostsPath)' \(complaint)"
        if !result.contains(sentence) { result.append(sentence) }
      }
    }
    return result
  }

  private func complaints(
    about secret: GitOpsSecret, in folder: String
  ) throws(KeyError) -> [String] {
    var result: [String] = []
    for file in GitOpsFile.all(of: secret) {
      if let complaint = try complaint(about: "\(folder)/\(file.name)", file) {
        result.append("'\(folder)/\(file.name)' \(complaint)")
      }
    }
    let pair = "\(folder)/flux-git-deploy/identity"
    if secret == .deployKey, result.isEmpty, try isReadable(pair), try isReadable(pair + ".pub"),
      try !GitOpsFile.isPair(read(pair), read(pair + ".pub"))
    {
      result.append("'\(pair).pub' is the public half of another key")
    }
    return result
  }

  /// The public deploy keys of the request's clusters, by cluster, as they are told to the
  /// repository's host.
  public func deployKeys(for request: KeyRequest) throws(KeyError) -> [String: String] {
    var result: [String: String] = [:]
    for cluster in request.gitops where cluster.secrets.contains(.deployKey) {
      result[cluster.cluster] = try line(deployKeyFolder(cluster.cluster) + "/identity.pub")
    }
    return result
  }

  /// The Kubernetes Secret, as JSON.
  func gitopsValue(_ cluster: String, _ secret: GitOpsSecret) throws(KeyError) -> [UInt8] {
    let folder = gitopsFolder(cluster)
    if let complaint = try complaints(about: secret, in: folder).first {
      throw KeyError(operation: "use", subject: folder, reason: complaint)
    }
    for file in GitOpsFile.all(of: secret) {
      let path = "\(folder)/\(file.name)"
      // What is elsewhere is looked at here for the first time.
      guard case .reference = try place(of: path) else { continue }
      if let complaint = file.objection(try read(path)) {
        throw KeyError(operation: "use", subject: try origin(of: path), reason: "it \(complaint)")
      }
    }
    return EngineKit.of(.flux).shape(of: secret).file(try values(secret, in: folder))
  }

  private func values(
    _ secret: GitOpsSecret, in folder: String
  ) throws(KeyError) -> [String: [UInt8]] {
    switch secret {
    case .sopsAge: return ["age.agekey": try read("\(folder)/sops-age")]
    case .deployKey:
      return [
        "identity": try read("\(folder)/flux-git-deploy/identity"),
        "identity.pub": try read("\(folder)/flux-git-deploy/identity.pub"),
        "known_hosts": try read(knownHostsPath),
      ]
    case .login:
      return [
        "username": GitOpsFile.withoutLineEnd(try read("\(folder)/flux-git-deploy/username")),
        "password": GitOpsFile.withoutLineEnd(try read("\(folder)/flux-git-deploy/password")),
      ]
    case .pullSecret: return [".dockerconfigjson": try read("\(folder)/ghcr-pull")]
    case .tunnel:
      let bytes = try read("\(folder)/cloudflared-tunnel")
      return GitOpsFile.isTunnelCredentials(bytes)
        ? ["credentials.json": bytes] : ["token": GitOpsFile.withoutLineEnd(bytes)]
    }
  }

  private func complaint(about path: String, _ file: GitOpsFile) throws(KeyError) -> String? {
    switch try place(of: path) {
    case .missing: return "is missing: \(file.advice)"
    case .reference: return nil
    case .sealed: return try isReadable(path) ? file.objection(read(path)) : nil
    case .plain: break
    }
    let status: FileStatus?
    do {
      status = try Files.status(path, followLinks: true)
    } catch {
      throw KeyError(error)
    }
    guard let status, status.kind == .file else { return "is no file" }
    guard status.mode & 0o077 == 0 else { return "can be read by others: chmod 600" }
    guard status.size <= .kib(64) else { return "is too long: at most 64 KiB" }
    return file.objection(try read(path))
  }

  /// Whoever answers at the repository's address is believed only with a key that stands here.
  private func knownHostsComplaint(_ host: String) throws(KeyError) -> String? {
    guard try exists(knownHostsPath) else {
      return
        "is missing: write the lines of \(host) into it, from a known_hosts that you trust (ssh-keygen -F \(host))"
    }
    let lines = String(decoding: try read(knownHostsPath), as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }
      .filter { $0.count >= 3 && !$0[0].hasPrefix("#") }
    // Names may be hashed, and then only ssh can tell whose they are. (sshd(8))
    let isThere = lines.contains { words in
      words[0].hasPrefix("|1|") || words[0].split(separator: ",").contains { $0 == host }
    }
    return isThere ? nil : "has no key of \(host)"
  }

  /// Closes the operator's files for everybody else, as every file of the folder is closed.
  func closeGitOpsFiles() throws(KeyError) { try close(folder + "/gitops") }

  private func close(_ folder: String) throws(KeyError) {
    do {
      guard try Files.exists(folder) else { return }
      try Files.setMode(0o700, of: folder)
      for name in try Files.list(folder) {
        let path = "\(folder)/\(name)"
        guard let status = try Files.status(path) else { continue }
        switch status.kind {
        case .directory: try close(path)
        case .file: if status.mode != 0o600 { try Files.setMode(0o600, of: path) }
        case .symlink, .device, .other: continue
        }
      }
    } catch let error as HostError {
      throw KeyError(error)
    } catch let error as KeyError {
      throw error
    } catch {
      throw KeyError(operation: "close", subject: folder, reason: "\(error)")
    }
  }
}
