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

  public var agent: Agent
  /// By name of the overlay, in the order in which its items are laid.
  public var overlays: [String: [OverlayItem]]
  public var bootFolders: [String: BootFolder]
  /// k3s binaries by name of the cluster; none where the fleet names none.
  public var k3s: [String: Asset]
  /// What a binary that only stands in for k3s says of itself, by name of the cluster.
  public var k3sStandIns: [String: String]

  public init(
    agent: Agent, overlays: [String: [OverlayItem]] = [:], bootFolders: [String: BootFolder] = [:],
    k3s: [String: Asset] = [:], k3sStandIns: [String: String] = [:]
  ) {
    self.agent = agent
    self.overlays = overlays
    self.bootFolders = bootFolders
    self.k3s = k3s
    self.k3sStandIns = k3sStandIns
  }
}
