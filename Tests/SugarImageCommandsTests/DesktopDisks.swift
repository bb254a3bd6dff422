import Foundation
import SugarTestSupport

/// A desktop's own services for disks, the real ones: a message bus of its own, polkit with one rule,
/// and udisks2, which finds one loop device in the records that udev would have written. What they
/// see of the machine is in mount namespaces of theirs.
final class DesktopDisks {
  let address: String
  private let folder: TemporaryDirectory
  private var services: [Process] = []

  /// - Parameter user: whom polkit lets open disks.
  init(_ disk: LoopDisk, letting user: String) throws {
    folder = try TemporaryDirectory()
    address = "unix:path=\(folder.path("bus"))"
    try Tool("chmod").check(["0755", folder.url.path])
    try write(
      "bus.conf",
      """
      <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
        "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig><type>system</type><listen>\(address)</listen><auth>EXTERNAL</auth>
      <policy context="default"><allow user="*"/><allow own="*"/><allow eavesdrop="true"/>
      <allow send_destination="*" eavesdrop="true"/></policy></busconfig>
      """)
    try write(
      "rules/10-disks.rules",
      """
      polkit.addRule(function(action, subject) {
        if (action.id.indexOf("org.freedesktop.udisks2.open-device") == 0)
          return subject.user == "\(user)" ? polkit.Result.YES : polkit.Result.NO;
      });
      """)
    let number = try String(contentsOfFile: "/sys/block/\(disk.name)/dev", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    try write("udev/data/b\(number)", "I:1\n")
    try write("udev/control", "")

    try start(
      "bus", try Tool("dbus-daemon").path,
      ["--config-file=\(folder.path("bus.conf"))", "--nofork", "--nopidfile"])
    try wait("the bus") { FileManager.default.fileExists(atPath: folder.path("bus")) }
    try start(
      "polkit", "/bin/sh",
      [
        "-c",
        """
        mount --bind "$1" /etc/polkit-1/rules.d && exec /usr/lib/polkit-1/polkitd
        """, "sh", folder.path("rules"),
      ])
    try start(
      "udisks", "/bin/sh",
      [
        "-c",
        """
        mount -t tmpfs tmpfs /run && mkdir /run/udisks2 && cp -r "$1" /run/udev && exec /usr/libexec/udisks2/udisksd
        """, "sh", folder.path("udev"),
      ])
    for name in ["org.freedesktop.PolicyKit1", "org.freedesktop.UDisks2"] {
      try wait(name) {
        try Tool("busctl").run(["--address=\(address)", "status", name]).status == 0
      }
    }
  }

  deinit {
    for service in services.reversed() {
      // Started by a thread that blocks signals, a service may never hear of a milder one.
      kill(service.processIdentifier, SIGKILL)
      service.waitUntilExit()
    }
  }

  private func write(_ name: String, _ text: String) throws {
    let place = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: place, atomically: true, encoding: .utf8)
  }

  /// Its words go into a file: nobody waits for a pipe that a service holds open.
  private func start(_ name: String, _ program: String, _ arguments: [String]) throws {
    let log = folder.path("\(name).log")
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Tool("unshare").path)
    process.arguments = ["--mount", program] + arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(["DBUS_SYSTEM_BUS_ADDRESS": address]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    services.append(process)
  }

  private func wait(_ what: String, until holds: () throws -> Bool) throws {
    for _ in 0..<200 {
      if try holds() { return }
      usleep(50_000)
    }
    let logs = ["bus", "polkit", "udisks"].compactMap {
      try? String(contentsOfFile: folder.path("\($0).log"), encoding: .utf8)
    }
    throw Tool.Refusal(description: "\(what) does not come up:\n\(logs.joined(separator: "\n"))")
  }
}
