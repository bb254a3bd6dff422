import SugarModel

/// The top of a fleet file, and what concerns every node alike.
extension FleetShape {
  static let fleet = fields([
    .must("fleet", names), .must("site", site), .must("base", base), .must("admin", admin),
    .may("timezone", text(), "`Europe/Zurich`"),
    .may("locale", text(), "`en_GB.UTF-8`"),
    .may("ntp", list(domain), "Time servers; none leaves the base's own."),
    .may(
      "clock", words(of: ClockPolicy.self),
      "What a cluster's first server does when no time server answers: wait without end, or go on after three minutes by the board's own clock and say so. Certificates are signed with that clock, so `warn` is for sites without any time server, whose boards have a battery for theirs. Other nodes take the time from a server of their cluster."
    ),
    .may("modules", list(text()), "Kernel modules loaded at boot."),
    .may("sysctl", entries(line), "Kernel parameters by name; numbers may stand without quotes."),
    .may("journald", journald),
    .may("watchdog", watchdog),
    .may(
      "nmUnmanaged", list(text()),
      "Interfaces that NetworkManager (systemd-networkd on Ubuntu) leaves alone, besides those that k3s makes."
    ),
    .may("registries", registries),
    .must("hardware", hardware), .must("root", root),
    .may("disks", list(disk), "Disks to divide, the same for every node."),
    .may("eeprom", eeprom),
    .must("network", planes),
    .may(
      "configTxt", list(text()),
      "Lines added to `config.txt` under `[all]`; at most 98 characters each."),
    .may("cmdline", cmdline),
    .may(
      "overlays", list(folder),
      "Folders in `overlays/`, laid over the root file system in this order."),
    .may(
      "bootfiles", list(folder),
      "Folders in `bootfiles/`, laid over the boot partition in this order."),
    .may("gitops", gitops), .may("secrets", secrets),
    .must("clusters", list(cluster)), .must("nodes", list(node)),
  ])

  static let names = fields([
    .must(
      "name", name,
      "The fleet's name. The disk ids of its nodes are derived from it, so it does not change."),
    .must("domain", domain, "Domain of the nodes: `sugarkube.home.arpa`."),
    .may("generation", number(1...9999), "Counts the times the whole fleet was given new media."),
    .may(
      "tierLabel", text(),
      "Node label that tells the tier, for clusters that name none of their own: `sugarkube.env`."),
  ])

  static let site = fields([
    .must("id", name, "Short name of the place."),
    .may("name", text(), "Its name for people."),
    .may("region", text(), "Value of `topology.kubernetes.io/region`."),
    .may("zone", text(), "Value of `topology.kubernetes.io/zone`, for nodes without a carrier."),
  ])

  static let secrets = fields([
    .may(
      "recipients", list(text("age1[02-9ac-hj-np-z]{58}")),
      "Who can read `secrets/`: public keys of age, as `age-keygen -y` prints them. `keys` encrypts to all of them. Without any, secrets are plain files (`keys --plaintext-keys`)."
    ),
    .may(
      "references", list(referencedSecret),
      "Secrets that are not in `secrets/`, but looked up by each `build`."),
  ])

  static let referencedSecret = fields([
    .must(
      "file", text(),
      "What is looked up: `wifi/<ssidRef>` or `wifi/<pskRef>`; `gitops/<cluster>/` with `sops-age`, `ghcr-pull`, `cloudflared-tunnel`, or over HTTPS `flux-git-deploy/username` and `/password`. What is minted cannot be looked up."
    ),
    .must(
      "from", text("(sops|file|env|command):.+"), "Where it is looked up, see below."),
  ])

  static let base = fields(
    [
      .must(
        "os", words(of: OperatingSystem.self),
        "`rpios-lite-trixie`, `rpios-lite-bookworm`: Raspberry Pi OS Lite, 64 bit; `ubuntu-24.04-arm64-raspi`, `ubuntu-25.10-arm64-raspi`, `ubuntu-26.04-arm64-raspi`: Ubuntu Server for Raspberry Pi, preinstalled. An image that holds another system is refused."
      ),
      .may("imageURL", url, "`https://…`, or `file:///…`"),
      .may("path", text(), "A file, relative to the folder of the file that names it."),
      .may("sha256", sha256, "Digest of the file as it is downloaded, in lower case."),
    ], oneOf: ["imageURL", "path"])

  static let admin = fields([
    .must(
      "user", text("[a-z_][a-z0-9_-]{0,31}"),
      "The one account that people log in with. It has no password."),
    .may(
      "sshAuthorizedKeys", list(text()),
      "Lines of `authorized_keys`: type, base64, comment. With none at all, a warning: nobody can log in."
    ),
    .may(
      "sudo", flag,
      "Whether `sudo` asks for no password. The account has none, so `false` means no sudo at all."),
  ])

  static let journald = fields([
    .may(
      "storage", words(of: Journald.Storage.self),
      "Where the journal is kept. What happened before a crash is worth its space."),
    .may("maxUse", size, "How large it may get."),
  ])

  static let watchdog = fields([
    .must(
      "runtimeSeconds", number(10...3600),
      "The hardware watchdog resets the node after so long without a sign of life.")
  ])

  static let registries = fields([
    .must(
      "mirrors", entries(list(text("https?://[^/\\s]\\S*"), atLeast: 1)),
      "Where images are pulled from instead: `docker.io: [https://mirror.home.arpa]`. `\"*\"` is any other registry."
    )
  ])
}
