import SugarModel
import SugarTestSupport
import Testing

@testable import SugarEEPROM

/// The text of `bootconf.txt`: what is set, and what must stay as it is.
@Suite struct ConfigurationTests {
  /// before, key, value, after
  static let edits: [(String, String, String, String)] = [
    ("[all]\nBOOT_ORDER=0xf461\n", "BOOT_ORDER", "0xf416", "[all]\nBOOT_ORDER=0xf416\n"),
    ("[all]\nA=1\n", "B", "2", "[all]\nA=1\nB=2\n"),
    ("A=1", "B", "2", "A=1\nB=2\n"),
    ("", "B", "2", "[all]\nB=2\n"),
    (
      "# mine\n\n[all]\nA=1\n\n[gpio4=0]\nA=3\n", "A", "2",
      "# mine\n\n[all]\nA=2\n\n[gpio4=0]\nA=3\n"
    ),
    (
      "[all]\nA=1\n\n[gpio4=0]\nB=3\n", "B", "2", "[all]\nA=1\nB=2\n\n[gpio4=0]\nB=3\n"
    ),
    ("[gpio4=0]\nB=3\n", "B", "2", "[all]\nB=2\n[gpio4=0]\nB=3\n"),
    ("A=1\nA=2\n", "A", "3", "A=1\nA=3\n"),
    ("#A=1\nZ=0\n", "A", "3", "#A=1\nZ=0\nA=3\n"),
    ("[pi5]\nB=1\n[all]\nC=1\n", "D", "9", "[pi5]\nB=1\n[all]\nC=1\nD=9\n"),
    ("[all]\nA = 1 \n", "A", "1", "[all]\nA = 1 \n"),
  ]

  @Test(arguments: edits.indices)
  func set(_ index: Int) throws {
    let (before, key, value, after) = Self.edits[index]
    var configuration = try BootConfiguration(Array(before.utf8))
    try configuration.set(key, to: value)
    #expect(configuration.text == after)
    #expect(configuration.value(of: key) == value)
  }

  @Test(arguments: [
    ("CR LF", Array("A=1\r\n".utf8), "CR and LF"), ("NUL", Array("A=1\0".utf8), "NUL"),
    ("no text", [0xff, 0xfe], "no text"), ("a control character", [0x41, 0x07], "no text"),
  ])
  func refused(_ what: String, _ bytes: [UInt8], _ reason: String) {
    do {
      _ = try BootConfiguration(bytes)
      Issue.record("\(what): it was read")
    } catch { #expect(error.reason.contains(reason)) }
  }

  @Test(arguments: [("a b", "1"), ("", "1"), ("boot_order", "1"), ("A", "1\nB=2")])
  func wrongSettings(_ key: String, _ value: String) throws {
    var configuration = try BootConfiguration([])
    #expect(throws: EEPROMError.self) { try configuration.set(key, to: value) }
    #expect(configuration.text.isEmpty)
  }

  @Test(arguments: [
    ("0xf416", "nvme, sd, usb, restart"), ("0xf461", "sd, nvme, usb, restart"),
    ("0xf16", "nvme, sd, restart"), ("0xf61", "sd, nvme, restart"),
    ("0xF2416", "nvme, sd, usb, network, restart"),
    ("0xe1", "sd, stop"), ("0xf7", "http, restart"), ("0xf5", "bcm-usb, restart"),
  ])
  func orders(_ value: String, _ words: String) throws {
    let order = try BootConfiguration.bootOrder(value)
    #expect(order.description == words)
    #expect(order.hex == value.lowercased())
  }

  @Test(arguments: ["0xf41641641", "f416", "0x", "0xg1", "", "0xf8", "0xf4 1", "416"])
  func noOrders(_ value: String) {
    #expect(throws: EEPROMError.self) { try BootConfiguration.bootOrder(value) }
  }

  /// Every order of every choice of media, there and back.
  @Test func everyPermutation() throws {
    let media = BootDevice.allCases.filter { $0 != .stop && $0 != .restart }
    var count = 0
    func go(_ chosen: [BootDevice], _ rest: [BootDevice]) throws {
      for last in [BootDevice.stop, .restart] {
        let order = BootOrder(chosen + [last])
        #expect(try BootConfiguration.bootOrder(order.hex) == order)
        var configuration = try BootConfiguration(BootloaderImage.stock)
        try configuration.setBootOrder(order)
        #expect(try configuration.bootOrder() == order)
        let isRescuable = chosen.contains(where: \.isRecovery)
        #expect((order.objection == nil) == isRescuable, "\(order)")
        count += 1
      }
      for medium in rest { try go(chosen + [medium], rest.filter { $0 != medium }) }
    }
    try go([], media)
    #expect(count == 2 * 13700)
  }

  @Test(arguments: [
    ([BootDevice.nvme, .sd], "must end"), ([.nvme, .restart], "no medium to rescue"),
    ([.sd, .restart, .usb, .stop], "nothing after"), ([.sd, .sd, .restart], "twice"),
    ([], "must end"),
  ])
  func objections(_ devices: [BootDevice], _ words: String) {
    #expect(BootOrder(devices).objection?.contains(words) == true)
  }

  @Test func differences() throws {
    let image = try EEPROMImage(BootloaderImage.halves().bytes)
    #expect(EEPROMDifference(image, image).isEmpty)
    var text = try BootConfiguration(image.configuration)
    try text.setBootOrder(BootOrder([.nvme, .sd, .usb, .restart]))
    let difference = EEPROMDifference(image, try image.replacing(text))
    #expect(difference.otherBytes == 0)
    #expect(difference.facts.isEmpty)
    #expect(
      difference.configuration.map(\.text) == [
        " [all]", " BOOT_UART=1", "-BOOT_ORDER=0xf461", "+BOOT_ORDER=0xf416",
        " NET_INSTALL_AT_POWER_ON=1",
      ])
    let other = EEPROMDifference(image, try EEPROMImage(BootloaderImage.single().bytes))
    #expect(other.facts.map(\.name) == ["layout"])
    #expect((other.otherBytes ?? 0) > 0)
  }

  @Test func signatures() {
    let signature = UpdateSignature(of: Array("abc".utf8), timestamp: 5)
    #expect(
      signature.text
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nts: 5\n")
  }
}
