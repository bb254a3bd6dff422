internal import SugarModel

extension ProfileReader {
  static func cluster(_ value: ValueCursor, tierLabel: String?) -> Cluster? {
    guard let cluster = value.mapping(.cluster) else { return nil }
    let version = cluster.required("version", .placeholder, version)
    return Cluster(
      name: cluster.required("name", "") { $0.text(NameSyntax.label) },
      tier: cluster.required("tier", "", tier),
      tierLabel: cluster.optional("tierLabel") { $0.text(KubernetesSyntax.labelKey) } ?? tierLabel,
      k3s: K3s(version: version, binary: cluster.optional("k3s", pinnedFile)),
      podCIDR: cluster.required("podCIDR", .placeholder) { $0.network() },
      serviceCIDR: cluster.required("serviceCIDR", .placeholder) { $0.network() },
      clusterDomain: cluster.value("clusterDomain", default: "cluster.local") {
        $0.text(NameSyntax.domain)
      },
      cni: cluster.value("cni", default: .flannelVXLAN) { $0.word(Cluster.CNI.self) },
      kubeProxy: cluster.value("kubeProxy", default: version.standardKubeProxy) {
        $0.word(Cluster.KubeProxy.self)
      },
      api: cluster.value("api", default: Cluster.API(vip: nil, port: 6443, sans: []), api),
      disable: cluster.value("disable", default: [], disabled),
      exposure: cluster.value("exposure", default: Cluster.Exposure.none, exposure),
      lbPool: cluster.optional("lbPool") { $0.addressRange() },
      etcdSnapshots: cluster.optional("etcdSnapshots", snapshots),
      labels: cluster.value("labels", default: [:], labels),
      config: cluster.value("config", default: [:]) { config($0, version) },
      gitops: cluster.optional("gitops", clusterGitOps))
  }

  private static func version(_ value: ValueCursor) -> K3sVersion? {
    guard let text = value.text() else { return nil }
    return K3sVersion(text)
      ?? value.fail(
        "'\(SecretWords.shown(text))' is no release of k3s", note: "write it in full: v1.33.5+k3s1")
  }

  /// The tier's name; `int` and `integration` are called `staging`.
  private static func tier(_ value: ValueCursor) -> String? {
    guard let text = value.text() else { return nil }
    if let equals = text.firstIndex(of: "=") {
      let name = text[text.index(after: equals)...]
      return value.fail("a tier is a name, not a label", note: "write 'tier: \(name)'")
    }
    if let wrong = NameSyntax.label(text) {
      return value.fail("'\(SecretWords.shown(text))' \(wrong)")
    }
    return text == "int" || text == "integration" ? "staging" : text
  }

  private static func api(_ value: ValueCursor) -> Cluster.API? {
    guard let api = value.mapping(.api) else { return nil }
    _ = api.optional("vipMode") { mode in
      mode.text().flatMap { $0 == "none" ? $0 : mode.unknownWord($0, ["none"]) }
    }
    return Cluster.API(
      vip: api.optional("vip") { $0.address() },
      port: api.value("port", default: 6443) { $0.number(in: 1...65535) },
      sans: api.value("sans", default: []) { $0.texts(san) })
  }

  /// A name or an address for the servers' certificates.
  private static func san(_ text: String) -> String? {
    IPv4Address(text) != nil ? nil : NameSyntax.domain(text)
  }

  /// What k3s brings with it and can leave out.
  static let parts = [
    "coredns", "local-storage", "metrics-server", "runtimes", "servicelb", "traefik",
  ]

  private static func disabled(_ value: ValueCursor) -> [String]? {
    var seen: Set<String> = []
    return value.list("") { element in
      guard let text = element.text() else { return nil }
      guard parts.contains(text) else { return element.unknownWord(text, parts) }
      return seen.insert(text).inserted ? text : element.fail("'\(text)' stands twice in 'disable'")
    }
  }

  private static func exposure(_ value: ValueCursor) -> Cluster.Exposure? {
    guard case .list = value.value.content else { return value.word(Cluster.Exposure.self) }
    return value.fail(
      "an exposure is one word", note: "tunnel and metallb together are spelled 'both'")
  }

  private static func snapshots(_ value: ValueCursor) -> Cluster.EtcdSnapshots? {
    guard let snapshots = value.mapping(.snapshots) else { return nil }
    return Cluster.EtcdSnapshots(
      cron: snapshots.required("cron", "") { $0.text(cron) },
      retention: snapshots.required("retention", 1) { $0.number(in: 1...1000) })
  }

  /// Five fields, or one of cron's words for them.
  private static func cron(_ text: String) -> String? {
    let words = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"]
    if words.contains(text) || text.hasPrefix("@every ") { return nil }
    let fields = text.split(separator: " ")
    let isPlain = text.utf8.allSatisfy {
      NameSyntax.isWord($0) || [0x2a, 0x2f, 0x2c, 0x2d, 0x20].contains($0)
    }
    return fields.count == 5 && isPlain
      ? nil : "is no cron schedule, such as '0 */12 * * *' or '@daily'"
  }
}
