/// Bootloader images made here, shaped as the published ones, so that the tests need none of those.
public struct BootloaderImage: Sendable {
  enum Part {
    case bootcode(Int)
    case part(Int)
    case padding(Int)
    case file(String, [UInt8])
    /// Padding up to this place.
    case fill(to: Int)
  }

  public static let stock = Array(
    "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf461\nNET_INSTALL_AT_POWER_ON=1\n".utf8)

  public var bytes: [UInt8]

  init(size: Int, _ parts: [Part]) {
    bytes = []
    func section(_ magic: UInt32, _ content: [UInt8]) {
      bytes += Self.number(magic) + Self.number(UInt32(content.count)) + content
      while bytes.count % 8 != 0 { bytes.append(0xff) }
    }
    func filler(_ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
    }
    for part in parts {
      switch part {
      case .bootcode(let count):
        section(
          0x55aa_f00f,
          Array("\0DATE: 2026/01/02\n\0VERSION:0123abcd\0BUILD_TIMESTAMP=1767312000\0".utf8)
            + filler(count))
      case .part(let count): section(0x55aa_f44f, filler(count))
      case .padding(let count): section(0x55aa_feef, [UInt8](repeating: 0xff, count: count))
      case .file(let name, let content):
        let padded = Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
        section(0x55aa_f11f, padded + content)
      case .fill(let place):
        section(0x55aa_feef, [UInt8](repeating: 0xff, count: place - bytes.count - 8))
      }
    }
    bytes += [UInt8](repeating: 0xff, count: size - bytes.count)
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
  }

  private static let unsigned: [Part] = [
    .file("pubkey.bin", [UInt8](repeating: 0, count: 512)),
    .file("bootconf.sig", [UInt8](repeating: 0, count: 1024)),
  ]

  /// As for a Raspberry Pi 4.
  public static func bcm2711(_ configuration: [UInt8] = stock) -> BootloaderImage {
    BootloaderImage(
      size: 512 << 10,
      [.bootcode(70_000), .part(1001)] + unsigned + [
        .fill(to: 0x71f00), .file("bootconf.txt", configuration),
      ])
  }

  /// As for a Raspberry Pi 5 before 2026: the configuration is last.
  public static func single(_ configuration: [UInt8] = stock) -> BootloaderImage {
    BootloaderImage(
      size: 2 << 20,
      [.bootcode(70_000), .fill(to: 0x20000), .part(99_999)] + unsigned + [
        .fill(to: 0xb0000), .file("bootconf.txt", configuration),
      ])
  }

  /// As for a Raspberry Pi 5 since 2026: two halves, the configuration in the middle.
  public static func halves(
    _ configuration: [UInt8] = stock, key: UInt8 = 0, signature: UInt8 = 0
  ) -> BootloaderImage {
    let place = 0xa3000
    let end = (place + 24 + configuration.count + 7) & ~7
    return BootloaderImage(
      size: 2 << 20,
      [
        .bootcode(25_000), .file("updatetime", [0, 0, 0, 0, 255, 255, 255, 255]),
        .fill(to: 0x10000),
        .file("bootsys", [UInt8](repeating: 7, count: 70_000)), .part(300_001),
        .file("pubkey.bin", [UInt8](repeating: key, count: 512)),
        .file("bootconf.sig", [UInt8](repeating: signature, count: 1024)), .fill(to: place),
        .file("bootconf.txt", configuration), .padding(0x107000 - end - 8),
        .padding(0x1fe000 - 0x107000 - 8),
      ])
  }

  public static let all: [(name: String, image: BootloaderImage)] = [
    ("BCM2711", bcm2711()), ("BCM2712", single()), ("BCM2712 A/B", halves()),
  ]
}
