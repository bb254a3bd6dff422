public import SugarModel

/// A file of this workstation that goes into an image as it is.
public struct Asset: Hashable, Sendable {
  /// Where it stands on this workstation.
  public var path: String
  /// 64 hex digits: which bytes, so that a plan is honest.
  public var sha256: String
  public var size: ByteCount

  public init(path: String, sha256: String, size: ByteCount) {
    self.path = path
    self.sha256 = sha256
    self.size = size
  }
}

/// What a file is to hold.
public enum FileContent: Hashable, Sendable {
  case text(String)
  case asset(Asset)
  case secret(SecretName)
  /// A keyfile of which some values are secret. (nm-settings-keyfile(5))
  case keyfile([KeyfilePart])
  /// YAML of which some scalars are secret. (netplan(5))
  case netplan([KeyfilePart])
  /// The list of a hand-over's objects. It has the digests of secrets, which are known to who writes
  /// them; `secrets` names them by their files.
  case handOff(HandOffList, secrets: [String: SecretName])
}

/// A piece of a keyfile or of YAML: text that may be seen, or a value that may not.
public enum KeyfilePart: Hashable, Sendable {
  case text(String)
  case secret(SecretName)
}

/// One of the two file systems of an image.
public enum Volume: String, Hashable, Sendable, Codable, CaseIterable {
  /// The FAT partition that the firmware reads.
  case boot
  /// The ext4 root file system.
  case root
}

/// A path in one of the two file systems. Paths of the root start with `/`, those of the boot
/// partition do not.
public struct ImagePath: Hashable, Sendable {
  public var volume: Volume
  public var path: String

  public init(_ volume: Volume, _ path: String) {
    self.volume = volume
    self.path = path
  }

  /// As the running node sees it: the boot partition is mounted at `/boot/firmware`.
  public var onNode: String { volume == .root ? path : "/boot/firmware/\(path)" }
}

/// Owner and mode on the root file system. The boot partition knows neither.
public struct FileAccess: Hashable, Sendable {
  public var mode: UInt16
  public var owner: UInt32
  public var group: UInt32

  public init(_ mode: UInt16, owner: UInt32 = 0, group: UInt32 = 0) {
    self.mode = mode
    self.owner = owner
    self.group = group
  }

  public static let publicFile = FileAccess(0o644)
  public static let privateFile = FileAccess(0o600)
  public static let program = FileAccess(0o755)

  /// `0644`
  public var octal: String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
  /// `1000:1000`
  public var ownerText: String { "\(owner):\(group)" }
  /// Whether everybody on the node may read it.
  public var isForEverybody: Bool { mode & 0o004 != 0 }
}

/// The closed list of things that a build does to an image.
public enum ImageStep: Hashable, Sendable {
  /// The four bytes at offset 440 of the MBR.
  case setDiskID(String)
  /// Creates or replaces a file. `before` is what an edited file of the base held.
  case write(ImagePath, FileContent, FileAccess, before: String?)
  /// Makes a folder of the root file system, and those above it.
  case makeDirectory(String, FileAccess)
  /// A symbolic link on the root file system.
  case link(String, target: String)
  /// Takes a file or link away. That it is not there is no error.
  case remove(ImagePath)
  /// Another name in the same folder of the root file system.
  case rename(String, to: String)
}

/// A step and why it is taken.
public struct PlannedStep: Hashable, Sendable {
  public var step: ImageStep
  /// A few words for the reader of the plan.
  public var reason: String

  public init(_ step: ImageStep, because reason: String) {
    self.step = step
    self.reason = reason
  }
}

/// Everything that `build` will do to one node's image.
public struct ImagePlan: Hashable, Sendable {
  public var node: String
  public var identity: NodeIdentity
  public var identityText: String
  /// The program that the node runs.
  public var agent: AssetIndex.Agent
  /// Bytes by which the root file system of the base must grow first; zero when it has room.
  public var rootGrowth: ByteCount
  /// Seconds since 1970 of every time stamp that the build leaves.
  public var date: Int64
  public var steps: [PlannedStep]
  /// What the node's cluster is handed over to; nil when it is not this node that does it.
  public var handOff: HandOffSummary?
  /// Things worth knowing that are no steps.
  public var notes: [String]
  /// SHA-256 over all steps, 64 hex digits.
  public var digest: String
}
