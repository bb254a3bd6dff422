import Foundation
import SugarModel
import Testing

@testable import SugarEEPROM

private let publishedImages = ProcessInfo.processInfo.environment["SUGAR_EEPROM_IMAGES"]

/// Raspberry Pi's own images, where `SUGAR_EEPROM_IMAGES` names a folder of them with `golden.tsv`: rows of
/// image, configuration with `\n` for line ends, SHA-256 of what Raspberry Pi's `rpi-eeprom-config` makes.
@Suite(
  .enabled(
    if: publishedImages != nil,
    "SUGAR_EEPROM_IMAGES names no folder of published images; the shapes are tested on ones made here"
  ))
struct PublishedImageTests {
  private static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(publishedImages ?? "")/\(name)")))
  }

  @Test func sameAsTheVendorsTool() throws {
    let table = String(decoding: try Self.bytes("golden.tsv"), as: UTF8.self)
    let rows = table.split(separator: "\n").dropFirst().map {
      $0.split(separator: "\t").map(String.init)
    }
    try #require(rows.count > 0)
    for row in rows {
      let image = try EEPROMImage(try Self.bytes(row[0]))
      let text = row[1].replacingOccurrences(of: "\\n", with: "\n")
      let made = try image.replacing(BootConfiguration(Array(text.utf8)))
      #expect(Hex.text(SHA256Hash.digest(made.bytes)) == row[2], "\(row[0])")
      let back = try made.replacing(BootConfiguration(image.configuration))
      #expect(back.bytes == image.bytes, "\(row[0]) there and back")
      #expect(
        image.release.date != nil && image.release.version != nil
          && image.release.buildTimestamp != nil)
    }
  }

  @Test(arguments: ["2711", "2712"])
  func recoveryFiles(_ chip: String) throws {
    #expect(EEPROMChip(recovery: try Self.bytes("\(chip)/recovery.bin"))?.number == chip)
  }
}
