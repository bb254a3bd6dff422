import SugarModel
import SugarProfile

extension ImagePlanner {
  /// Who the node is among others.
  mutating func planNames() {
    write("/etc/hostname", node.hostname + "\n", because: "its name")
    write("/etc/hosts", hosts, because: "its name and its neighbours'")
    write(
      "/etc/machine-id", nodeCredentials.machineID + "\n", FileAccess(0o444),
      because: "its own machine id")
    write("/etc/timezone", profile.system.timezone + "\n", because: "time zone")
    add(
      .link("/etc/localtime", target: "/usr/share/zoneinfo/\(profile.system.timezone)"),
      because: "time zone")
    for path in ["/etc/locale.conf", "/etc/default/locale"] {
      write(path, "LANG=\(profile.system.locale)\n", because: "locale")
    }
  }

  /// Nodes find each other without any name service.
  private var hosts: String {
    var text = """
      127.0.0.1\tlocalhost
      ::1\t\tlocalhost ip6-localhost ip6-loopback
      ff02::1\t\tip6-allnodes
      ff02::2\t\tip6-allrouters

      """
    if address(of: node) == nil {
      text += "127.0.1.1\t\(node.hostname).\(profile.fleet.domain) \(node.hostname)\n"
    }
    for other in profile.nodes {
      guard let address = address(of: other) else { continue }
      text += "\(address)\t\(other.hostname).\(profile.fleet.domain) \(other.hostname)\n"
    }
    return text
  }

  mutating func planSystem() {
    let system = profile.system
    if !system.modules.isEmpty {
      write(
        "/etc/modules-load.d/sugarimage.conf", system.modules.map { $0 + "\n" }.joined(),
        because: "kernel modules")
    }
    if !system.sysctl.isEmpty {
      let lines = system.sysctl.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }
      write("/etc/sysctl.d/90-sugarimage.conf", lines.joined(), because: "kernel parameters")
    }
    var journald = "[Journal]\nStorage=\(system.journald.storage.rawValue)\n"
    if let limit = system.journald.maxUse { journald += "SystemMaxUse=\(limit.bytes)\n" }
    write(
      "/etc/systemd/journald.conf.d/sugarimage.conf", journald,
      because: "logs that outlive a reboot")
    if let seconds = system.watchdogSeconds {
      write(
        "/etc/systemd/system.conf.d/sugarimage.conf", "[Manager]\nRuntimeWatchdogSec=\(seconds)\n",
        because: "hardware watchdog")
    }
    planTimeServers()
  }

  /// What the base would do on a first boot and must not do any more.
  mutating func planFirstBoot() {
    for service in flavour.firstBootServices {
      if facts.rootPaths.contains(service.enabled) {
        add(.remove(ImagePath(.root, service.enabled)), because: service.reason)
      }
      if facts.rootPaths.contains(service.path) {
        add(
          .link("/etc/systemd/system/\(service.name).service", target: "/dev/null"),
          because: service.reason)
      }
    }
  }

  private mutating func planTimeServers() {
    let servers = profile.system.ntp
    guard !servers.isEmpty else { return }
    // Ubuntu 25.10 and later. (chrony.conf(5))
    guard !facts.rootPaths.contains("/usr/sbin/chronyd") else {
      return write(
        "/etc/chrony/conf.d/sugarimage.conf",
        "# Written by sugarimage\n" + servers.map { "server \($0) iburst prefer\n" }.joined(),
        because: "time servers")
    }
    write(
      "/etc/systemd/timesyncd.conf.d/sugarimage.conf",
      "[Time]\nNTP=\(servers.joined(separator: " "))\n",
      because: "time servers")
  }
}
