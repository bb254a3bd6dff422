import SugarModel

extension K3sNode {
  /// `/etc/rancher/k3s/config.yaml`. The token stands in a file of its own, so there is no secret
  /// in this one.
  /// (docs.k3s.io, "Configuration File"; the keys are those of `k3s server` and `k3s agent`)
  public var configuration: String {
    var yaml = YAMLText(comment: "Written by sugarimage for \(name) (\(role.rawValue)).")
    switch role {
    case .serverInit: yaml.add("cluster-init", true)
    case .serverJoin, .agent: if let server { yaml.add("server", server) }
    }
    yaml.add("token-file", K3sPaths.token)
    yaml.add("node-name", name)
    if let address { yaml.add("node-ip", address.description) }
    if role.isServer { addServerSettings(to: &yaml) }
    yaml.add("kube-proxy-arg", ["proxy-mode=\(serverSettings.kubeProxyMode)"])
    yaml.add("node-label", labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    yaml.add("node-taint", taints)
    for (key, setting) in further.sorted(by: { $0.key < $1.key }) {
      switch setting {
      case .text(let text): yaml.add(key, text)
      case .number(let number): yaml.add(key, number)
      case .flag(let flag): yaml.add(key, flag)
      case .list(let values): yaml.add(key, values)
      }
    }
    return yaml.text
  }

  private func addServerSettings(to yaml: inout YAMLText) {
    let settings = serverSettings
    if let address { yaml.add("advertise-address", address.description) }
    yaml.add("https-listen-port", settings.apiPort)
    yaml.add("tls-san", settings.tlsSANs)
    yaml.add("cluster-cidr", settings.podCIDR.description)
    yaml.add("service-cidr", settings.serviceCIDR.description)
    // k3s's own choice: the tenth address of the service network.
    yaml.add("cluster-dns", settings.serviceCIDR.address(at: 10).description)
    yaml.add("cluster-domain", settings.clusterDomain)
    yaml.add("flannel-backend", settings.flannelBackend)
    yaml.add("disable", settings.disable)
    if let cron = settings.snapshotCron { yaml.add("etcd-snapshot-schedule-cron", cron) }
    if let retention = settings.snapshotRetention { yaml.add("etcd-snapshot-retention", retention) }
  }

  /// `/etc/rancher/k3s/registries.yaml`, or nil without mirrors. (docs.k3s.io, "Private Registry
  /// Configuration")
  public static func registries(mirrors: [String: [String]]) -> String? {
    guard !mirrors.isEmpty else { return nil }
    var yaml = YAMLText(comment: "Written by sugarimage.")
    yaml.line("mirrors:")
    for (registry, endpoints) in mirrors.sorted(by: { $0.key < $1.key }) {
      yaml.line("  \(YAMLText.quoted(registry)):")
      yaml.line("    endpoint:")
      for endpoint in endpoints { yaml.line("      - \(YAMLText.quoted(endpoint))") }
    }
    return yaml.text
  }
}
