/// How a board's bootloader stands to what the fleet asks of it. It holds no text of the settings.
public struct BootloaderReport: Hashable, Sendable, Codable {
  public enum State: String, Hashable, Sendable, Codable, CaseIterable {
    /// The fleet asks for nothing.
    case nothingAsked = "nothing-asked"
    /// The machine has no bootloader that could be set.
    case none = "none"
    case asPlanned = "as-planned"
    /// It differs, and the fleet has somebody else set it.
    case differs
    /// Other settings are with the board and are in force from the next boot on.
    case staged
    /// Something is awaited that may come by itself.
    case waiting
    /// A person took the settings back, and the agent leaves them alone.
    case undone
    /// A person is needed.
    case refused
  }

  /// Why the settings are left as they are, for programs.
  public enum Code: String, Hashable, Sendable, Codable, CaseIterable {
    /// They could not be read, so they are not written.
    case unknown
    case noTools = "no-tools"
    case frozen
    /// The board starts signed bootloaders only.
    case signed
    /// The order would never try what the node runs from.
    case mediumMissing = "medium-missing"
    case noFirmware = "no-firmware"
    case olderFirmware = "older-firmware"
    case badConfiguration = "bad-configuration"
    case toolFailed = "tool-failed"
    /// They were brought to the board often enough.
    case repeated
  }

  public var state: State
  /// A sentence without a full stop.
  public var sentence: String
  public var code: Code?
  /// What a person can do, in order.
  public var next: [String]
  /// The order that the board follows: `sd, nvme, usb, restart (0xf461)`.
  public var present: String?
  /// The same, as the fleet says.
  public var wanted: String?
  /// When the bootloader was built, in seconds since 1970.
  public var built: UInt32?
  /// Files that hold earlier settings, the oldest one first.
  public var kept: [String]
  /// The kernel's id of the boot that this is of.
  public var boot: String

  public init(
    state: State, sentence: String, code: Code? = nil, next: [String] = [], present: String? = nil,
    wanted: String? = nil, built: UInt32? = nil, kept: [String] = [], boot: String
  ) {
    self.state = state
    self.sentence = sentence
    self.code = code
    self.next = next
    self.present = present
    self.wanted = wanted
    self.built = built
    self.kept = kept
    self.boot = boot
  }
}
