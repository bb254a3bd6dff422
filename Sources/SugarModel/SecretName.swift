/// The name of a secret that a plan puts into an image. The plan knows the name; only the builder
/// sees the value.
public enum SecretName: Hashable, Sendable {
  /// A file of a cluster's certificate authorities.
  case authority(cluster: String, file: AuthorityFile)
  /// The token that servers share: `K10<pin>::server:<password>`.
  case serverToken(cluster: String)
  /// An agent's own dated token: `K10<pin>::<id>.<secret>`.
  case agentToken(node: String)
  /// The Kubernetes Secret that makes an agent's token known to the cluster, as JSON.
  case agentTokenManifest(node: String)
  /// What k3s identifies a node by: 32 hex digits and a newline.
  case nodePassword(node: String)
  case sshHostKey(node: String, kind: SSHKeyKind)
  /// The name of a Wi-Fi network, in a file of the operator's: 1 to 32 bytes. (IEEE 802.11, 9.4.2.2)
  case wifiSSID(file: String)
  /// What opens a Wi-Fi network, in a file of the operator's: a passphrase or 64 hex digits.
  case wifiKey(file: String)
  /// What a cluster needs before GitOps takes it over, as a Kubernetes Secret in JSON.
  case gitops(cluster: String, secret: GitOpsSecret)
}

extension SecretName: CustomStringConvertible {
  public var description: String {
    switch self {
    case .authority(let cluster, let file): "\(file.path) of cluster \(cluster)"
    case .serverToken(let cluster): "server token of cluster \(cluster)"
    case .agentToken(let node): "join token of \(node)"
    case .agentTokenManifest(let node): "join token of \(node), as a Kubernetes Secret"
    case .nodePassword(let node): "node password of \(node)"
    case .sshHostKey(let node, let kind): "\(kind.rawValue) host key of \(node)"
    case .wifiSSID(let file): "SSID \(file)"
    case .wifiKey(let file): "Wi-Fi key \(file)"
    case .gitops(let cluster, let secret): "\(secret.title) of cluster \(cluster)"
    }
  }
}

/// A secret that a cluster needs before GitOps can take it over. Every cluster has its own.
public enum GitOpsSecret: String, CaseIterable, Hashable, Sendable {
  /// What SOPS decrypts the repository's secrets with.
  case sopsAge
  /// The SSH key that may read the repository, with the keys of its host.
  case deployKey
  /// A name and a password for the repository, over HTTPS.
  case login
  /// What private images are pulled with.
  case pullSecret
  /// What lets Cloudflare's tunnel in.
  case tunnel

  public var title: String {
    switch self {
    case .sopsAge: "SOPS age key"
    case .deployKey: "deploy key"
    case .login: "repository login"
    case .pullSecret: "image pull secret"
    case .tunnel: "tunnel credential"
    }
  }
}

public enum SSHKeyKind: String, CaseIterable, Hashable, Sendable, Codable {
  case ed25519, ecdsa

  /// The file's name in `/etc/ssh`.
  public var fileName: String { "ssh_host_\(rawValue)_key" }
}

/// The files that k3s wants in `server/tls` to use certificate authorities that were made
/// beforehand.
/// (docs.k3s.io, "Using Custom CA Certificates")
public enum AuthorityFile: String, CaseIterable, Hashable, Sendable {
  case serverCertificate = "server-ca.crt"
  case serverKey = "server-ca.key"
  case clientCertificate = "client-ca.crt"
  case clientKey = "client-ca.key"
  case requestHeaderCertificate = "request-header-ca.crt"
  case requestHeaderKey = "request-header-ca.key"
  case etcdServerCertificate = "etcd/server-ca.crt"
  case etcdServerKey = "etcd/server-ca.key"
  case etcdPeerCertificate = "etcd/peer-ca.crt"
  case etcdPeerKey = "etcd/peer-ca.key"
  /// Signs the tokens of service accounts.
  case serviceKey = "service.key"

  /// Below `/var/lib/rancher/k3s/server/tls`.
  public var path: String { rawValue }
}
