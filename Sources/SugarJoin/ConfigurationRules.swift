public import SugarModel

/// What must, and must not, stand in the configuration that an image holds.
public enum ConfigurationRules {
  /// Why a node must not be started with it; nil when it may. It is our own text or that of an
  /// overlay, so a line that begins with the key is enough to see.
  public static func complaint(_ text: String, _ role: ClusterRole) -> String? {
    func value(_ key: String) -> Substring? {
      text.split(whereSeparator: \.isNewline).last { $0.hasPrefix("\(key):") }
        .map { $0.dropFirst(key.utf8.count + 1).drop { $0 == " " } }
    }
    guard !text.isEmpty else { return "it is empty or cannot be read" }
    let starts = value("cluster-init").map { !$0.hasPrefix("false") } ?? false
    let server = value("server").map { $0.filter { $0 != "\"" && $0 != "'" && $0 != " " } }
    switch role {
    case .serverInit:
      return starts ? nil : "the first server's configuration does not say cluster-init"
    case .serverJoin, .agent:
      if starts { return "it says cluster-init, and this node may not start a cluster" }
      guard let server else {
        return "it names no server: this node would start a cluster of its own"
      }
      return server.hasPrefix("https://") ? nil : "its server is not an https:// address"
    }
  }
}

/// What the agent lays over a node's configuration: what could not be known when the image was
/// built.
public struct ConfigurationOverlay: Hashable, Sendable {
  /// The interface that carries the node's address, for flannel.
  public var flannelInterface: String?
  /// Where pods' name servers stand when `/etc/resolv.conf` names only this machine.
  public var resolvConf: String?
  /// Through whom the node joins, when that is not the server that the image names.
  public var server: String?

  public init(flannelInterface: String? = nil, resolvConf: String? = nil, server: String? = nil) {
    self.flannelInterface = flannelInterface
    self.resolvConf = resolvConf
    self.server = server
  }

  public var text: String {
    var yaml = YAMLText(comment: "Written by sugaragent at boot: what only the running node knows.")
    if let flannelInterface { yaml.add("flannel-iface", flannelInterface) }
    if let resolvConf { yaml.add("resolv-conf", resolvConf) }
    if let server {
      yaml.add("cluster-init", false)
      yaml.add("server", server)
    }
    return yaml.text
  }

  /// A name server on this machine itself is of no use inside a pod. (docs.k3s.io; CoreDNS, plugin
  /// loop)
  ///
  /// - Parameter text: `/etc/resolv.conf`.
  public static func needsOtherResolver(_ text: String) -> Bool {
    let servers = text.split(whereSeparator: \.isNewline).compactMap { line -> Substring? in
      let words = line.split(whereSeparator: \.isWhitespace)
      return words.count > 1 && words[0] == "nameserver" ? words[1] : nil
    }
    return !servers.isEmpty && servers.allSatisfy { $0.hasPrefix("127.") || $0 == "::1" }
  }
}
