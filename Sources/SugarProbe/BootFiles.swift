import SugarFAT
import SugarModel

/// What system boots from a FAT partition, in words.
enum BootFiles {
  /// What boots there, in words, and whose it is; nil when nothing that boots is there.
  static func look(at region: Region) -> (description: String?, node: MediumNode?) {
    guard let volume = try? FATVolume.open(region) else { return (nil, nil) }
    if let node = node(volume) { return ("the system of \(node)", node) }
    func has(_ name: String) -> Bool { (try? volume.entry(at: name)) != nil }
    let raspberry = ["config.txt", "cmdline.txt", "kernel8.img", "kernel_2712.img", "bootcode.bin"]
      .filter { has($0) }
    if raspberry.count >= 2 {
      return ("a Raspberry Pi system (\(raspberry.joined(separator: ", ")))", nil)
    }
    return (has("EFI") ? "a system that boots by EFI" : nil, nil)
  }

  /// A medium that sugarimage made names its node.
  private static func node(_ volume: borrowing FATVolume) -> MediumNode? {
    guard let bytes = try? volume.read("sugarimage/identity.json", limit: .mib(1)) else {
      return nil
    }
    return node(inIdentity: String(decoding: bytes, as: UTF8.self))
  }

  /// Reads three members of `identity.json` by where they stand: the node's own and not those of
  /// its cluster's members, which are further in.
  static func node(inIdentity text: String) -> MediumNode? {
    guard let node = word("node", depth: 1, text) else { return nil }
    return MediumNode(
      node: node, tier: word("tier", depth: 2, text),
      generation: value("generation", depth: 1, text).flatMap { Int($0) })
  }

  /// The text of a member as sugarimage writes it: on its own line, two blanks for each level.
  private static func word(_ name: String, depth: Int, _ text: String) -> String? {
    guard let value = value(name, depth: depth, text), value.hasPrefix("\"") else { return nil }
    return value.dropFirst().split(separator: "\"", omittingEmptySubsequences: false).first
      .map(String.init)
  }

  private static func value(_ name: String, depth: Int, _ text: String) -> String? {
    let start = String(repeating: "  ", count: depth) + "\"\(name)\" : "
    for line in text.split(separator: "\n") where line.hasPrefix(start) {
      let value = line.dropFirst(start.count)
      return String(value.last == "," ? value.dropLast() : value)
    }
    return nil
  }
}
