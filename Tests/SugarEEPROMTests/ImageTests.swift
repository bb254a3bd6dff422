import SugarModel
import SugarTestSupport
import Testing

@testable import SugarEEPROM

/// Images of all three shapes, and what an edit does to them.
@Suite struct ImageTests {
  @Test(arguments: BootloaderImage.all.indices)
  func shapes(_ index: Int) throws {
    let (name, synthetic) = BootloaderImage.all[index]
    let image = try EEPROMImage(synthetic.bytes)
    #expect(image.chip == (index == 0 ? .bcm2711 : .bcm2712))
    #expect(image.layout == (index == 2 ? .halves : .single), "\(name)")
    #expect(image.configuration == BootloaderImage.stock)
    #expect(image.objection == nil)
    #expect(image.release.version == "0123abcd")
    #expect(image.release.date == "2026/01/02")
    #expect(image.release.buildTimestamp == 1_767_312_000)
  }

  @Test(
    "taking the configuration out and putting it back changes nothing",
    arguments: BootloaderImage.all.indices)
  func identity(_ index: Int) throws {
    let image = try EEPROMImage(BootloaderImage.all[index].image.bytes)
    let again = try image.replacing(BootConfiguration(image.configuration))
    #expect(again.bytes == image.bytes)
  }

  /// Of any length, there and back: nothing outside the region changes, and the old bytes come back.
  @Test(arguments: BootloaderImage.all.indices)
  func everyLength(_ index: Int) throws {
    let image = try EEPROMImage(BootloaderImage.all[index].image.bytes)
    for length in Array(0...9) + [100, 1000, 4067, 4075, 4076] {
      let text = [UInt8](repeating: 0x23, count: length)
      let changed = try image.replacing(BootConfiguration(text))
      #expect(changed.configuration == text)
      let room = image.room
      #expect(changed.bytes[..<room.lowerBound] == image.bytes[..<room.lowerBound])
      #expect(changed.bytes[room.upperBound...] == image.bytes[room.upperBound...])
      let back = try changed.replacing(BootConfiguration(image.configuration))
      #expect(back.bytes == image.bytes, "\(length)")
    }
  }

  @Test func aLongerTextIsRefused() {
    #expect(throws: EEPROMError.self) {
      try BootConfiguration([UInt8](repeating: 0x23, count: 4077))
    }
  }

  @Test(arguments: [(UInt8(1), UInt8(0)), (0, 1)])
  func signedImagesAreNotEdited(_ key: UInt8, _ signature: UInt8) throws {
    let image = try EEPROMImage(BootloaderImage.halves(key: key, signature: signature).bytes)
    #expect(image.objection != nil)
    #expect(throws: EEPROMError.self) { try image.replacing(BootConfiguration([])) }
  }

  /// Broken images, each by one change.
  static let broken: [(String, @Sendable (inout [UInt8]) -> Void, String)] = [
    ("cut", { $0.removeLast() }, "it has 2097151 bytes"),
    ("empty", { $0 = [] }, "it has 0 bytes"),
    ("enlarged", { $0.append(0xff) }, "it has 2097153 bytes"),
    (
      "all erased", { $0 = [UInt8](repeating: 0xff, count: $0.count) },
      "does not begin with a bootloader"
    ),
    ("another magic", { $0[0] = 0x54 }, "is no section's number"),
    ("a length outside", { $0[0x10004] = 0x7f }, "points outside the image"),
    (
      "a section across the halves", { $0.setBigEndian(409504 + 4096, at: 0xa305c) },
      "across the border"
    ),
    ("something behind the end", { $0[0x1ff000] = 0 }, "something behind its last section"),
    ("no configuration", { $0[0xa3008] = 0x42 }, "has no bootconf.txt"),
    (
      "two configurations",
      { bytes in
        let place = bytes.place(of: "updatetime", in: bytes.indices) ?? 0
        bytes.replaceSubrange(place..<(place + 12), with: "bootconf.txt".utf8)
      }, "files bootconf.txt"
    ),
    ("a file without a name", { $0[0xa3008] = 0 }, "without a proper name"),
    ("a file too short", { $0.setBigEndian(15, at: 0xa3004) }, "too short for its name"),
  ]

  @Test(arguments: broken.indices)
  func brokenImages(_ index: Int) {
    let (name, change, reason) = Self.broken[index]
    var bytes = BootloaderImage.halves().bytes
    change(&bytes)
    do {
      _ = try EEPROMImage(bytes)
      Issue.record("\(name): it was read")
    } catch { #expect("\(error)".contains(reason), "\(name): \(error)") }
  }

  @Test func oneForAnotherChipMadeLarger() {
    var bytes = BootloaderImage.bcm2711().bytes
    bytes += [UInt8](repeating: 0xff, count: (2 << 20) - bytes.count)
    #expect(throws: EEPROMError.self) { try EEPROMImage(bytes) }
  }

  @Test("whatever is changed in an image: no trap, and no edit outside its region")
  func mutations() throws {
    for (index, (_, synthetic)) in BootloaderImage.all.enumerated() {
      var random = SeededGenerator(seed: UInt64(index + 1))
      let places = try EEPROMImage(synthetic.bytes).sections.flatMap {
        $0.offset..<($0.offset + 24)
      }
      for _ in 0..<100 {
        var bytes = synthetic.bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          guard let place = places.randomElement(using: &random) else { continue }
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        guard let image = try? EEPROMImage(bytes),
          let changed = try? image.replacing(BootConfiguration(Array("BOOT_ORDER=0xf1\n".utf8)))
        else { continue }
        #expect(changed.bytes[..<image.room.lowerBound] == bytes[..<image.room.lowerBound])
        #expect(changed.bytes[image.room.upperBound...] == bytes[image.room.upperBound...])
      }
    }
  }
}
