import SugarFAT
import SugarModel

/// What system boots from a FAT partition, in words.
enum BootFiles {
  /// nil when nothing that boots is there.
  static func description(of region: Region) -> String? {
    guard let volume = try? FATVolume.open(region) else { return nil }
    if let node = node(volume) { return node }
    func has(_ name: String) -> Bool { (try? volume.entry(at: name)) != nil }
    let raspberry = ["config.txt", "cmdline.txt", "kernel8.img", "kernel_2712.img", "bootcode.bin"]
      .filter { has($0) }
    if raspberry.count >= 2 {
      return "a Raspberry Pi system (\(raspberry.joined(separator: ", ")))"
    }
    return has("EFI") ? "a system that boots by EFI" : nil
  }

  /// A medium that sugarimage made names its node.
  private static func node(_ volume: borrowing FATVolume) -> String? {
    guard let bytes = try? volume.read("sugarimage/identity.json", limit: .mib(1)) else {
      return nil
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let node = word("node", text) else { return nil }
    let tier = word("tier", text).map { ", \($0)" } ?? ""
    return "Raspberry Pi OS of \(node)\(tier)"
  }

  /// The text of the outermost member `name` as sugarimage writes it: two blanks, on its own line.
  private static func word(_ name: String, _ text: String) -> String? {
    for line in text.split(separator: "\n") {
      let trimmed = line.drop { $0 == " " }
      guard trimmed.hasPrefix("\"\(name)\" : \"") else { continue }
      return trimmed.split(separator: "\"", omittingEmptySubsequences: false).dropFirst(3).first
        .map(String.init)
    }
    return nil
  }
}
