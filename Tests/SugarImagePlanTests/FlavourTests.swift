import SugarImagePlan
import SugarModel
@testable import SugarProfile
import Testing

/// What each system is known by, and what a plan does to it that it does not do to Trixie.
@Suite struct FlavourTests {
  /// What each system has that it is known by.
  static let evidence: [OperatingSystem: BaseEvidence] = [
    .raspberryPiOSLiteTrixie: raspberry(
      "trixie", ["/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg", "/usr/bin/cloud-init"]),
    .raspberryPiOSLiteBookworm: raspberry(
      "bookworm", ["/usr/lib/raspberrypi-sys-mods/firstboot"]),
    .ubuntuServer24_04: ubuntu("24.04", prefix: ""),
    .ubuntuServer25_10: ubuntu("25.10", prefix: "current/"),
    .ubuntuServer26_04: ubuntu("26.04", prefix: "current/"),
  ]

  private static func raspberry(_ codename: String, _ more: Set<String>) -> BaseEvidence {
    BaseEvidence(
      rootTexts: ["/etc/os-release": "ID=debian\nVERSION_CODENAME=\(codename)\n"],
      bootTexts: ["config.txt": "", "cmdline.txt": "x"],
      rootPaths: more.union(["/etc/rpi-issue"]), bootPaths: ["kernel8.img"], isARM64: true)
  }

  private static func ubuntu(_ version: String, prefix: String) -> BaseEvidence {
    let config = "[all]\n" + (prefix.isEmpty ? "" : "os_prefix=\(prefix)\n") + "kernel=vmlinuz\n"
    return BaseEvidence(
      rootTexts: ["/etc/os-release": "ID=ubuntu\nVERSION_ID=\"\(version)\"\n"],
      bootTexts: ["config.txt": config, prefix + "cmdline.txt": "x"],
      rootPaths: [
        "/etc/cloud/cloud.cfg.d/99-fake_cloud.cfg", "/usr/bin/cloud-init", "/usr/sbin/netplan",
      ],
      bootPaths: [prefix + "vmlinuz"], isARM64: true)
  }

  @Test(arguments: OperatingSystem.allCases) func isKnownByWhatItHas(_ os: OperatingSystem) throws {
    let whole = try #require(Self.evidence[os])
    #expect(Flavours.of(whole)?.os == os)
    #expect(Flavours.named(os.rawValue)?.os == os)
    // Without any one of these things it is nothing that is known.
    for path in whole.rootPaths {
      var less = whole
      less.rootPaths.remove(path)
      #expect(Flavours.of(less) == nil, "\(path)")
      #expect(Flavours.missing(in: less).first?.hasSuffix(": \(path)") == true)
    }
    for path in whole.bootTexts.keys {
      var less = whole
      less.bootTexts[path] = nil
      #expect(Flavours.of(less) == nil, "\(path)")
    }
    var less = whole
    less.bootPaths = []
    #expect(Flavours.of(less) == nil)
    less = whole
    less.isARM64 = false
    #expect(Flavours.missing(in: less).first?.contains("programs for arm64") == true)
    less = whole
    less.rootTexts = [:]
    #expect(Flavours.of(less) == nil)
  }

  @Test func aReleaseWithTheOtherBootLayoutIsRefused() throws {
    var classic = try #require(Self.evidence[.ubuntuServer24_04])
    classic.rootTexts["/etc/os-release"] = "ID=ubuntu\nVERSION_ID=\"26.04\"\n"
    #expect(Flavours.of(classic) == nil)
    #expect(Flavours.missing(in: classic).contains { $0.contains("a config.txt with os_prefix") })
  }

  // MARK: - plans

  static func inputs(
    _ os: OperatingSystem, network: NetworkRenderer? = nil, _ change: (inout BaseImageFacts) -> Void
  ) throws -> PlanInputs {
    var inputs = try PlanFixture.inputs("sugarkube-3x3")
    inputs.facts.identity = BaseIdentity(
      os: os.rawValue, name: "a system", sha256: String(repeating: "ab", count: 32), standIn: nil,
      network: network)
    change(&inputs.facts)
    return inputs
  }

  static func ubuntu(_ os: OperatingSystem, prefix: String) throws -> PlanInputs {
    try inputs(os, network: .networkd) { facts in
      facts.rootTexts["/etc/fstab"] =
        "LABEL=writable\t/\text4\tdefaults\t0\t1\nLABEL=system-boot\t/boot/firmware\tvfat\tdefaults\t0\t1\n# LABEL=writable\n"
      facts.rootTexts["/etc/passwd"] = "root:x:0:0:root:/root:/bin/bash\n"
      facts.bootTexts = [
        "config.txt": prefix.isEmpty
          ? "[all]\nkernel=vmlinuz\n" : "[all]\nos_prefix=current/\n[tryboot]\nos_prefix=new/\n",
        prefix + "cmdline.txt":
          "console=tty1 root=LABEL=writable rootfstype=ext4 rootwait fixrtc\n",
      ]
      facts.rootPaths = ["/usr/lib/systemd/system/ssh.service", "/usr/bin/cloud-init"]
    }
  }

  @Test(arguments: [("", OperatingSystem.ubuntuServer24_04), ("current/", .ubuntuServer25_10)])
  func ubuntu(_ prefix: String, _ os: OperatingSystem) throws {
    var inputs = try Self.ubuntu(os, prefix: prefix)
    let plan = try ImagePlanner.plan("sugarkube1", inputs)
    let id = plan.identity.disk.id
    #expect(
      plan.text(of: ImagePath(.root, "/etc/fstab"))
        == "PARTUUID=\(id)-02\t/\text4\tdefaults\t0\t1\nPARTUUID=\(id)-01\t/boot/firmware\tvfat\tdefaults\t0\t1\n# LABEL=writable\n"
    )
    let words = try #require(plan.text(of: ImagePath(.boot, prefix + "cmdline.txt")))
    #expect(words.hasPrefix("console=tty1 root=PARTUUID=\(id)-02 rootfstype=ext4 rootwait fixrtc "))
    #expect(words.contains("cgroup_enable=memory"))
    #expect(plan.identity.base.network == .networkd)
    // Its seed lies where its own configuration looks for it, and says nothing else of it.
    #expect(
      plan.text(of: ImagePath(.boot, "meta-data"))?.contains("instance-id: sugar-sugarkube1-")
        == true)
    #expect(plan.text(of: ImagePath(.boot, "user-data"))?.hasPrefix("#cloud-config\n") == true)
    let settings = try #require(
      plan.text(of: ImagePath(.root, "/etc/cloud/cloud.cfg.d/zz-sugarimage.cfg")))
    #expect(!settings.contains("datasource") && settings.contains("config: disabled"))
    #expect(plan.removes("network-config", .boot) && !plan.removes("user-data", .boot))
    #expect(!plan.steps.contains { "\($0.step)".contains("NetworkManager") })
    // Another system that is tried has a command line of its own.
    guard !prefix.isEmpty else { return }
    #expect(plan.text(of: ImagePath(.boot, "new/cmdline.txt")) == nil)
    inputs.facts.bootTexts["new/cmdline.txt"] = "root=LABEL=writable\n"
    let both = try ImagePlanner.plan("sugarkube1", inputs)
    #expect(
      both.text(of: ImagePath(.boot, "new/cmdline.txt"))?.hasPrefix("root=PARTUUID=\(id)-02 ")
        == true)
  }

  @Test func ubuntusNetworks() throws {
    var inputs = try Self.ubuntu(.ubuntuServer24_04, prefix: "")
    inputs.profile.planes[0].metric = 50
    inputs.profile.planes.append(
      NetworkPlane(
        name: "mgmt", purpose: .mgmt, subnet: IPv4Network("10.7.0.0/24"), gateway: nil, dns: [],
        vlan: VLAN(id: 70, parent: "lan"), drivers: [], metric: nil))
    inputs.profile.planes.append(
      NetworkPlane(
        name: "air", purpose: .wan, subnet: nil, gateway: nil, dns: [], vlan: nil, drivers: [],
        metric: nil,
        wifi: [WiFiNetwork(ssid: "home-ssid", psk: "home-psk", country: "CH", priority: 0)]))
    let wired = try ImagePlanner.plan("sugarkube0", inputs)
    let (lan, mgmt) = ("lan", "mgmt")
    inputs.profile.nodes[1].planes[lan]?.mac = "b8:27:eb:01:02:03"
    inputs.profile.nodes[1].planes[mgmt] = NodePlane(address: IPv4Address("10.7.0.22"), mac: nil)
    inputs.profile.nodes[1].planes["air"] = NodePlane(address: nil, mac: nil)
    let plan = try ImagePlanner.plan("sugarkube1", inputs)
    let path = ImagePath(.root, "/etc/netplan/90-sugarimage.yaml")
    #expect(
      try #require(wired.text(of: path)) == """
        # Written by sugarimage
        network:
          version: 2
          renderer: networkd
          ethernets:
            lan:
              match:
                driver: [\(inputs.profile.planes[0].drivers.map { "\"\($0)\"" }.joined(separator: ", "))]
              link-local: [ipv6]
              dhcp4: false
              addresses: [192.168.1.21/24]
              routes:
                - to: default
                  via: 192.168.1.1
                  metric: 50
              nameservers:
                addresses: [192.168.1.1]

        """)
    let parts = try #require(
      plan.steps.lazy.compactMap { planned -> [KeyfilePart]? in
        guard case .write(path, .netplan(let parts), .privateFile, _) = planned.step else {
          return nil
        }
        return parts
      }.first)
    #expect(parts.secrets == [.wifiSSID(file: "home-ssid"), .wifiKey(file: "home-psk")])
    #expect(
      parts.yaml { Array("\($0) \"\\\u{7}é".utf8) }.hasSuffix(
        """
              match:
                macaddress: "b8:27:eb:01:02:03"
              link-local: [ipv6]
              dhcp4: false
              addresses: [192.168.1.22/24]
              routes:
                - to: default
                  via: 192.168.1.1
                  metric: 50
              nameservers:
                addresses: [192.168.1.1]
          vlans:
            mgmt:
              id: 70
              link: lan
              link-local: [ipv6]
              dhcp4: false
              addresses: [10.7.0.22/24]
          wifis:
            wlan0:
              optional: true
              access-points:
                "SSID home-ssid \\"\\\\\\x07é":
                  auth:
                    key-management: psk
                    password: "Wi-Fi key home-psk \\"\\\\\\x07é"
              link-local: [ipv6]
              dhcp4: true
              dhcp4-overrides:
                route-metric: 600

        """))
    #expect(
      plan.text(of: ImagePath(.root, "/etc/systemd/networkd.conf.d/90-sugarimage.conf"))?
        .contains("ManageForeignRoutes=no\n") == true)
    #expect(
      plan.text(of: ImagePath(.root, "/etc/systemd/network/05-sugarimage.network"))?
        .contains("Name=cni0 flannel* veth* kube-*") == true)
  }

  @Test func timeServers() throws {
    var inputs = try Self.ubuntu(.ubuntuServer26_04, prefix: "current/")
    inputs.profile.system.ntp = ["10.0.0.1", "pool.example"]
    let timesyncd = ImagePath(.root, "/etc/systemd/timesyncd.conf.d/sugarimage.conf")
    let chrony = ImagePath(.root, "/etc/chrony/conf.d/sugarimage.conf")
    let plain = try ImagePlanner.plan("sugarkube1", inputs)
    #expect(plain.text(of: timesyncd) == "[Time]\nNTP=10.0.0.1 pool.example\n")
    #expect(plain.text(of: chrony) == nil)
    inputs.facts.rootPaths.insert("/usr/sbin/chronyd")
    let other = try ImagePlanner.plan("sugarkube1", inputs)
    #expect(other.text(of: timesyncd) == nil)
    #expect(
      other.text(of: chrony)
        == "# Written by sugarimage\nserver 10.0.0.1 iburst prefer\nserver pool.example iburst prefer\n"
    )
  }

  @Test func bookworm() throws {
    let inputs = try Self.inputs(.raspberryPiOSLiteBookworm) { facts in
      facts.bootTexts["cmdline.txt"] =
        "console=tty1 root=PARTUUID=1a2b3c4d-02 rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot "
        + "systemd.run=/boot/firstrun.sh systemd.run_success_action=reboot systemd.unit=kernel-command-line.target\n"
      facts.rootPaths.formUnion(["/etc/init.d/resize2fs_once"])
      facts.bootPaths = []
    }
    let plan = try ImagePlanner.plan("sugarkube1", inputs)
    let words = try #require(plan.text(of: ImagePath(.boot, "cmdline.txt")))
    #expect(
      words.hasPrefix(
        "console=tty1 root=PARTUUID=\(plan.identity.disk.id)-02 rootwait quiet cgroup_enable="),
      "\(words)")
    for unit in ["regenerate_ssh_host_keys", "userconfig", "resize2fs_once"] {
      #expect(
        plan.steps.contains {
          $0.step == .link("/etc/systemd/system/\(unit).service", target: "/dev/null")
        }, "\(unit)")
    }
    // There is no cloud-init, and nothing of it is written.
    #expect(!plan.steps.contains { "\($0.step)".contains("cloud") })
    #expect(plan.identity.base.network == nil)
  }

  @Test func aSystemThatNobodyKnows() throws {
    var inputs = try PlanFixture.inputs("sugarkube-3x3")
    inputs.facts.identity.os = "plan9"
    #expect(throws: PlanError.self) { try ImagePlanner.plan("sugarkube1", inputs) }
  }
}

extension ImagePlan {
  fileprivate func removes(_ path: String, _ volume: Volume) -> Bool {
    steps.contains { $0.step == .remove(ImagePath(volume, path)) }
  }
}
