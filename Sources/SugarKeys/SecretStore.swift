import FoundationEssentials
import SugarHost
public import SugarModel
import SwiftASN1
import X509

/// The folder `secrets/` of a fleet.
///
///     clusters/<name>/tls/…            the certificate authorities, as k3s wants them
///     clusters/<name>/server-token     K10<pin>::server:<password>
///     nodes/<name>/machine-id  node-password  ssh_host_<kind>_key  ssh_host_<kind>_key.pub
///     nodes/<name>/join-token.json     agents only: token and date
///     nodes/<name>/join-token.public.json   its public half, where the token is encrypted
///     wifi/<file>                      the operator's: an SSID or a key of a Wi-Fi network
///     gitops/…                         see SecretStore+GitOps.swift
///
///     age/…                            of an encrypted folder, see FolderKey.swift
///
/// In an encrypted folder each secret is an age file of that name with `.age` behind it. The folder
/// is its owner's alone (0700), each file 0600, and git is told to look away.
public struct SecretStore: Sendable {
  public let folder: String
  /// Files that are not there but looked up elsewhere, by their names below the folder.
  let references: [String: SecretReference]
  let resolver: ReferenceResolver
  /// The fleet's folder: for messages, and where relative references start.
  let fleetPath: String
  /// What opens encrypted files; nil until it is needed.
  var key: OpenedKey?

  /// - Parameter environment: what references to variables read.
  public init(
    folder: String, references: [String: SecretReference] = [:], environment: [String: String] = [:]
  ) {
    self.folder = folder
    self.references = references
    fleetPath = folder.hasSuffix("/secrets") ? String(folder.dropLast("/secrets".count)) : folder
    resolver = ReferenceResolver(fleet: fleetPath, environment: environment)
  }

  func clusterFolder(_ name: String) -> String { "\(folder)/clusters/\(name)" }
  func nodeFolder(_ name: String) -> String { "\(folder)/nodes/\(name)" }

  /// What is public of the secrets that a fleet needs; throws when one is missing.
  public func credentials(for request: KeyRequest) throws(KeyError) -> FleetCredentials {
    let missing = try missing(for: request)
    guard missing.isEmpty else {
      let rest = missing.count > 3 ? " and \(missing.count - 3) more" : ""
      throw KeyError(
        operation: "find the secrets of", subject: missing.prefix(3).joined(separator: ", ") + rest,
        reason: "they were not minted; run `\(try keysCommand)`")
    }
    let complaints = try wifiComplaints(for: request)
    guard complaints.isEmpty else {
      throw KeyError(
        operation: "use the Wi-Fi of", subject: fleetPath,
        reason: complaints.joined(separator: "; "))
    }
    let needed = try gitopsComplaints(for: request)
    guard needed.isEmpty else {
      throw KeyError(
        operation: "use the GitOps secrets of", subject: fleetPath,
        reason: needed.joined(separator: "; ")
          + "; `\(try keysCommand)` says what is still to do")
    }
    var credentials = FleetCredentials(clusters: [:], nodes: [:])
    for cluster in request.clusters { credentials.clusters[cluster] = try ofCluster(cluster) }
    for node in request.nodes { credentials.nodes[node.name] = try ofNode(node) }
    return credentials
  }

  /// The clusters and nodes of which something is missing.
  func missing(for request: KeyRequest) throws(KeyError) -> [String] {
    var result: [String] = []
    for cluster in request.clusters where try !exists(clusterFolder(cluster)) {
      result.append("cluster \(cluster)")
    }
    for node in request.nodes {
      let folder = nodeFolder(node.name)
      if try !exists(folder) {
        result.append(node.name)
      } else if node.isAgent, try !hasToken(node.name) {
        result.append("join token of \(node.name)")
      }
    }
    return result
  }

  /// The value itself.
  public func value(of name: SecretName) throws(KeyError) -> Secret<[UInt8]> {
    switch name {
    case .authority(let cluster, let file):
      return Secret(try read("\(clusterFolder(cluster))/tls/\(file.path)"))
    case .serverToken(let cluster):
      return Secret(try read("\(clusterFolder(cluster))/server-token"))
    case .nodePassword(let node): return Secret(try read("\(nodeFolder(node))/node-password"))
    case .sshHostKey(let node, let kind):
      return Secret(try read("\(nodeFolder(node))/\(kind.fileName)"))
    case .wifiSSID, .wifiKey: return Secret(try wifiValue(of: name))
    case .gitops(let cluster, let secret): return Secret(try gitopsValue(cluster, secret))
    case .agentToken(let node):
      let token = try joinToken(node)
      return Secret(Array("K10\(try pin(ofNode: node))::\(token.token)\n".utf8))
    case .agentTokenManifest(let node):
      do {
        return Secret(try joinToken(node).manifest(node: node))
      } catch {
        throw KeyError(
          operation: "write the token of", subject: node, reason: "it cannot be encoded")
      }
    }
  }

  private func ofCluster(_ name: String) throws(KeyError) -> ClusterCredentials {
    let path = "\(clusterFolder(name))/tls/\(AuthorityFile.serverCertificate.path)"
    let bytes = try read(path)
    let text = String(decoding: bytes, as: UTF8.self)
    let certificate: Certificate
    do {
      certificate = try Certificate(pemEncoded: text)
    } catch {
      throw KeyError(operation: "read", subject: path, reason: "it is not one PEM certificate")
    }
    guard text.count(of: "BEGIN CERTIFICATE") == 1 else {
      throw KeyError(
        operation: "use", subject: path,
        reason: "it holds more than one certificate; the pin is of a file with exactly one")
    }
    for file in ["server-token"] + AuthorityFile.allCases.map({ "tls/\($0.path)" })
    where try !exists("\(clusterFolder(name))/\(file)") {
      throw lost(file, from: clusterFolder(name), " (a cluster's authorities are never made anew)")
    }
    return ClusterCredentials(
      pin: ClusterAuthorities.pin(bytes), serverCertificate: text,
      validFrom: Int64(certificate.notValidBefore.timeIntervalSince1970),
      validUntil: Int64(certificate.notValidAfter.timeIntervalSince1970))
  }

  private func ofNode(_ node: KeyRequest.Node) throws(KeyError) -> NodeCredentials {
    let folder = nodeFolder(node.name)
    var hostKeys: [SSHKeyKind: String] = [:]
    for kind in SSHKeyKind.allCases {
      hostKeys[kind] = try line("\(folder)/\(kind.fileName).pub")
    }
    let files = SSHKeyKind.allCases.map(\.fileName) + ["node-password", "cluster"]
    for file in files where try !exists("\(folder)/\(file)") { throw lost(file, from: folder) }
    let machineID = try line("\(folder)/machine-id")
    guard machineID.count == 32, machineID.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
      throw KeyError(
        operation: "use", subject: "\(folder)/machine-id",
        reason: "it is not 32 hex digits")
    }
    var token: NodeCredentials.AgentToken?
    if node.isAgent {
      // The token names the pin of its cluster: an agent that was moved could never join with it.
      let minted = try line("\(folder)/cluster")
      guard minted == node.cluster else {
        throw KeyError(
          operation: "use", subject: "join token of \(node.name)",
          reason: "it was minted for cluster \(minted), the fleet says \(node.cluster); "
            + "run `\(try renewal(of: node.name))`")
      }
      token = try publicToken(node.name)
    }
    return NodeCredentials(machineID: machineID, hostKeys: hostKeys, agentToken: token)
  }

  private func lost(_ file: String, from folder: String, _ note: String = "") -> KeyError {
    KeyError(
      operation: "use", subject: folder,
      reason: "'\(file)' is missing; bring it back from your backup\(note)")
  }

  /// How a person mints what is missing here: plain files stay plain, and where nothing was minted
  /// yet, `keys` itself says what there is to choose from.
  var keysCommand: String {
    get throws(KeyError) {
      let isMinted = try exists("\(folder)/clusters")
      let isEncrypted = try isEncrypted
      return "sugarimage keys \(fleetPath)" + (isMinted && !isEncrypted ? " --plaintext-keys" : "")
    }
  }

  /// How a person renews the join token of an agent.
  public func renewal(of node: String) throws(KeyError) -> String {
    "\(try keysCommand) --renew \(node)"
  }

  /// The pin of the cluster that a node's token was minted for.
  private func pin(ofNode node: String) throws(KeyError) -> String {
    let cluster = try line("\(nodeFolder(node))/cluster")
    return ClusterAuthorities.pin(
      try read("\(clusterFolder(cluster))/tls/\(AuthorityFile.serverCertificate.path)"))
  }
}

extension SecretStore {
  /// The file's only line, without its end.
  func line(_ path: String) throws(KeyError) -> String {
    var text = String(decoding: try read(path), as: UTF8.self)
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}

extension KeyError {
  init(_ error: HostError) {
    self.init(
      operation: error.operation, subject: error.subject, reason: error.reason, code: error.code)
  }
}

extension String {
  fileprivate func count(of text: String) -> Int {
    var count = 0
    var rest = Substring(self)
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
