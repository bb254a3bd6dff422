import Foundation
import SugarTestSupport
import Testing

/// Every node's image, looked at with other people's tools only.
@Suite struct ImageTests {
  @Test(arguments: ReferenceFleet.nodes) func everyToolAgrees(_ node: String) throws {
    let fleet = try ReferenceFleet.shared()
    try fleet.withImage(of: node) { image in
      try image.checkEverything(secrets: fleet.secrets)
      try checkDisk(image)
      try checkNames(image, node, fleet)
      try checkAccess(image, node, fleet)
      try checkNetwork(image, node)
      try checkWiFi(image, node)
      try checkK3s(image, node, fleet)
      try checkPrograms(image)
      try checkGitOps(image, node, fleet)
      try checkVerify(image, node, fleet)
    }
  }

  private func checkDisk(_ image: ImageFile) throws {
    #expect(image.diskID != "00000000")
    let fstab = try image.root("/etc/fstab")
    #expect(fstab.contains("PARTUUID=\(image.diskID)-01"))
    #expect(fstab.contains("PARTUUID=\(image.diskID)-02"))
    let cmdline = try image.boot("cmdline.txt")
    #expect(cmdline.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
    let words = cmdline.split(whereSeparator: \.isWhitespace)
    #expect(words.contains("root=PARTUUID=\(image.diskID)-02"))
    #expect(words.contains("cgroup_enable=memory") && words.contains("cgroup_memory=1"))
    #expect(!words.contains("resize"))
    #expect(!cmdline.contains("\r"))
    let config = try image.boot("config.txt")
    let all = try #require(config.range(of: "[all]", options: .backwards))
    #expect(config[all.upperBound...].contains("dtparam=pciex1"))
  }

  private func checkNames(_ image: ImageFile, _ node: String, _ fleet: ReferenceFleet) throws {
    #expect(try image.root("/etc/hostname") == node + "\n")
    #expect(try image.root("/etc/machine-id") == fleet.secret("nodes/\(node)/machine-id") + "\n")
    let hosts = try image.root("/etc/hosts")
    for other in ReferenceFleet.nodes {
      #expect(
        hosts.contains("\(ReferenceFleet.address(other))\t\(other).sugarkube.home.arpa \(other)\n"))
    }
    #expect(try image.link("/etc/localtime") == "/usr/share/zoneinfo/Etc/UTC")
    let seed = try image.root("/var/lib/cloud/seed/nocloud/meta-data")
    #expect(seed.contains("instance-id: sugar-\(node)-"))
    let identity = try image.root("/etc/sugaragent/identity.json")
    #expect(try image.boot("sugarimage/identity.json") == identity)
  }

  private func checkAccess(_ image: ImageFile, _ node: String, _ fleet: ReferenceFleet) throws {
    for kind in ["ed25519", "ecdsa"] {
      let file = "/etc/ssh/ssh_host_\(kind)_key"
      let copy = image.path + ".\(kind)"
      try image.root(file + ".pub").write(toFile: copy, atomically: true, encoding: .utf8)
      let fingerprint = try Tool("ssh-keygen").check(["-l", "-f", copy]).text.split(
        separator: " ")[1]
      let hosts = image.path + ".known_hosts"
      try fleet.knownHosts.write(toFile: hosts, atomically: true, encoding: .utf8)
      let known = try Tool("ssh-keygen").check([
        "-l", "-F", ReferenceFleet.address(node), "-f", hosts,
      ]).text
      #expect(known.contains(fingerprint), "known_hosts has no \(fingerprint)")
    }
    let shadow = try image.root("/etc/shadow").split(separator: "\n")
    let admin = try #require(shadow.first { $0.hasPrefix("sugaradmin:") })
    #expect(admin.hasPrefix("sugaradmin:*:"))
    // Nobody has a password: every field is a mark that no password matches.
    for line in shadow {
      let password = line.split(separator: ":", omittingEmptySubsequences: false)[1]
      #expect(password.hasPrefix("*") || password.hasPrefix("!"), "\(line)")
    }
    #expect(try image.access("/home/sugaradmin/.ssh/authorized_keys") == "1000:1000 0600")
    #expect(try image.access("/home/sugaradmin/.ssh") == "1000:1000 0700")
    #expect(try !image.exists("/home/pi"))
    #expect(try image.access("/etc/sudoers.d/010_sugarimage") == "0:0 0440")
    #expect(try !image.exists("/etc/sudoers.d/010_pi-nopasswd"))
    #expect(
      try image.root("/etc/ssh/sshd_config.d/00-sugarimage.conf").contains(
        "PasswordAuthentication no"))
    #expect(
      try image.link("/etc/systemd/system/multi-user.target.wants/ssh.service").hasSuffix(
        "/ssh.service"))
    #expect(try image.link("/etc/systemd/system/regenerate_ssh_host_keys.service") == "/dev/null")
    #expect(
      try !image.exists(
        "/etc/systemd/system/multi-user.target.wants/regenerate_ssh_host_keys.service"))
    #expect(
      try image.root("/etc/cloud/cloud.cfg.d/zz-sugarimage.cfg").contains("ssh_deletekeys: false"))
  }

  private func checkNetwork(_ image: ImageFile, _ node: String) throws {
    let file = "/etc/NetworkManager/system-connections/lan.nmconnection"
    #expect(try image.access(file) == "0:0 0600")
    let text = try image.root(file)
    let uuid = try #require(text.split(separator: "\n").first { $0.hasPrefix("uuid=") })
    #expect(
      text == """
        # Written by sugarimage
        [connection]
        id=lan
        \(uuid)
        type=ethernet

        [match]
        driver=macb;bcmgenet;virtio_net;

        [ipv4]
        address1=\(ReferenceFleet.address(node))/24,192.168.1.1
        dns=192.168.1.1;
        method=manual

        [ipv6]
        method=link-local

        """)
  }

  /// Name and key to the byte where the node is on the plane, and no trace of Wi-Fi elsewhere.
  private func checkWiFi(_ image: ImageFile, _ node: String) throws {
    let file = "/etc/NetworkManager/system-connections/wifi-1.nmconnection"
    let isUsed = ReferenceFleet.wifiNodes.contains(node)
    #expect(try image.exists(file) == isUsed)
    let words = try image.boot("cmdline.txt").split(whereSeparator: \.isWhitespace)
    #expect(words.contains("cfg80211.ieee80211_regdom=CH") == isUsed)
    guard isUsed else { return }
    #expect(try image.access(file) == "0:0 0600")
    let text = try image.root(file)
    let connection = try NetworkManagerLibrary.read(text)
    #expect(connection.ssid == Array(ReferenceFleet.ssid.utf8))
    #expect(connection.psk == ReferenceFleet.psk)
    #expect(connection.metric == 600)
    #expect(
      try image.root("/var/lib/NetworkManager/NetworkManager.state").contains(
        "WirelessEnabled=true\n"))
  }

  private func checkK3s(_ image: ImageFile, _ node: String, _ fleet: ReferenceFleet) throws {
    let cluster = ReferenceFleet.cluster(node)
    let role = ReferenceFleet.role(node)
    let config = try image.root("/etc/rancher/k3s/config.yaml").split(separator: "\n").map(
      String.init)
    let first = ReferenceFleet.nodes.first { ReferenceFleet.cluster($0) == cluster } ?? ""
    #expect(config.contains("cluster-init: true") == (role == "server-init"))
    #expect(
      config.contains("server: \"https://\(ReferenceFleet.address(first)):6443\"")
        == (role != "server-init"))
    let tier = ["prod": "prod", "int": "staging", "dev": "dev"][cluster] ?? ""
    #expect(config.contains("  - \"sugarkube.env=\(tier)\""))
    if role != "agent" {
      for name in [
        first, "\(first).local", ReferenceFleet.address(node),
        ["prod": "192.168.1.20", "int": "192.168.1.30", "dev": "192.168.1.40"][cluster] ?? "",
      ] {
        #expect(config.contains("  - \"\(name)\""), "tls-san lacks \(name)")
      }
    }
    let spare = config.contains { $0.contains("maintenance-spare=true:NoSchedule") }
    #expect(spare == (node == "sugarkube2"))
    for file in [
      "/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/token", "/etc/rancher/node/password",
    ] {
      #expect(try image.access(file) == "0:0 0600")
    }
    let token = try image.root("/etc/rancher/k3s/token")
    let sum = try Tool.sha256(of: "\(fleet.secrets)/clusters/\(cluster)/tls/server-ca.crt")
    #expect(token.hasPrefix("K10\(sum)::"))
    #expect(token.contains("::server:") == (role != "agent"))
    #expect(
      try image.exists("/var/lib/rancher/k3s/server/tls/server-ca.key") == (role == "server-init"))
    let unit = role == "agent" ? "k3s-agent" : "k3s"
    #expect(try image.exists("/etc/systemd/system/\(unit).service"))
    #expect(try !image.exists("/etc/systemd/system/multi-user.target.wants/\(unit).service"))
    #expect(try image.root("/usr/local/bin/k3s").contains("placeholder"))
  }

  private func checkVerify(_ image: ImageFile, _ node: String, _ fleet: ReferenceFleet) throws {
    let good = try Program.run(["verify", image.path], environment: fleet.environment)
    #expect(good.status == 0, "\(good.output)\(good.complaints)")
    let text = try Program.succeed(["inspect", image.path])
    for word in [
      node, ReferenceFleet.role(node), ReferenceFleet.cluster(node), ReferenceFleet.address(node),
      "v1.33.5+k3s1", image.diskID, "STAND-IN", "PLACEHOLDER", "0xf416",
    ] {
      #expect(text.contains(word), "inspect does not tell \(word)")
    }
    // One byte of a file is enough.
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: image.path))
    try handle.seek(toOffset: UInt64(image.bootStart + image.bootSize - 512))
    try handle.write(contentsOf: Data([1]))
    try handle.close()
    let bad = try Program.run(["verify", image.path], environment: fleet.environment)
    #expect(bad.status == 65)
    #expect(bad.output.contains("digest"))
  }
}
