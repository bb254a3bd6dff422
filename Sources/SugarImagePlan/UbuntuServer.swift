public import SugarModel
public import SugarProfile

/// Ubuntu Server for Raspberry Pi, preinstalled: partitions by label, networks by netplan, and
/// cloud-init seeded from the boot partition, which it finds by its label. Until 25.04 the kernel
/// stands beside `config.txt`; later releases boot from `current/`, and from `new/` to try another.
/// (Ubuntu's `piboot-try`)
public struct UbuntuServer: Flavour {
  public let os: OperatingSystem
  /// `24.04`
  let version: String
  /// Whether it boots by A/B.
  public let hasPrefix: Bool

  static let releases: [any Flavour] = [
    UbuntuServer(os: .ubuntuServer24_04, version: "24.04", hasPrefix: false),
    UbuntuServer(os: .ubuntuServer25_10, version: "25.10", hasPrefix: true),
    UbuntuServer(os: .ubuntuServer26_04, version: "26.04", hasPrefix: true),
  ]

  public var title: String { "Ubuntu Server \(version) for Raspberry Pi" }
  /// Its user `ubuntu` is made by cloud-init, which is told to make none.
  public var stockUser: String? { nil }
  public var network: NetworkRenderer { .networkd }
  public var seed: SeedPlace? { .boot }
  public var firstBootWords: [String] { [] }
  public var firstBootServices: [FirstBootService] { [] }

  public let knownBy = [
    "/etc/cloud/cloud.cfg.d/99-fake_cloud.cfg", "/usr/bin/cloud-init", "/usr/sbin/netplan",
  ]

  public func missingRelease(in evidence: BaseEvidence) -> String? {
    evidence.release("ID") == "ubuntu" && evidence.release("VERSION_ID") == version
      ? nil : "/etc/os-release of Ubuntu \(version)"
  }

  public func references(diskID: String) -> (boot: String, root: String) {
    ("LABEL=system-boot", "LABEL=writable")
  }
}
