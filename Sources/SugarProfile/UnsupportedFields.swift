/// The fields that the design knows and this version does not: each with what there is instead.
///
/// A field stands here until it works, so that it is never silently accepted. `[]` is any place in
/// a list.
enum UnsupportedFields {
  /// What to say about a field, when it is one of these.
  static func phrase(for path: String) -> String? { phrases[pattern(path)] }

  /// What to say about one value of a field, when only that value is not supported.
  static func phrase(for path: String, word: String) -> String? {
    words["\(pattern(path))=\(word)"]
  }

  /// All of them, for the reference.
  static var all: [String] { phrases.keys.sorted() + words.keys.sorted() }

  /// `clusters[2].api.vip` → `clusters[].api.vip`, `nodes[1].planes.lan.x` → `nodes[].planes.*.x`
  static func pattern(_ path: String) -> String {
    var result = ""
    var isIndex = false
    for character in path {
      if character == "]" { isIndex = false }
      if !isIndex { result.append(character) }
      if character == "[" { isIndex = true }
    }
    var parts = result.split(separator: ".").map(String.init)
    if parts.count > 2, parts[0] == "nodes[]", parts[1] == "planes" { parts[2] = "*" }
    return parts.joined(separator: ".")
  }

  private static let words: [String: String] = [
    "base.os=ubuntu-24.04-arm64-cloud":
      "supported are the systems for Raspberry Pi: rpios-lite-… and ubuntu-…-arm64-raspi",
    "hardware.model=vm-arm64": "supported are rpi5-4, rpi5-8, rpi5-16 and rpi4",
    "root.target=virtio": "supported are nvme and sd",
    "clusters[].cni=cilium": "supported are flannel-vxlan and flannel-wireguard-native",
    "clusters[].cni=kube-router": "supported are flannel-vxlan and flannel-wireguard-native",
    "clusters[].cni=none": "supported are flannel-vxlan and flannel-wireguard-native",
    "clusters[].kubeProxy=replaced": "supported are nftables and iptables",
    "clusters[].api.vipMode=kube-vip":
      "write 'none': the VIP goes into the certificates, and joining uses the initialiser's address",
    "gitops.engine=argocd": "supported is flux",
    "gitops.restoreSecrets[]=sealed-secrets-key":
      "supported are sops-age, flux-git-deploy, ghcr-pull and cloudflared-tunnel",
    "gitops.restoreSecrets[]=homekube-ca":
      "supported are sops-age, flux-git-deploy, ghcr-pull and cloudflared-tunnel",
    "clusters[].gitops.engine=argocd": "supported is flux",
    "clusters[].gitops.restoreSecrets[]=sealed-secrets-key":
      "supported are sops-age, flux-git-deploy, ghcr-pull and cloudflared-tunnel",
    "clusters[].gitops.restoreSecrets[]=homekube-ca":
      "supported are sops-age, flux-git-deploy, ghcr-pull and cloudflared-tunnel",
    "nodes[].role=kubeadm-init": "supported are server-init, server-join and agent of k3s",
    "nodes[].role=kubeadm-worker": "supported are server-init, server-join and agent of k3s",
    "nodes[].role=k0s-worker": "supported are server-init, server-join and agent of k3s",
    "nodes[].role=overlay-controller": "supported are server-init, server-join and agent of k3s",
  ]

  private static let phrases: [String: String] = [
    // top level
    "overlay": "no overlay network is set up; folders for the root file system are 'overlays'",
    "wireguard": "no overlay network is set up; 'network.planes' names the networks of a node",
    "zerotier": "no overlay network is set up; 'network.planes' names the networks of a node",
    "tailscale": "no overlay network is set up; 'network.planes' names the networks of a node",
    "twingate": "no overlay network is set up; 'network.planes' names the networks of a node",
    "gitops.bootstrapManifests": "'manifest' names the one that the engine installs from",
    "gitops.handoffTimeout": "a repository is waited for as long as it takes",
    "packages": "only what the base image has is installed; files can be added by 'overlays'",
    "airgap": "images are pulled when the node starts, from 'registries.mirrors' where given",
    "join": "a node joins its cluster's initialiser, with credentials of its own",
    "swap": "the base image's own swap setting is kept",
    "firewall": "the base image's own firewall setting is kept",
    "report": "what is wrong is told on the console and in the journal",
    "avahi": "the base image's own setting is kept",
    "etcHosts": "names come from the DNS servers of 'network.planes'",
    "kubeletResolvConf": "the node's own resolv.conf is used",
    "firmware": "the firmware is that of a Raspberry Pi; 'hardware.model' says which",
    "connectivity": "clusters stand alone; their networks are kept disjoint",
    "maxClockOffsetMs": "'ntp' names the time servers",
    "partitions": "the root has one partition; further ones are 'disks[].partitions'",
    "select": "the root disk is chosen by 'root.target', others by 'disks[].select'",
    "table": "the disk gets the partition table of the base image (MBR)",
    "onForeign": "a disk with foreign content is always refused",
    "wipeGrants": "a disk with foreign content is always refused",
    "reprovision": "nothing besides the root partition is written",
    "verify": "what was written is always read back",
    "minFreeMarginPct": "an image that does not fit into 'root.size' is refused",
    "sshHostKeys": "host keys are minted apart from the fleet file",
    "passwordLogin": "nobody logs in by password; 'admin.sshAuthorizedKeys' lists who may log in",
    // groups
    "site.timezone": "the time zone of the fleet is 'timezone'",
    "admin.passwordLogin":
      "nobody logs in by password; 'admin.sshAuthorizedKeys' lists who may log in",
    "admin.sshHostKeys": "host keys are minted apart from the fleet file",
    "hardware.nvmeAdapter": "'hardware.pcieGen' sets the speed of the link",
    "hardware.pcieProbe": "'hardware.pcieGen' sets the speed of the link",
    "hardware.psuMinMilliamp": "'hardware.model' and 'hardware.pcieGen' describe the board",
    "root.select": "the disk is chosen by 'root.target'",
    "root.table": "the disk gets the partition table of the base image (MBR)",
    "root.partitions": "'root.size' is the size of the one root partition",
    "root.onForeign": "a disk with foreign content is always refused",
    "root.wipeGrants": "a disk with foreign content is always refused",
    "root.reprovision": "nothing besides the root partition is written",
    "root.minFreeMarginPct": "an image that does not fit into 'root.size' is refused",
    "root.verify": "what was written is always read back",
    "root.swap": "the base image's own swap setting is kept",
    "eeprom.minVersion": "'eeprom.firmware' is a file of one version",
    "eeprom.trial": "the boot order is set for good",
    "registries.configs":
      "credentials never stand in a fleet file; 'registries.mirrors' lists mirrors",
    "network.etcHosts": "names come from the DNS servers of 'network.planes'",
    "network.overlay":
      "no overlay network is set up; 'network.planes' names the networks of a node",
    "network.planes[].interface":
      "an interface is found by a node's 'mac' or the plane's 'drivers'",
    "journald.maxFiles": "'journald.maxUse' bounds the journal",
    // clusters
    "clusters[].id": "a cluster is known by its 'name'",
    "clusters[].aliases": "a cluster is known by its 'name'",
    "clusters[].distribution": "every cluster is k3s, of the release in 'version'",
    "clusters[].kubeadm": "every cluster is k3s, of the release in 'version'",
    "clusters[].k0s": "every cluster is k3s, of the release in 'version'",
    "clusters[].clusterDNS": "it is the tenth address of 'serviceCIDR'",
    "clusters[].ciliumClusterID": "'cni' is flannel-vxlan or flannel-wireguard-native",
    "clusters[].cilium": "'cni' is flannel-vxlan or flannel-wireguard-native",
    "clusters[].caBundle": "the cluster's CA is minted apart from the fleet file",
    "clusters[].gitops.bootstrapManifests":
      "'manifest' names the one that the engine installs from",
    "clusters[].gitops.handoffTimeout": "a repository is waited for as long as it takes",
    "clusters[].airgap":
      "images are pulled when the node starts, from 'registries.mirrors' where given",
    "clusters[].join": "a node joins its cluster's initialiser, with credentials of its own",
    "clusters[].connectivity": "clusters stand alone; their networks are kept disjoint",
    "clusters[].ingress": "k3s's own Traefik is kept unless 'disable' names it",
    "clusters[].longhorn": "storage is k3s's local-path",
    "clusters[].schedulableControlPlane":
      "servers take work unless a node's 'taints' say otherwise",
    "clusters[].etcdSnapshots.s3":
      "snapshots stay on the servers; 'cron' and 'retention' rule them",
    "clusters[].api.endpoints": "a node joins its cluster's initialiser",
    // nodes
    "nodes[].hardware": "all nodes have the fleet's 'hardware'",
    "nodes[].base": "all nodes have the fleet's 'base'",
    "nodes[].root": "all nodes have the fleet's 'root'",
    "nodes[].eeprom": "all nodes have the fleet's 'eeprom'",
    "nodes[].etcHosts": "names come from the DNS servers of 'network.planes'",
    "nodes[].join": "a node joins its cluster's initialiser, with credentials of its own",
    "nodes[].disks": "all nodes have the fleet's 'root'",
    "nodes[].overlay":
      "no overlay network is set up; folders for the root file system are 'overlays'",
    "nodes[].overlays": "all nodes have the fleet's 'overlays'",
    "nodes[].bootfiles": "all nodes have the fleet's 'bootfiles'",
    "nodes[].nodeIPPlane": "all nodes have the fleet's 'network.nodeIPPlane'",
    "nodes[].wireguard":
      "no overlay network is set up; 'network.planes' names the networks of a node",
    "nodes[].zerotier":
      "no overlay network is set up; 'network.planes' names the networks of a node",
    "nodes[].tailscale":
      "no overlay network is set up; 'network.planes' names the networks of a node",
    "nodes[].twingate":
      "no overlay network is set up; 'network.planes' names the networks of a node",
    "nodes[].swap": "the base image's own swap setting is kept",
    "nodes[].configTxt": "all nodes have the fleet's 'configTxt'",
    "nodes[].cmdline": "all nodes have the fleet's 'cmdline'",
    "nodes[].planes.*.interface": "an interface is found by 'mac' or the plane's 'drivers'",
    "nodes[].timezone": "all nodes have the fleet's 'timezone'",
  ]
}
