/// Where the agent's files are. Everything lies below `root`, which is empty on a node.
public struct AgentPlaces: Sendable {
  public var root: String

  public init(root: String = "") { self.root = root }

  public var identity: String { root + "/etc/sugaragent/identity.json" }
  public var staged: String { root + "/etc/sugaragent/staged" }
  /// The authorities of a cluster whose place k3s's disk is mounted over.
  public var stagedAuthorities: String { staged + "/tls" }
  public var authority: String { root + "/etc/sugaragent/cluster-ca.crt" }
  /// A token for the time after the first one has ended.
  public var secondToken: String { root + "/etc/sugaragent/token.next" }
  /// The journal, the undo capsules, the last report.
  public var state: String { root + "/var/lib/sugaragent" }
  public var journal: String { state + "/journal.jsonl" }
  public var joinJournal: String { state + "/join.jsonl" }
  /// Of the bootloader: what the agent did, and what it found.
  public var bootloaderJournal: String { state + "/bootloader.jsonl" }
  public var bootloaderReport: String { state + "/bootloader.json" }
  /// The bootloader's settings as they were before each change, and what is being made.
  public var bootloader: String { state + "/bootloader" }
  /// The network's files, as they were when the node was Ready last.
  public var goodNetwork: String { state + "/network" }
  public var undo: String { state + "/undo" }
  /// On the boot partition, where any laptop can read and write.
  public var boot: String { root + "/boot/firmware/sugarimage" }
  /// The boot partition itself, where the board finds updates of its bootloader.
  public var firmware: String { root + "/boot/firmware" }
  public var publicIdentity: String { boot + "/identity.json" }
  public var consent: String { boot + "/consent.txt" }
  public var fstab: String { root + "/etc/fstab" }
  public var units: String { root + "/etc/systemd/system" }
}
