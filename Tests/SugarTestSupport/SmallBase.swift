public import Foundation
import SugarModel

/// A small image that is laid out as Raspberry Pi OS Lite (Trixie) is, made in a second by mke2fs and
/// mkfs.vfat, without root. It does not boot; it is for tests of everything before that.
public struct SmallBase: Sendable {
  /// The root file system's files: path without a slash in front, and content.
  public var rootFiles: [String: String]
  public var bootFiles: [String: String]
  public var rootMiB = 72
  public var ext4Features = "^64bit,^huge_file"
  /// The programs that the agent needs, by name; what stands there is a header and does not run.
  public var programs = Set(AgentTool.required.map(\.rawValue))
  /// The libraries that the agent is linked to, real ones of Debian 12, by name.
  public var libraries: [String: URL]
  /// The two bytes of e_machine in the ELF header of `/usr/bin/dpkg`: arm64 unless a test says otherwise.
  public var machine: UInt8 = 183

  private static let bootStart = 16384
  private static let bootSectors = 48 * 2048
  private static let diskID = "5ca1ab1e"

  public init() throws {
    libraries = try Self.libraries()
    rootFiles = [
      "etc/os-release": "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nVERSION_CODENAME=trixie\n",
      "etc/rpi-issue": "Raspberry Pi reference, small\n",
      "etc/sugarimage-stand-in": "Made by a test.\n",
      "etc/passwd": "root:x:0:0:root:/root:/bin/bash\npi:x:1000:1000::/home/pi:/bin/bash\n",
      "etc/shadow": "root:*:20000:0:99999:7:::\npi:!:20000:0:99999:7:::\n",
      "etc/group": "root:x:0:\nshadow:x:42:\nsudo:x:27:pi\npi:x:1000:\n",
      "etc/gshadow": "root:*::\nshadow:*::\nsudo:*::pi\npi:!::\n",
      "etc/subuid": "pi:100000:65536\n", "etc/subgid": "pi:100000:65536\n",
      "etc/fstab":
        "proc /proc proc defaults 0 0\nPARTUUID=\(Self.diskID)-01 /boot/firmware vfat defaults 0 2\n"
        + "PARTUUID=\(Self.diskID)-02 / ext4 defaults,noatime 0 1\n",
      "etc/hostname": "raspberrypi\n", "etc/machine-id": "uninitialized\n",
      "etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg": "datasource_list: [ NoCloud, None ]\n",
      "usr/bin/cloud-init": "#!/bin/sh\n", "home/pi/.profile": "# pi\n",
      "usr/lib/systemd/system/ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D\n",
      "usr/lib/systemd/system/first.service": "[Unit]\nConditionFirstBoot=yes\n",
      "boot/firmware/.keep": "",
    ]
    bootFiles = [
      "cmdline.txt":
        "console=serial0,115200 console=tty1 root=PARTUUID=\(Self.diskID)-02 rootfstype=ext4 "
        + "fsck.repair=yes rootwait resize\n",
      "config.txt": "arm_64bit=1\n\n[cm4]\notg_mode=1\n\n[all]\n", "kernel8.img": "not a kernel\n",
      "user-data": "#cloud-config\n", "meta-data": "dsmode: local\n", "network-config": "",
    ]
  }

  /// Writes the image at `path`.
  public func make(at path: String) throws {
    let temporary = try TemporaryDirectory()
    let folder = temporary.url.path
    try write(rootFiles, to: folder + "/root")
    try Data(elf).write(to: URL(fileURLWithPath: folder + "/root/usr/bin/dpkg"))
    try addWhatTheAgentNeeds(to: folder + "/root")
    try write(bootFiles, to: folder + "/boot")
    let rootStart = Self.bootStart + Self.bootSectors
    try Tool("truncate").check(["-s", "\(rootStart * 512 + rootMiB << 20)", path])
    try sfdisk(path, rootStart)
    try Tool("mkfs.vfat").check([
      "-F", "32", "-s", "1", "-n", "bootfs", "-i", Self.diskID.uppercased(), "--offset",
      "\(Self.bootStart)",
      path, "\(Self.bootSectors / 2)",
    ])
    for name in bootFiles.keys.sorted() {
      try Tool("mcopy").check([
        "-i", "\(path)@@\(Self.bootStart * 512)", "\(folder)/boot/\(name)", "::/\(name)",
      ])
    }
    try ImageMaker.mke2fs([
      "-q", "-F", "-t", "ext4", "-L", "rootfs", "-O", ext4Features, "-E",
      "offset=\(rootStart * 512),root_owner=0:0",
      "-d", folder + "/root", path, "\(rootMiB)M",
    ])
  }

  /// Where Debian keeps libraries for arm64.
  public static let libraryFolder = "usr/lib/aarch64-linux-gnu"

  private static func libraries() throws -> [String: URL] {
    let folder = try URL(fileURLWithPath: AgentBinary().sysroot + "/" + libraryFolder)
    let names = [
      "ld-linux-aarch64.so.1", "libblkid.so.1", "libc.so.6", "libgcc_s.so.1", "libm.so.6",
      "libparted.so.2", "libsystemd.so.0",
    ]
    return Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, folder.appendingPathComponent($0).resolvingSymlinksInPath())
      })
  }

  /// `/lib` leads to `/usr/lib`, as in every Debian of today, and the loader is looked for there.
  private func addWhatTheAgentNeeds(to root: String) throws {
    let files = FileManager.default
    for folder in [Self.libraryFolder, "usr/sbin"] {
      try files.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    try files.createSymbolicLink(atPath: root + "/lib", withDestinationPath: "usr/lib")
    try files.createSymbolicLink(
      atPath: root + "/usr/lib/ld-linux-aarch64.so.1",
      withDestinationPath: "aarch64-linux-gnu/ld-linux-aarch64.so.1")
    for (name, source) in libraries {
      try files.copyItem(atPath: source.path, toPath: "\(root)/\(Self.libraryFolder)/\(name)")
    }
    for program in programs {
      let path = "\(root)/usr/sbin/\(program)"
      try Data(elf).write(to: URL(fileURLWithPath: path))
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
  }

  /// Where the root partition of a small base starts, in bytes.
  public static var rootStart: Int { (bootStart + bootSectors) * 512 }

  private func sfdisk(_ path: String, _ rootStart: Int) throws {
    let script = path + ".sfdisk"
    defer { try? FileManager.default.removeItem(atPath: script) }
    try """
    label: dos
    label-id: 0x\(Self.diskID)
    start=\(Self.bootStart), size=\(Self.bootSectors), type=c
    start=\(rootStart), size=\(rootMiB * 2048), type=83

    """.write(toFile: script, atomically: true, encoding: .utf8)
    try Tool("sh").check(["-c", "sfdisk -q \"$1\" < \"$2\"", "sh", path, script])
  }

  private func write(_ files: [String: String], to folder: String) throws {
    for (name, text) in files {
      let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }

  /// The start of a 64-bit little-endian ELF file. (elf(5))
  private var elf: [UInt8] {
    [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9) + [3, 0, machine, 0]
      + [UInt8](repeating: 0, count: 44)
  }
}
