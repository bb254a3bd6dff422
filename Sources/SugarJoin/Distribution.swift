public import SugarModel

/// What a distribution of Kubernetes has to tell the one who joins a node to it: where its files
/// are, what it answers, how it is started. Everything that is k3s and not Kubernetes stands in
/// `k3s` below; another distribution is another value.
public struct Distribution: Hashable, Sendable {
  /// What a server's supervisor answers, by path.
  public struct Supervisor: Hashable, Sendable {
    /// Answers `pong` to everybody.
    public var ping: String
    /// The authority's certificates, for everybody.
    public var authorities: String
    /// 200 when it takes nodes and the credential is good; 503 before.
    public var readiness: String
    /// How the servers are set up.
    public var settings: String
    /// Who keeps the cluster's data. For servers.
    public var members: String
    /// A certificate for a node that knows its password.
    public var nodeCertificate: String
    /// Heads by which a node tells its name and its password.
    public var nodeNameHeader: String
    public var nodePasswordHeader: String
    /// The user names in HTTP's basic authentication.
    public var nodeUser: String
    public var serverUser: String
  }

  /// Where a node that runs finds the API of its cluster, and with what.
  public struct LocalAccess: Hashable, Sendable {
    public var url: String
    public var certificate: String
    public var key: String
    /// A file with a line `server: URL` that holds when it is there.
    public var kubeconfig: String?
  }

  public var name: String
  public var binary: String
  public var configuration: String
  /// A folder whose files are laid over the configuration, in the order of their names.
  public var configurationFolder: String
  public var token: String
  public var nodePassword: String
  /// Where a server keeps the authority's certificate, and an agent that of its servers.
  public var serverAuthority: String
  public var agentAuthority: String
  /// Is there as soon as a server holds the cluster's data. (k3s, pkg/etcd, `IsInitialized`)
  public var serverData: String
  /// Is there as soon as an agent has registered.
  public var agentData: String
  /// The folder whose disk the cluster's data is on.
  public var dataFolder: String
  public var serverUnit: String
  public var agentUnit: String
  public var supervisor: Supervisor
  public var serverAccess: LocalAccess
  public var agentAccess: LocalAccess
  /// Words of the command line with which a person makes the cluster forget a node.
  public var forget: String

  public func unit(_ role: ClusterRole) -> String { role.isServer ? serverUnit : agentUnit }
  public func data(_ role: ClusterRole) -> String { role.isServer ? serverData : agentData }
  public func access(_ role: ClusterRole) -> LocalAccess {
    role.isServer ? serverAccess : agentAccess
  }
  public func authority(_ role: ClusterRole) -> String {
    role.isServer ? serverAuthority : agentAuthority
  }

  /// The distribution of that name; nil when this agent does not know it.
  public static func named(_ name: String) -> Distribution? { all.first { $0.name == name } }

  public static let all = [k3s]

  /// (k3s-io/k3s, pkg/server/handlers/router.go, pkg/etcd/etcd.go, pkg/agent/config; docs.k3s.io)
  public static let k3s = Distribution(
    name: "k3s", binary: K3sPaths.binary, configuration: K3sPaths.configuration,
    configurationFolder: "/etc/rancher/k3s/config.yaml.d", token: K3sPaths.token,
    nodePassword: K3sPaths.nodePassword, serverAuthority: K3sPaths.authorities + "/server-ca.crt",
    agentAuthority: "/var/lib/rancher/k3s/agent/server-ca.crt",
    serverData: "/var/lib/rancher/k3s/server/db/etcd/member/wal",
    agentData: "/var/lib/rancher/k3s/agent/client-kubelet.crt",
    dataFolder: "/var/lib/rancher", serverUnit: "k3s.service", agentUnit: "k3s-agent.service",
    supervisor: Supervisor(
      ping: "/ping", authorities: "/cacerts", readiness: "/v1-k3s/readyz",
      settings: "/v1-k3s/config", members: "/db/info",
      nodeCertificate: "/v1-k3s/serving-kubelet.crt", nodeNameHeader: "k3s-Node-Name",
      nodePasswordHeader: "k3s-Node-Password", nodeUser: "node", serverUser: "server"),
    serverAccess: LocalAccess(
      url: "https://127.0.0.1:6443", certificate: K3sPaths.authorities + "/client-admin.crt",
      key: K3sPaths.authorities + "/client-admin.key", kubeconfig: nil),
    agentAccess: LocalAccess(
      url: "https://127.0.0.1:6444",
      certificate: "/var/lib/rancher/k3s/agent/client-kubelet.crt",
      key: "/var/lib/rancher/k3s/agent/client-kubelet.key",
      kubeconfig: "/var/lib/rancher/k3s/agent/kubelet.kubeconfig"),
    forget: "sudo k3s kubectl delete node")
}
