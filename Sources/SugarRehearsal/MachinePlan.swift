public import SugarModel

/// A node as an emulated machine, before it is put into QEMU's words.
public struct MachinePlan: Hashable, Sendable {
  /// How a disk is attached.
  public enum Bus: String, Hashable, Sendable, Codable {
    case nvme, virtio, usb, sata, scsi
  }

  public struct EmulatedDisk: Hashable, Sendable {
    public var path: String
    public var bus: Bus
    /// What the disk says of itself; at most 20 characters. (NVMe, Identify Controller, SN)
    public var serial: String
    public var size: ByteCount
    /// What there is to know about it, for people: `boots from it`, `for layout 'data'`.
    public var purpose: String

    public init(path: String, bus: Bus, serial: String, size: ByteCount, purpose: String) {
      self.path = path
      self.bus = bus
      self.serial = String(serial.prefix(20))
      self.size = size
      self.purpose = purpose
    }
  }

  /// A network card and the wire it is plugged into.
  public struct Card: Hashable, Sendable {
    public var segment: String
    public var address: MACAddress

    public init(segment: String, address: MACAddress) {
      self.segment = segment
      self.address = address
    }
  }

  public var node: String
  public var role: ClusterRole
  public var cluster: String
  /// MiB.
  public var memory: Int
  public var processors: Int
  /// The serial number that the machine's board says it has; nil when it has none.
  public var board: String?
  /// The first one is what the machine boots from.
  public var disks: [EmulatedDisk]
  public var cards: [Card]
  /// The console of all boots goes here.
  public var log: String
  /// Another kernel than the disk's own; nil for the disk's own.
  public var kernel: KernelFiles?
  /// What of it is not as it would be on a Pi.
  public var remarks: [String]

  public init(
    node: String, role: ClusterRole, cluster: String, memory: Int, processors: Int,
    board: String? = nil, disks: [EmulatedDisk], cards: [Card], log: String,
    kernel: KernelFiles? = nil,
    remarks: [String] = []
  ) {
    self.node = node
    self.role = role
    self.cluster = cluster
    self.memory = memory
    self.processors = processors
    self.board = board
    self.disks = disks
    self.cards = cards
    self.log = log
    self.kernel = kernel
    self.remarks = remarks
  }
}

/// A kernel and its initramfs as files of this workstation.
public struct KernelFiles: Hashable, Sendable {
  public var kernel: String
  public var initramfs: String?

  public init(kernel: String, initramfs: String?) {
    self.kernel = kernel
    self.initramfs = initramfs
  }
}
