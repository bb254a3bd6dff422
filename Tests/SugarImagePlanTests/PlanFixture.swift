import Foundation
import SugarImagePlan
import SugarModel
import SugarProfile
import Testing

/// A small base, credentials that nobody can use, and the profiles that ship with the project.
enum PlanFixture {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func profile(_ name: String, _ change: (String) -> String = { $0 }) throws -> Profile {
    let path = "profiles/\(name)/fleet.yaml"
    let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    let blob = Array("\0\0\0\u{b}ssh-ed25519\0\0\0 ".utf8) + [UInt8](repeating: 7, count: 32)
    let key = "ssh-ed25519 \(Data(blob).base64EncodedString()) me@here"
    let local = FleetText(
      path: "fleet.local.yaml", text: "admin:\n  sshAuthorizedKeys:\n    - \(key)\n")
    let reading = ProfileReader.read(FleetText(path: path, text: change(text)), local: local)
    return try #require(reading.profile, "\(reading.report.diagnostics)")
  }

  static let facts = BaseImageFacts(
    identity: BaseIdentity(
      os: "rpios-lite-trixie", name: "Debian GNU/Linux 13 (trixie)",
      sha256: String(repeating: "ab", count: 32), standIn: nil),
    size: .mib(2840), diskID: "1a2b3c4d",
    boot: .init(start: .mib(8), size: .mib(512)), root: .init(start: .mib(520), size: .mib(2320)),
    bootFreeSpace: .mib(430), rootFreeSpace: .mib(450), freeInodes: 90_000, date: 1_750_000_000,
    rootTexts: [
      "/etc/passwd": """
      root:x:0:0:root:/root:/bin/bash
      daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
      pi:x:1000:1000:,,,:/home/pi:/bin/bash

      """,
      "/etc/shadow": """
      root:*:20000:0:99999:7:::
      daemon:*:20000:0:99999:7:::
      pi:!:20000:0:99999:7:::

      """,
      "/etc/group": """
      root:x:0:
      adm:x:4:pi
      sudo:x:27:pi
      shadow:x:42:
      gpio:x:986:pi
      pi:x:1000:

      """,
      "/etc/gshadow": """
      root:*::
      adm:*::pi
      sudo:*::pi
      shadow:*::
      gpio:!::pi
      pi:!::

      """,
      "/etc/subuid": "pi:100000:65536\n", "/etc/subgid": "pi:100000:65536\n",
      "/etc/fstab": """
      proc            /proc           proc    defaults          0       0
      PARTUUID=1a2b3c4d-01  /boot/firmware  vfat    defaults          0       2
      PARTUUID=1a2b3c4d-02  /               ext4    defaults,noatime  0       1

      """,
    ],
    bootTexts: [
      "cmdline.txt":
        "console=serial0,115200 console=tty1 root=PARTUUID=1a2b3c4d-02 rootfstype=ext4 "
        + "fsck.repair=yes rootwait resize\n",
      "config.txt": """
      dtparam=audio=on
      [cm5]
      dtoverlay=dwc2,dr_mode=host
      [all]

      """,
    ],
    rootPaths: [
      "/usr/lib/systemd/system/ssh.service", "/etc/sudoers.d/010_pi-nopasswd",
      "/usr/lib/systemd/system/regenerate_ssh_host_keys.service",
      "/etc/systemd/system/multi-user.target.wants/regenerate_ssh_host_keys.service",
      "/usr/lib/systemd/system/userconfig.service",
      "/etc/systemd/system/multi-user.target.wants/userconfig.service", "/usr/bin/sudo",
    ],
    bootPaths: ["user-data", "meta-data", "network-config"],
    firstBootUnits: ["rpi-resize.service"], kernels: ["6.12.34+rpt-rpi-2712"])

  static let assets = AssetIndex(
    agent: .init(
      asset: Asset(
        path: "sugaragent", sha256: String(repeating: "a6", count: 32), size: .mib(9)),
      version: "0.1.0"),
    overlays: [
      "k3s-host": [
        .init(
          path: "/etc/sysctl.d/90-kubelet.conf",
          kind: .file(Asset(path: "a", sha256: String(repeating: "cd", count: 32), size: .kib(1))),
          access: .publicFile),
        .init(path: "/etc/folder", kind: .directory, access: FileAccess(0o750, group: 27)),
        .init(path: "/etc/name", kind: .link(target: "/etc/hostname"), access: .publicFile),
      ]
    ],
    bootFolders: [
      "rpi5-nvme": .init(
        configLines: ["dtparam=pciex1", "usb_max_current_enable=1"], cmdlineWords: ["quiet"],
        files: [
          "notes.txt": Asset(
            path: "b", sha256: String(repeating: "ef", count: 32), size: ByteCount(99))
        ])
    ])

  static func credentials(_ profile: Profile) -> FleetCredentials {
    var result = FleetCredentials(clusters: [:], nodes: [:])
    for (number, cluster) in profile.clusters.enumerated() {
      result.clusters[cluster.name] = ClusterCredentials(
        pin: String(repeating: "\(number + 1)", count: 64),
        serverCertificate:
          "-----BEGIN CERTIFICATE-----\n\(cluster.name)\n-----END CERTIFICATE-----\n",
        validFrom: 1_750_000_000, validUntil: 2_065_000_000)
    }
    for (number, node) in profile.nodes.enumerated() {
      result.nodes[node.hostname] = NodeCredentials(
        machineID: String(repeating: "\(number)", count: 32),
        hostKeys: [
          .ed25519: "ssh-ed25519 AAAA\(number) root@\(node.hostname)",
          .ecdsa: "ecdsa-sha2-nistp256 BBBB\(number) root@\(node.hostname)",
        ],
        agentToken: node.role == .agent
          ? .init(id: "abcde\(number)", expires: 1_757_776_000) : nil)
    }
    return result
  }

  static func inputs(_ profile: Profile) -> PlanInputs {
    PlanInputs(
      profile: profile, facts: facts, assets: assets, credentials: credentials(profile))
  }

  static func inputs(_ name: String) throws -> PlanInputs { inputs(try profile(name)) }
}

extension ImagePlan {
  /// The text that a plan gives a file; nil when it does not write it, or not as text.
  func text(of path: ImagePath) -> String? {
    for planned in steps.reversed() {
      if case .write(path, .text(let text), _, _) = planned.step { return text }
    }
    return nil
  }
}
