/// The work that a decision stands for: what is still to be done until the disk is as planned.
public struct DiskWork: Hashable, Sendable, Codable {
  /// The table as it has to be; nil when it is already so.
  public var table: PartitionTable?
  /// Partitions that still need their file system, by number.
  public var format: [Int]
  /// Partitions whose file system is smaller than they are, by number.
  public var grow: [Int]
  /// Whether the root file system is still to be copied, file by file, to where it is going.
  public var copiesRoot: Bool
  /// Set when a person agreed to lose what is there: the nonce of that consent.
  public var consent: String?

  public init(
    table: PartitionTable? = nil, format: [Int] = [], grow: [Int] = [],
    copiesRoot: Bool = false, consent: String? = nil
  ) {
    self.table = table
    self.format = format
    self.grow = grow
    self.copiesRoot = copiesRoot
    self.consent = consent
  }
}

/// What the agent does with a disk.
public enum DiskDecision: Hashable, Sendable, Codable {
  /// Divide and format it: there is nothing on it.
  case create(DiskWork)
  /// Use it as it is, without a write.
  case keep
  /// Finish what was begun here before.
  case resume(DiskWork)
  /// Make the last partition, or the file system in it, larger.
  case grow(DiskWork)
  /// Leave it alone and say why.
  case refuse(Refusal)
  /// Not yet: the reason may pass by itself.
  case wait(String)
  /// Nothing is to be done here.
  case skip(String)

  public var work: DiskWork? {
    switch self {
    case .create(let work), .resume(let work), .grow(let work): work
    case .keep, .refuse, .wait, .skip: nil
    }
  }

  /// The word of the tables: `CREATE`, `REFUSE`.
  public var word: String {
    switch self {
    case .create: "CREATE"
    case .keep: "KEEP"
    case .resume: "RESUME"
    case .grow: "GROW"
    case .refuse: "REFUSE"
    case .wait: "WAIT"
    case .skip: "SKIP"
    }
  }
}
