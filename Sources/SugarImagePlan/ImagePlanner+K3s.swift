import SugarJoin
import SugarModel
import SugarProfile

extension ImagePlanner {
  /// k3s where its installer puts it, its configuration, and the credentials that this role may
  /// hold.
  mutating func planK3s() {
    let k3s = k3sNode
    planBinary()
    write(k3s.unitPath, k3s.unit, because: "k3s, not enabled: the agent will start it")
    write(k3s.environmentPath, "", .privateFile, because: "k3s's environment")
    write(
      K3sPaths.configuration, k3s.configuration, .privateFile,
      because: "k3s as \(node.role.rawValue)")
    if let registries = K3sNode.registries(mirrors: profile.system.registryMirrors) {
      write(K3sPaths.registries, registries, .privateFile, because: "registry mirrors")
    }
    write(
      K3sPaths.nodePassword, .nodePassword(node: node.hostname),
      because: "the same node after a reflash")
    switch node.role {
    case .serverInit:
      write(K3sPaths.token, .serverToken(cluster: cluster.name), because: "servers share it")
      planAuthorities(in: K3sPaths.authorities, because: "certificate authorities")
    case .serverJoin:
      write(K3sPaths.token, .serverToken(cluster: cluster.name), because: "servers share it")
    case .agent:
      write(K3sPaths.token, .agentToken(node: node.hostname), because: "its own dated token")
    }
  }

  private mutating func planBinary() {
    let standIn = inputs.assets.k3sStandIns[cluster.name]
    if let asset = inputs.assets.k3s[cluster.name] {
      add(
        .write(ImagePath(.root, K3sPaths.binary), .asset(asset), .program, before: nil),
        because: "k3s \(cluster.k3s.version)" + (standIn.map { ", STAND-IN: \($0)" } ?? ""))
      if let standIn { notes.append("k3s of cluster \(cluster.name) is a STAND-IN: \(standIn)") }
    } else {
      write(
        K3sPaths.binary, K3sNode.placeholder(version: cluster.k3s.version.description), .program,
        because: "PLACEHOLDER: the fleet names no k3s binary")
      notes.append("cluster \(cluster.name) names no k3s binary: the image holds a placeholder")
    }
    for alias in K3sPaths.aliases {
      add(.link("/usr/local/bin/\(alias)", target: "k3s"), because: "as k3s's installer does")
    }
  }

  /// Only the initialiser holds keys of authorities; the other servers receive them from the
  /// cluster.
  mutating func planAuthorities(in folder: String, because reason: String) {
    let above = folder.split(separator: "/").dropLast().joined(separator: "/")
    for path in ["/" + above, folder, folder + "/etcd"] {
      add(.makeDirectory(path, FileAccess(0o700)), because: reason)
    }
    for file in AuthorityFile.allCases {
      write(
        "\(folder)/\(file.path)", .authority(cluster: cluster.name, file: file), because: reason)
    }
  }

  /// What all servers of the cluster are told alike, for the agent's comparison.
  var clusterSettings: ClusterSettings {
    let settings = serverSettings
    var switches: [String: Bool] = [:]
    for (key, value) in cluster.config where K3sControl.options.contains(key) {
      if case .flag(let flag) = value { switches[key] = flag }
    }
    return ClusterSettings(
      pods: settings.podCIDR.description, services: settings.serviceCIDR.description,
      dns: settings.serviceCIDR.address(at: 10).description, domain: settings.clusterDomain,
      backend: settings.flannelBackend, disabled: settings.disable, switches: switches)
  }

  var k3sNode: K3sNode {
    K3sNode(
      name: node.hostname, role: node.role, address: address(of: node), server: joinEndpoint,
      labels: labels, taints: node.taints, serverSettings: serverSettings, further: furtherSettings)
  }

  /// The initialiser's own address, never the virtual one: nothing in the image serves that yet.
  var joinEndpoint: String? {
    guard node.role != .serverInit, let initialiser else { return nil }
    let host =
      address(of: initialiser)?.description ?? "\(initialiser.hostname).\(profile.fleet.domain)"
    return "https://\(host):\(cluster.api.port)"
  }

  /// The cluster's labels, the node's own, and what follows from where it stands.
  var labels: [String: String] {
    var labels = cluster.labels
    if let key = cluster.tierLabel { labels[key] = cluster.tier }
    return labels.merging(node.labels) { _, own in own }
  }

  private var serverSettings: K3sNode.ServerSettings {
    K3sNode.ServerSettings(
      podCIDR: cluster.podCIDR, serviceCIDR: cluster.serviceCIDR,
      clusterDomain: cluster.clusterDomain,
      flannelBackend: flannelBackend, kubeProxyMode: cluster.kubeProxy.rawValue,
      apiPort: cluster.api.port,
      tlsSANs: tlsSANs, disable: cluster.disable, snapshotCron: cluster.etcdSnapshots?.cron,
      snapshotRetention: cluster.etcdSnapshots?.retention)
  }

  private var flannelBackend: String {
    switch cluster.cni {
    case .flannelVXLAN: "vxlan"
    case .flannelWireGuard: "wireguard-native"
    }
  }

  /// Names and fixed addresses by which servers are reached. An address that DHCP gave can never be
  /// among them.
  var tlsSANs: [String] {
    var names: [String] = []
    if let vip = cluster.api.vip { names.append(vip.description) }
    for server in members where server.role.isServer {
      names += [
        server.hostname, "\(server.hostname).\(profile.fleet.domain)", "\(server.hostname).local",
      ]
      if let address = address(of: server) { names.append(address.description) }
    }
    return (names + cluster.api.sans).reduce(into: []) { list, name in
      if !list.contains(name) { list.append(name) }
    }
  }

  /// The cluster's further keys, of which an agent gets those that k3s knows for agents.
  private var furtherSettings: [String: K3sNode.Setting] {
    var result: [String: K3sNode.Setting] = [:]
    for (key, value) in cluster.config where node.role.isServer || K3sConfigKey.isForAgents(key) {
      switch value {
      case .text(let text): result[key] = .text(text)
      case .number(let number): result[key] = .number(number)
      case .flag(let flag): result[key] = .flag(flag)
      case .list(let values): result[key] = .list(values)
      }
    }
    return result
  }
}
