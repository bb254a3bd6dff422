import SugarModel

/// The clusters, and how they are handed over to GitOps.
extension FleetShape {
  static let cluster = fields([
    .must("name", name),
    .must(
      "tier", name,
      "`prod`, `staging`, `dev`, … `int` and `integration` become `staging`. A label (`env=staging`) is an error."
    ),
    .may(
      "tierLabel", text(),
      "Every node gets this label with the tier as its value, so `labels` must not have it."),
    .must(
      "version", text("v[0-9]+\\.[0-9]+\\.[0-9]+.*\\+k3s[0-9]+"),
      "In full: `v1.33.5+k3s1`. A cluster with agents needs bootstrap tokens: v1.26.2, v1.25.7, v1.24.11, v1.23.17 or later."
    ),
    .may("k3s", k3s),
    .must("podCIDR", network, "A /24 of it for each node."),
    .must("serviceCIDR", network, "/27 or larger; DNS is its tenth address."),
    .may("clusterDomain", domain),
    .may("cni", words(of: Cluster.CNI.self), "How pods on different nodes reach each other."),
    .may(
      "kubeProxy", words(of: Cluster.KubeProxy.self),
      "kube-proxy has its nftables mode without a feature gate since v1.31."),
    .may("api", api),
    .may(
      "disable", list(words(ProfileReader.parts)),
      "Parts of k3s that are left out: `coredns`, `local-storage`, `metrics-server`, `runtimes`, `servicelb`, `traefik`."
    ),
    .may(
      "exposure", words(of: Cluster.Exposure.self),
      "How services are reached. `metallb` needs `servicelb` in `disable` and an `lbPool`; to have both ways, write `both`."
    ),
    .may(
      "lbPool", range,
      "Addresses for load balancers; in a plane's subnet, and no one else's. Only with `metallb` or `both`."
    ),
    .may("etcdSnapshots", snapshots),
    .may("labels", entries(text()), "Labels of all its nodes."),
    .may("config", k3sConfig, "Further keys of k3s's configuration file, as k3s names them."),
    .may("gitops", clusterGitOps, "The cluster is handed over to GitOps, see gitops."),
  ])

  static let k3s = fields([
    .must(
      "path", text(),
      "The k3s binary for arm64, relative to the fleet's folder. Without it the image holds a labelled placeholder."
    ),
    .must("sha256", sha256),
  ])

  static let api = fields([
    .may(
      "vip", address,
      "An address in the servers' certificates, in the node-IP plane's subnet and nobody's own. Nothing in the image serves it yet: nodes join the initialiser's address."
    ),
    .may(
      "vipMode", words(["none"]),
      "Says that the VIP is served by nothing in the image; without it a VIP gives a warning."),
    .may("port", number(1...65535)),
    .may("sans", list(text()), "Further names in the servers' certificates."),
  ])

  static let snapshots = fields([
    .must("cron", text(), "Five fields in quotes, `@daily` or `@every 6h`."),
    .must("retention", number(1...1000), "How many are kept. Required together with `cron`."),
  ])

  static let gitops = fields(gitopsFields)

  static let clusterGitOps = fields(
    gitopsFields + [
      .may(
        "node", name,
        "The one server of the cluster that hands it over. Only its image holds the secrets."),
      .must(
        "path", text(),
        "The cluster's folder in the repository: `clusters/prod`. Two tiers with one folder are an error, two clusters of one tier a warning."
      ),
    ])

  /// What a fleet says for all of its clusters, and a cluster for itself.
  private static let gitopsFields: [FleetField] = [
    .may("engine", words(of: GitOpsEngine.self), "What takes the clusters over."),
    .may("manifest", manifest),
    .may(
      "repo", text("ssh://[A-Za-z0-9._-]+@[^/\\s]+/\\S+|https://[^/@\\s]+/\\S+"),
      "`ssh://git@host/owner/name` or `https://host/owner/name`. Until it is named, nothing is handed over, and `validate` says so. With it, `manifest` is required."
    ),
    .may("branch", text()),
    .may(
      "interval", text("([0-9]+(\\.[0-9]+)?(s|m|h))+"),
      "How often the repository is looked at: `30s`, `1h30m`."),
    .may(
      "authRef", words(of: GitOpsCredential.self),
      "What the repository is read with: a key over SSH, where it is required, a name and a password over HTTPS."
    ),
    .may(
      "restoreSecrets", list(words(of: RestoredSecret.self)),
      "Secrets that the cluster gets first, each cluster its own. `flux-git-deploy` is what `authRef` names, and need not stand here."
    ),
    .may(
      "readyGate", list(words(of: GitOpsGate.self), atLeast: 1),
      "What must hold before the cluster counts as handed over: the engine's controllers run, the repository was fetched, its folder was applied."
    ),
  ]

  static let manifest = fields(
    [
      .may(
        "path", text(),
        "The engine's install manifest, relative to the fleet's folder: what `flux install --export` writes."
      ),
      .may(
        "url", url,
        "The same by its address (`https://…`, or `file:///…`); `fetch` brings it. Either `path` or `url`."
      ),
      .must("sha256", sha256, "Digest of the file, in lower case."),
    ], oneOf: ["path", "url"])
}
