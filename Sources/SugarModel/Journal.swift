/// One line of the agent's journal: what was about to happen, or had happened, to a layout.
public struct JournalEntry: Hashable, Sendable, Codable {
  public enum Event: Hashable, Sendable, Codable {
    /// A disk was left alone, and this nonce would make a consent. (`DiskRuling.consent`)
    case offered(nonce: String)
    /// Writing is about to begin on the disk of that seed. `middle` is `DiskContent.middle`.
    case began(disk: String, middle: String, consent: String?)
    case tableWritten
    /// The file system of a partition is about to be made.
    case formatting(partition: Int)
    case formatted(partition: Int)
    case growing(partition: Int)
    /// Everything is as planned on the disk of that seed.
    case finished(disk: String)
    /// The kernel cannot see the new layout before the next boot.
    case awaitsReboot
    /// The table is again as it was before, for a reason. The layout is left alone from then on.
    case undone(because: String)
    /// A person wants it to be tried again.
    case retried
  }

  /// Seconds since 1970 by the node's clock, which may be wrong at first boot.
  public var time: Int64
  /// Which boot: the kernel's random id. (/proc/sys/kernel/random/boot_id)
  public var boot: String
  public var layout: String
  public var event: Event

  public init(time: Int64, boot: String, layout: String, event: Event) {
    self.time = time
    self.boot = boot
    self.layout = layout
    self.event = event
  }
}
