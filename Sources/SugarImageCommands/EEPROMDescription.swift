import SugarEEPROM
import SugarModel

/// A bootloader image in words, for people and as JSON.
struct EEPROMDescription: Encodable {
  struct Section: Encodable {
    var offset: Int
    var length: Int
    var kind: String
  }

  var file: String
  var chip: String
  var boards: String
  var size: Int
  var layout: String
  var release: EEPROMRelease
  /// nil when the configuration sets none; then the bootloader's own holds.
  var bootOrder: [String]?
  var bootOrderHex: String?
  var configuration: String
  var sections: [Section]
  /// Why the image cannot be edited.
  var objection: String?
  var notes: [String]

  init(_ file: EEPROMFile) {
    let image = file.image
    self.file = file.path
    chip = image.chip.rawValue
    boards = image.chip == .bcm2711 ? "Raspberry Pi 4" : "Raspberry Pi 5"
    size = image.bytes.count
    layout = image.layout.rawValue
    release = image.release
    configuration = String(decoding: image.configuration, as: UTF8.self)
    sections = image.sections.map {
      Section(offset: $0.offset, length: $0.length, kind: Self.words($0.kind))
    }
    objection = image.objection
    notes = []
    do throws(EEPROMError) {
      let text = try BootConfiguration(image.configuration)
      let order = try text.bootOrder()
      bootOrder = order?.devices.map(\.rawValue)
      bootOrderHex = order?.hex
      if let objection = order?.objection { notes.append("boot order: \(objection)") }
      for setting in text.settings where setting.key == "BOOT_ORDER" {
        guard let condition = setting.condition else { continue }
        let words = try BootConfiguration.bootOrder(setting.value)
        notes.append("boot order under [\(condition)]: \(words) (\(words.hex))")
      }
    } catch {
      notes.append("\(error)")
    }
  }

  private static func words(_ kind: EEPROMSection.Kind) -> String {
    switch kind {
    case .bootcode: "bootloader"
    case .padding: "padding"
    case .file(let name): name
    case .other(let magic): "part 0x\(String(magic, radix: 16))"
    }
  }

  var text: String {
    var rows = [
      ("image", "\(file): \(chip) (\(boards)), \(ByteCount(UInt64(size))), \(layout)"),
      ("bootloader", releaseWords),
    ]
    if let bootOrder, let bootOrderHex {
      rows.append(("boot order", "\(bootOrder.joined(separator: ", ")) (\(bootOrderHex))"))
    } else {
      rows.append(("boot order", "not set: the bootloader's own"))
    }
    rows += notes.map { ("note", $0) }
    if let objection { rows.append(("signed", "\(objection); it cannot be edited")) }
    rows += Self.under("bootconf.txt", configuration.split(separator: "\n").map(String.init))
    rows += Self.under(
      "sections",
      sections.filter { $0.kind != "padding" }.map {
        Self.padded("0x" + String($0.offset, radix: 16), 10) + Self.padded("\($0.length)", 9)
          + $0.kind
      })
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { Self.padded($0.0, width + 2) + $0.1 }.joined(separator: "\n")
  }

  private var releaseWords: String {
    let words = [
      release.date ?? "without a date", release.version.map { "version \($0)" },
      release.buildTimestamp.map { "built at \($0)" },
    ]
    return words.compactMap { $0 }.joined(separator: ", ")
  }

  private static func under(_ title: String, _ lines: [String]) -> [(String, String)] {
    lines.enumerated().map { ($0.offset == 0 ? title : "", $0.element) }
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// A difference in words, for people and as JSON.
struct EEPROMDifferenceDescription: Encodable {
  var facts: [EEPROMDifference.Fact]
  /// As `diff -u` writes it, without places.
  var configuration: [String]
  var otherBytes: Int?
  var isEmpty: Bool

  init(_ difference: EEPROMDifference) {
    facts = difference.facts
    configuration = difference.configuration.map(\.text)
    otherBytes = difference.otherBytes
    isEmpty = difference.isEmpty
  }

  func text(_ first: String, _ second: String) -> String {
    guard !isEmpty else { return "the same, byte for byte" }
    var lines = facts.map { "\($0.name): \($0.first) → \($0.second)" }
    if !configuration.isEmpty { lines += ["--- \(first)", "+++ \(second)"] + configuration }
    switch otherBytes {
    case 0?: lines.append("only the configuration differs")
    case let count?: lines.append("\(count) bytes outside the configuration differ")
    case nil: lines.append("the images are of different sizes")
    }
    return lines.joined(separator: "\n")
  }
}
