public import SugarEEPROM
public import SugarModel

/// What was found out about a board's bootloader, and about the node that would change it.
public struct BootloaderFacts: Hashable, Sendable {
  public enum Settings: Hashable, Sendable {
    case known(BootConfiguration)
    case unknown(String)
  }

  /// The image that Raspberry Pi's package would bring to the board.
  public enum Firmware: Hashable, Sendable {
    /// Nobody looked, because nothing is to be changed.
    case notLooked
    case found(path: String, chip: EEPROMChip, built: UInt32?)
    case unknown(String)
  }

  /// How the node's disks stand.
  public enum Disks: Hashable, Sendable {
    /// The root medium is the one that the image was made for.
    case verified
    case waiting(String)
    case refused(String)
  }

  /// nil when the machine has no bootloader EEPROM.
  public var chip: EEPROMChip?
  /// The settings that are in force: those that the bootloader read when the board started.
  public var settings: Settings
  /// When it was built, in seconds since 1970.
  public var built: UInt32?
  /// The oldest one that the board takes, likewise; nil when the board does not say.
  public var minimum: UInt32?
  /// Where the board started from this time; nil when it does not say.
  public var startedFrom: BootDevice?
  /// Whether the board starts only what somebody signed.
  public var isSigned: Bool
  /// Programs that would be needed and are not there.
  public var missing: [String]
  public var firmware: Firmware
  /// A file on the boot partition that the board will take an update from.
  public var pending: String?
  public var disks: Disks
  public var isUnderVoltage: Bool
  public var history: BootloaderHistory

  public init(
    chip: EEPROMChip?, settings: Settings, built: UInt32?, minimum: UInt32? = nil,
    startedFrom: BootDevice? = nil, isSigned: Bool = false, missing: [String] = [],
    firmware: Firmware = .notLooked, pending: String? = nil, disks: Disks = .verified,
    isUnderVoltage: Bool = false, history: BootloaderHistory = BootloaderHistory()
  ) {
    self.chip = chip
    self.settings = settings
    self.built = built
    self.minimum = minimum
    self.startedFrom = startedFrom
    self.isSigned = isSigned
    self.missing = missing
    self.firmware = firmware
    self.pending = pending
    self.disks = disks
    self.isUnderVoltage = isUnderVoltage
    self.history = history
  }
}

/// What the journal of the bootloader adds up to.
public struct BootloaderHistory: Hashable, Sendable {
  public enum Last: Hashable, Sendable {
    /// It was begun, and nothing says how it ended: the agent was killed, or the power went.
    case begun
    case staged
    case failed(String)
    case verified
  }

  /// How often the present wish was brought to the present bootloader.
  public var attempts = 0
  public var last: Last?
  /// Whether that was in this boot.
  public var isOfThisBoot = false
  /// The file that a person went back to.
  public var undone: String?
  /// The settings before the last change.
  public var kept: String?

  public init() {}

  /// - Parameters:
  ///   - wish: what the fleet asks for, as a digest.
  ///   - bootloader: when the present one was built. An update begins a new count, because it may
  ///     have taken the settings away.
  public init(
    replaying entries: [BootloaderEntry], wish: String, bootloader: UInt32?, boot: String
  ) {
    for entry in entries {
      switch entry.event {
      case .staging(let digest, let built, let kept):
        if digest == wish, built == bootloader { attempts += 1 }
        (last, isOfThisBoot, self.kept) = (.begun, entry.boot == boot, kept)
      case .staged: (last, isOfThisBoot) = (.staged, entry.boot == boot)
      case .failed(let reason): (last, isOfThisBoot) = (.failed(reason), entry.boot == boot)
      case .verified: (last, isOfThisBoot) = (.verified, entry.boot == boot)
      case .undoing(let kept):
        undone = kept
        (last, isOfThisBoot) = (.begun, entry.boot == boot)
      case .retried: (attempts, undone, last, isOfThisBoot) = (0, nil, nil, false)
      }
    }
  }
}
