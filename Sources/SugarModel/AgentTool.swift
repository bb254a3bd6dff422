/// A program of a node's system that the agent runs. This is the only list of them: the agent runs
/// nothing else, and a base that lacks one of those that it needs everywhere is refused.
public enum AgentTool: String, Hashable, Sendable, CaseIterable {
  /// Writes partition tables from a script. (sfdisk(8))
  case sfdisk
  /// Makes ext4 file systems. (mke2fs(8))
  case mke2fs
  /// Checks ext4 file systems. (e2fsck(8))
  case e2fsck
  /// Grows ext4 file systems. (resize2fs(8))
  case resize2fs
  /// Says when an ext4 file system is checked, and writes its superblock's copies. (tune2fs(8))
  case tune2fs
  /// Waits until the kernel's view of the disks has settled. (udevadm(8))
  case udevadm
  /// Starts units. (systemctl(1))
  case systemctl
  /// Talks to the cluster. (curl(1))
  case curl
  /// Asks a server for the time when its certificate is not valid yet by our own clock.
  /// (openssl-s_client(1))
  case openssl
  /// Reads a board's bootloader settings, and puts others into an image. (raspberrypi/rpi-eeprom)
  case eepromConfig = "rpi-eeprom-config"
  /// Brings a bootloader image to the board. (raspberrypi/rpi-eeprom)
  case eepromUpdate = "rpi-eeprom-update"
  /// Asks the firmware, where `rpi-eeprom-config` is missing. (vcgencmd(1))
  case vcgencmd

  /// Raspberry Pi's own: boards without them, and machines that are none, are nodes all the same.
  public var isOptional: Bool {
    switch self {
    case .eepromConfig, .eepromUpdate, .vcgencmd: true
    case .sfdisk, .mke2fs, .e2fsck, .resize2fs, .tune2fs: false
    case .udevadm, .systemctl, .curl, .openssl: false
    }
  }

  /// What every base must have.
  public static var required: [AgentTool] { allCases.filter { !$0.isOptional } }

  /// Libraries that it opens when it needs them, and that therefore do not stand in its ELF file.
  /// (dlopen(3))
  public static let libraries = ["libparted.so.2"]

  /// Where the agent looks for its programs, in this order: what systemd gives a service as PATH,
  /// and the places that hold the same on older systems. (systemd.exec(5))
  public static let folders = [
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
  ]
}
