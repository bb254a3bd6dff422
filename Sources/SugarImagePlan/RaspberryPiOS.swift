public import SugarModel
public import SugarProfile

/// Raspberry Pi OS Lite for arm64, Trixie: configured by cloud-init from the boot partition, grown
/// and given another disk id in its initramfs (` resize`). (pi-gen; raspberrypi-sys-mods, pios/trixie)
public struct RaspberryPiOSTrixie: Flavour {
  public let os = OperatingSystem.raspberryPiOSLiteTrixie
  public let title = "Raspberry Pi OS Lite arm64, Trixie"
  public let stockUser: String? = "pi"
  public let network = NetworkRenderer.networkManager
  public let seed: SeedPlace? = .root
  public let firstBootWords = RaspberryPiOS.firstBootWords
  public let firstBootServices = RaspberryPiOS.firstBootServices

  public let knownBy = [
    "/etc/rpi-issue", "/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg", "/usr/bin/cloud-init",
  ]
  public let hasPrefix = false

  public func missingRelease(in evidence: BaseEvidence) -> String? {
    RaspberryPiOS.missing("trixie", in: evidence)
  }

  public func references(diskID: String) -> (boot: String, root: String) {
    RaspberryPiOS.references(diskID: diskID)
  }
}

/// Raspberry Pi OS Lite for arm64, Bookworm: without cloud-init; its first boot is a script in the
/// place of init, which gives the disk another id, grows it and starts anew.
/// (raspberrypi-sys-mods, bookworm: `firstboot`)
public struct RaspberryPiOSBookworm: Flavour {
  public let os = OperatingSystem.raspberryPiOSLiteBookworm
  public let title = "Raspberry Pi OS Lite arm64, Bookworm"
  public let stockUser: String? = "pi"
  public let network = NetworkRenderer.networkManager
  public let seed: SeedPlace? = nil
  public let firstBootWords = RaspberryPiOS.firstBootWords
  public let firstBootServices =
    RaspberryPiOS.firstBootServices + [
      FirstBootService(
        "resize2fs_once", because: "would grow the root file system",
        path: "/etc/init.d/resize2fs_once")
    ]

  public let knownBy = ["/etc/rpi-issue", "/usr/lib/raspberrypi-sys-mods/firstboot"]
  public let hasPrefix = false

  public func missingRelease(in evidence: BaseEvidence) -> String? {
    RaspberryPiOS.missing("bookworm", in: evidence)
  }

  public func references(diskID: String) -> (boot: String, root: String) {
    RaspberryPiOS.references(diskID: diskID)
  }
}

/// What its releases have in common.
enum RaspberryPiOS {
  /// Of Trixie, and of Bookworm and the first images of Trixie.
  static let firstBootWords = ["resize", "init=/usr/lib/raspberrypi-sys-mods/firstboot"]
  static let firstBootServices = [
    FirstBootService(
      "regenerate_ssh_host_keys", because: "would delete the host keys that known_hosts names"),
    FirstBootService("userconfig", because: "would ask for a user on the console"),
  ]

  static func missing(_ codename: String, in evidence: BaseEvidence) -> String? {
    evidence.release("VERSION_CODENAME") == codename
      ? nil : "/etc/os-release of Debian \(codename)"
  }

  static func references(diskID: String) -> (boot: String, root: String) {
    ("PARTUUID=\(diskID)-01", "PARTUUID=\(diskID)-02")
  }
}
