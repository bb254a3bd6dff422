import SugarJoin
import SugarModel
import Testing

/// What k3s is told, byte for byte, for each role.
@Suite struct K3sNodeTests {
  private static func network(_ text: String) -> IPv4Network {
    IPv4Network(text) ?? IPv4Network(containing: IPv4Address(0), prefix: 0)
  }

  private static func node(
    _ role: ClusterRole, address: String? = "192.168.1.22", taints: [String] = [],
    further: [String: K3sNode.Setting] = [:], disable: [String] = [],
    snapshots: (String, Int)? = nil
  ) -> K3sNode {
    K3sNode(
      name: "node1", role: role, address: address.flatMap { IPv4Address($0) },
      server: role == .serverInit ? nil : "https://192.168.1.21:6443",
      labels: ["zone": "b", "env": "prod"], taints: taints,
      serverSettings: .init(
        podCIDR: network("10.42.0.0/16"), serviceCIDR: network("10.43.0.0/16"),
        clusterDomain: "cluster.local", flannelBackend: "vxlan", kubeProxyMode: "nftables",
        apiPort: 6443, tlsSANs: ["192.168.1.20", "node0"], disable: disable,
        snapshotCron: snapshots?.0, snapshotRetention: snapshots?.1),
      further: further)
  }

  @Test func initialiser() {
    let node = Self.node(
      .serverInit, further: ["write-kubeconfig-mode": .text("0600"), "debug": .flag(true)],
      disable: ["traefik"], snapshots: ("0 */12 * * *", 28))
    #expect(
      node.configuration == """
        # Written by sugarimage for node1 (server-init).
        cluster-init: true
        token-file: "/etc/rancher/k3s/token"
        node-name: "node1"
        node-ip: "192.168.1.22"
        advertise-address: "192.168.1.22"
        https-listen-port: 6443
        tls-san:
          - "192.168.1.20"
          - "node0"
        cluster-cidr: "10.42.0.0/16"
        service-cidr: "10.43.0.0/16"
        cluster-dns: "10.43.0.10"
        cluster-domain: "cluster.local"
        flannel-backend: "vxlan"
        disable:
          - "traefik"
        etcd-snapshot-schedule-cron: "0 */12 * * *"
        etcd-snapshot-retention: 28
        kube-proxy-arg:
          - "proxy-mode=nftables"
        node-label:
          - "env=prod"
          - "zone=b"
        debug: true
        write-kubeconfig-mode: "0600"

        """)
  }

  @Test func joiningServer() {
    #expect(
      Self.node(.serverJoin, taints: ["a=b:NoSchedule"]).configuration == """
        # Written by sugarimage for node1 (server-join).
        server: "https://192.168.1.21:6443"
        token-file: "/etc/rancher/k3s/token"
        node-name: "node1"
        node-ip: "192.168.1.22"
        advertise-address: "192.168.1.22"
        https-listen-port: 6443
        tls-san:
          - "192.168.1.20"
          - "node0"
        cluster-cidr: "10.42.0.0/16"
        service-cidr: "10.43.0.0/16"
        cluster-dns: "10.43.0.10"
        cluster-domain: "cluster.local"
        flannel-backend: "vxlan"
        kube-proxy-arg:
          - "proxy-mode=nftables"
        node-label:
          - "env=prod"
          - "zone=b"
        node-taint:
          - "a=b:NoSchedule"

        """)
  }

  @Test func agent() {
    let node = Self.node(
      .agent, further: ["kubelet-arg": .list(["max-pods=50"]), "lb-server-port": .number(6444)])
    #expect(
      node.configuration == """
        # Written by sugarimage for node1 (agent).
        server: "https://192.168.1.21:6443"
        token-file: "/etc/rancher/k3s/token"
        node-name: "node1"
        node-ip: "192.168.1.22"
        kube-proxy-arg:
          - "proxy-mode=nftables"
        node-label:
          - "env=prod"
          - "zone=b"
        kubelet-arg:
          - "max-pods=50"
        lb-server-port: 6444

        """)
  }

  @Test(arguments: ClusterRole.allCases) func withoutAnAddress(_ role: ClusterRole) {
    let text = Self.node(role, address: nil).configuration
    #expect(!text.contains("node-ip"))
    #expect(!text.contains("advertise-address"))
  }

  @Test(arguments: [
    ("plain", #""plain""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#), ("a\nb", #""a\nb""#),
    ("a\r\nb", #""a\r\nb""#), ("a\tb", #""a\tb""#), ("yes", #""yes""#), ("0600", #""0600""#),
    ("# no comment", ##""# no comment""##), ("ä: [ö", #""ä: [ö""#), ("", #""""#),
  ])
  func textsAreQuoted(_ text: String, _ quoted: String) {
    let node = Self.node(.agent, further: ["x": .text(text), "y": .list([text])])
    #expect(node.configuration.hasSuffix("x: \(quoted)\ny:\n  - \(quoted)\n"))
  }

  @Test(arguments: [
    (ClusterRole.serverInit, "k3s", "server"), (.serverJoin, "k3s", "server"),
    (.agent, "k3s-agent", "agent"),
  ])
  func unit(_ role: ClusterRole, _ name: String, _ word: String) {
    let node = Self.node(role)
    #expect(node.unitName == name)
    #expect(node.unitPath == "/etc/systemd/system/\(name).service")
    #expect(node.environmentPath == "/etc/systemd/system/\(name).service.env")
    #expect(
      node.unit == """
        [Unit]
        Description=Lightweight Kubernetes
        Documentation=https://k3s.io
        Wants=network-online.target
        After=network-online.target

        [Install]
        WantedBy=multi-user.target

        [Service]
        Type=notify
        EnvironmentFile=-/etc/default/%N
        EnvironmentFile=-/etc/sysconfig/%N
        EnvironmentFile=-/etc/systemd/system/\(name).service.env
        KillMode=process
        Delegate=yes
        User=root
        # Having non-zero Limit*s causes performance problems due to accounting overhead
        # in the kernel. We recommend using cgroups to do container-local accounting.
        LimitNOFILE=1048576
        LimitNPROC=infinity
        LimitCORE=infinity
        TasksMax=infinity
        TimeoutStartSec=0
        Restart=always
        RestartSec=5s
        ExecStartPre=-/sbin/modprobe br_netfilter
        ExecStartPre=-/sbin/modprobe overlay
        ExecStart=/usr/local/bin/k3s \(word)

        """)
  }

  @Test func registries() {
    #expect(K3sNode.registries(mirrors: [:]) == nil)
    #expect(
      K3sNode.registries(mirrors: [
        "docker.io": ["https://mirror.lan:5000", "https://b"], "*": ["https://all"],
      ]) == """
        # Written by sugarimage.
        mirrors:
          "*":
            endpoint:
              - "https://all"
          "docker.io":
            endpoint:
              - "https://mirror.lan:5000"
              - "https://b"

        """)
  }

  @Test func placeholderSaysWhatItIs() {
    let text = K3sNode.placeholder(version: "v1.33.5+k3s1")
    #expect(text.hasPrefix("#!/bin/sh\n# sugarimage placeholder"))
    #expect(text.contains("v1.33.5+k3s1") && text.hasSuffix("exit 69\n"))
  }
}
