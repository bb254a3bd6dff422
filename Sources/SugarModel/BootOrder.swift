/// A place that the Raspberry Pi bootloader can start from, or what it does instead.
///
/// The nibbles are those of `BOOT_ORDER` in the Raspberry Pi bootloader configuration.
public enum BootDevice: String, CaseIterable, Hashable, Sendable, Codable {
  case sd, network
  /// A computer at the USB port that serves the boot files (`rpiboot`).
  case rpiboot
  case usb
  /// The USB controller inside a BCM2711; a Raspberry Pi 5 has none.
  case bcmUSB = "bcm-usb"
  case nvme, http, stop, restart

  /// The bootloader's nibble for it.
  public var nibble: UInt32 {
    switch self {
    case .sd: 0x1
    case .network: 0x2
    case .rpiboot: 0x3
    case .usb: 0x4
    case .bcmUSB: 0x5
    case .nvme: 0x6
    case .http: 0x7
    case .stop: 0xe
    case .restart: 0xf
    }
  }

  /// Whether a person can put a medium there, or a server can answer there, to rescue the node.
  public var isRecovery: Bool {
    switch self {
    case .sd, .network, .usb, .bcmUSB, .http: true
    case .rpiboot, .nvme, .stop, .restart: false
    }
  }
}

/// The order in which a Raspberry Pi tries its boot media, first one first.
public struct BootOrder: Hashable, Sendable, Codable {
  public var devices: [BootDevice]

  public init(_ devices: [BootDevice]) { self.devices = devices }

  /// The value of `BOOT_ORDER`. The bootloader reads its nibbles from right to left, so the first
  /// device is the last digit.
  public var value: UInt32 {
    devices.reversed().reduce(0) { $0 << 4 | $1.nibble }
  }

  /// The order that a value of `BOOT_ORDER` stands for, and the first nibble that stands for nothing.
  public static func read(_ value: UInt32) -> (order: BootOrder, unknown: UInt32?) {
    var (rest, devices): (UInt32, [BootDevice]) = (value, [])
    repeat {
      let nibble = rest & 0xf
      guard let device = BootDevice.allCases.first(where: { $0.nibble == nibble }) else {
        return (BootOrder(devices), nibble)
      }
      devices.append(device)
      rest >>= 4
    } while rest != 0
    return (BootOrder(devices), nil)
  }

  /// As it stands in the bootloader configuration: `0xf416`.
  public var hex: String { "0x" + String(value, radix: 16) }

  /// Why the order must not be used, or nil. It has to end with `restart` or `stop` and to name a
  /// medium that a person can exchange.
  public var objection: String? {
    if devices.count > 8 { return "a boot order has at most 8 entries" }
    if Set(devices).count != devices.count { return "a device stands twice in the boot order" }
    guard let last = devices.last, last == .restart || last == .stop else {
      return "the boot order must end with 'restart' (or 'stop')"
    }
    if devices.dropLast().contains(where: { $0 == .restart || $0 == .stop }) {
      return "nothing after 'restart' or 'stop' would ever be tried"
    }
    if !devices.contains(where: \.isRecovery) {
      return "the boot order names no medium to rescue the node with (sd, usb or network)"
    }
    return nil
  }
}

extension BootOrder: CustomStringConvertible {
  public var description: String { devices.map(\.rawValue).joined(separator: ", ") }
}
