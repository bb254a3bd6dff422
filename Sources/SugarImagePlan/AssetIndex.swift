public import SugarGitOps
import SugarModel

/// The files of this workstation that a fleet names, looked at once and given by digest.
public struct AssetIndex: Hashable, Sendable {
  /// One thing that an overlay lays over the root file system.
  public struct OverlayItem: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      case file(Asset)
      case directory
      case link(target: String)
    }
    /// Absolute, on the node.
    public var path: String
    public var kind: Kind
    public var access: FileAccess

    public init(path: String, kind: Kind, access: FileAccess) {
      self.path = path
      self.kind = kind
      self.access = access
    }
  }

  /// One folder of `bootfiles/`.
  public struct BootFolder: Hashable, Sendable {
    /// Lines that its `config.txt` adds.
    public var configLines: [String]
    /// Words that its `cmdline.txt` adds.
    public var cmdlineWords: [String]
    /// Its other files, by path on the boot partition.
    public var files: [String: Asset]

    public init(configLines: [String], cmdlineWords: [String], files: [String: Asset]) {
      self.configLines = configLines
      self.cmdlineWords = cmdlineWords
      self.files = files
    }
  }

  /// The nodes' program.
  public struct Agent: Hashable, Sendable {
    public var asset: Asset
    /// Its release.
    public var version: String

    public init(asset: Asset, version: String) {
      self.asset = asset
      self.version = version
    }
  }

  /// An update of the board's bootloader, as it goes onto a medium.
  public struct Firmware: Hashable, Sendable {
    /// The bootloader image with the fleet's settings in it.
    public var update: Asset
    /// What stands beside it as `pieeprom.sig`.
    public var signature: String
    /// The program that the board starts from an SD card to write it; nil for other media.
    public var recovery: Asset?
    /// `BCM2712, 2026/05/26, nvme, sd, usb, restart (0xf416)`
    public var summary: String

    public init(update: Asset, signature: String, recovery: Asset?, summary: String) {
      self.update = update
      self.signature = signature
      self.recovery = recovery
      self.summary = summary
    }
  }

  public var agent: Agent
  /// By name of the overlay, in the order in which its items are laid.
  public var overlays: [String: [OverlayItem]]
  public var bootFolders: [String: BootFolder]
  /// k3s binaries by name of the cluster; none where the fleet names none.
  public var k3s: [String: Asset]
  /// With `eeprom.apply: image` alone.
  public var firmware: Firmware?
  /// What a binary that only stands in for k3s says of itself, by name of the cluster.
  public var k3sStandIns: [String: String]
  /// Install manifests of GitOps engines by name of the cluster, for those that are handed over.
  public var manifests: [String: EngineManifest]

  public init(
    agent: Agent, overlays: [String: [OverlayItem]] = [:], bootFolders: [String: BootFolder] = [:],
    k3s: [String: Asset] = [:], firmware: Firmware? = nil, k3sStandIns: [String: String] = [:],
    manifests: [String: EngineManifest] = [:]
  ) {
    self.agent = agent
    self.overlays = overlays
    self.bootFolders = bootFolders
    self.k3s = k3s
    self.firmware = firmware
    self.k3sStandIns = k3sStandIns
    self.manifests = manifests
  }
}
