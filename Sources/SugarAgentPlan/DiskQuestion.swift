public import SugarModel

/// What the journal knows about the disks of earlier boots.
public struct DiskHistory: Hashable, Sendable {
  /// Work that began and did not end.
  public struct Begun: Hashable, Sendable {
    /// Whose disk: `DiskIdentifier.seed`.
    public var disk: String
    /// The nonce of the consent under which it began.
    public var consent: String?
    /// `DiskContent.middle` before the first write.
    public var middle: String
    /// Partitions whose file system was being made.
    public var formatting: Set<Int>
    /// Partitions whose file system was made.
    public var formatted: Set<Int>
    /// Partitions whose file system was being grown.
    public var growing: Set<Int>

    public init(
      disk: String, consent: String? = nil, middle: String = "", formatting: Set<Int> = [],
      formatted: Set<Int> = [], growing: Set<Int> = []
    ) {
      self.disk = disk
      self.consent = consent
      self.middle = middle
      self.formatting = formatting
      self.formatted = formatted
      self.growing = growing
    }
  }

  /// Layouts that were finished, and on which disk.
  public var finished: [String: String]
  public var begun: [String: Begun]
  /// Layouts whose work waits for a reboot to take effect.
  public var awaitsReboot: Set<String>
  /// In how many boots each layout was tried without an end.
  public var attempts: [String: Int]
  /// Nonces of consents that were asked for, by layout.
  public var offered: [String: String]
  /// Nonces that were used.
  public var spent: Set<String>
  /// Layouts whose table was made again as it was before, and why.
  public var undone: [String: String]

  public init(
    finished: [String: String] = [:], begun: [String: Begun] = [:],
    awaitsReboot: Set<String> = [], attempts: [String: Int] = [:], offered: [String: String] = [:],
    spent: Set<String> = [], undone: [String: String] = [:]
  ) {
    self.finished = finished
    self.begun = begun
    self.awaitsReboot = awaitsReboot
    self.attempts = attempts
    self.offered = offered
    self.spent = spent
    self.undone = undone
  }
}

/// Everything that a decision about one layout stands on.
public struct DiskQuestion: Hashable, Sendable {
  public var fleet: String
  public var node: String
  public var layout: DiskLayout
  public var census: DiskCensus
  /// The disk that the image was made for: its MBR id and how large the root may be.
  public var boot: DiskIdentity
  public var history: DiskHistory
  /// The lines that a person put on the boot partition.
  public var consents: [String]
  /// Who the disk was when it was looked at before, in this boot.
  public var expected: DiskIdentifier?
  /// The board says that its voltage is too low, now.
  public var isUnderVoltage: Bool
  /// Loop devices are disks here: only in tests and rehearsals.
  public var allowsLoop: Bool

  public init(
    fleet: String, node: String, layout: DiskLayout, census: DiskCensus, boot: DiskIdentity,
    history: DiskHistory = DiskHistory(), consents: [String] = [], expected: DiskIdentifier? = nil,
    isUnderVoltage: Bool = false, allowsLoop: Bool = false
  ) {
    self.fleet = fleet
    self.node = node
    self.layout = layout
    self.census = census
    self.boot = boot
    self.history = history
    self.consents = consents
    self.expected = expected
    self.isUnderVoltage = isUnderVoltage
    self.allowsLoop = allowsLoop
  }
}

/// What is decided about one layout, and why.
public struct DiskRuling: Hashable, Sendable, Codable {
  /// One guard rail and what holds it; nil when it lets pass.
  public struct Rail: Hashable, Sendable, Codable {
    public var name: String
    public var question: String
    public var refusal: Refusal?
  }

  public var layout: String
  public var disk: Disk?
  public var decision: DiskDecision
  /// Every rail's answer, when a disk was found.
  public var rails: [Rail]
  /// The line that would let the agent wipe the disk nevertheless, to be put into a file on the boot
  /// partition.
  public var consent: String?

  public init(
    layout: String, disk: Disk?, decision: DiskDecision, rails: [Rail] = [], consent: String? = nil
  ) {
    self.layout = layout
    self.disk = disk
    self.decision = decision
    self.rails = rails
    self.consent = consent
  }
}
