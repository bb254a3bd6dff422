/// One line of the journal of the bootloader: what a later look must know.
public struct BootloaderEntry: Hashable, Sendable, Codable {
  public enum Event: Hashable, Sendable, Codable {
    /// Settings are about to be brought to the board. `wish` is what the fleet asks for, as a digest;
    /// `bootloader` when the present one was built; `kept` the file with the settings before.
    case staging(wish: String, bootloader: UInt32?, kept: String)
    /// The board has them, and they are in force from the next boot on.
    case staged
    /// The board's own tool did not do it.
    case failed(because: String)
    /// They are in force.
    case verified
    /// A person is about to take the settings back to those of a file.
    case undoing(kept: String)
    /// A person wants it to be tried again.
    case retried
  }

  /// Seconds since 1970 by the node's clock, which may be wrong at first boot.
  public var time: Int64
  public var boot: String
  public var event: Event

  public init(time: Int64, boot: String, event: Event) {
    self.time = time
    self.boot = boot
    self.event = event
  }
}
