public import SugarEEPROM
public import SugarModel

/// What a fleet asks of a board's bootloader: a boot order, and settings of `bootconf.txt`.
public struct BootloaderWish: Hashable, Sendable {
  static let orderKey = "BOOT_ORDER"
  public var order: BootOrder?
  public var settings: [String: String]

  /// nil when nothing is asked for.
  public init?(_ boot: BootIdentity) {
    order = boot.order.map { BootOrder($0) }
    settings = boot.settings ?? [:]
    if order == nil, settings.isEmpty { return nil }
  }

  /// The same wish has the same digest.
  public var digest: String {
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let all = ["\(Self.orderKey)=\(order?.hex ?? "")"] + lines
    return String(SHA256Hash.hex(all.joined(separator: "\n")).prefix(16))
  }

  /// The settings that are not as they should be, by their keys; the boot order first.
  public func differences(from present: BootConfiguration) -> [String] {
    var result: [String] = []
    if let order, Self.number(present.value(of: Self.orderKey)) != order.value {
      result.append(Self.orderKey)
    }
    for (key, value) in settings.sorted(by: { $0.key < $1.key })
    where present.value(of: key) != value {
      result.append(key)
    }
    return result
  }

  /// The present settings with what is asked for; all else stays byte for byte.
  public func applied(to present: BootConfiguration) throws(EEPROMError) -> BootConfiguration {
    var result = present
    for key in differences(from: present) {
      if key == Self.orderKey, let order {
        try result.setBootOrder(order)
      } else {
        try result.set(key, to: settings[key] ?? "")
      }
    }
    return result
  }

  /// What differs, in words. The board's own values may be anybody's business but a report's, so only
  /// its boot order is told.
  func words(for keys: [String], in present: BootConfiguration) -> String {
    keys.map { key in
      guard key == Self.orderKey else { return "\(key) is not \(settings[key] ?? "")" }
      guard let value = present.value(of: key) else { return "it has no boot order of its own" }
      return "its boot order is \(Self.words(value))"
    }.joined(separator: "; ")
  }

  /// `sd, nvme, usb, restart (0xf461)`, or the value as it stands when it is none.
  public static func words(_ value: String) -> String {
    guard let order = try? BootConfiguration.bootOrder(value) else { return value }
    return words(order)
  }

  public static func words(_ order: BootOrder) -> String { "\(order) (\(order.hex))" }

  /// As the bootloader reads it, whatever its letters' case and its zeros in front.
  private static func number(_ value: String?) -> UInt32? {
    guard let value, value.lowercased().hasPrefix("0x") else { return nil }
    return UInt32(value.dropFirst(2), radix: 16)
  }
}
