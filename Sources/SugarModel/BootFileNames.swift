/// Where on the boot partition the firmware finds the kernel and its command line, as `config.txt`
/// says. (raspberrypi.com, "config.txt", "Boot options": `os_prefix`, `kernel`, `cmdline`)
public struct BootFileNames: Hashable, Sendable {
  /// Stands before the names of all files of a system: `current/`; empty where there is one system.
  public var prefix: String
  /// Paths on the boot partition, the prefix among them.
  public var kernel: String
  public var commandLine: String
  public var initramfs: String

  /// Reads `config.txt`. Filters for one board only are passed over: no system names these files for
  /// one board alone.
  ///
  /// - Parameter isTrial: whether this is the boot that tries another system (`[tryboot]`).
  public init(configuration text: String = "", isTrial: Bool = false) {
    var (prefix, kernel, commandLine, initramfs) = ("", "kernel8.img", "cmdline.txt", "initramfs8")
    var applies = true
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      if first.hasPrefix("[") {
        applies = first == "[all]" || (isTrial && first == "[tryboot]")
        continue
      }
      guard applies else { continue }
      if first == "initramfs", words.count > 1 { initramfs = String(words[1]) }
      guard let equals = first.firstIndex(of: "=") else { continue }
      let value = String(first[first.index(after: equals)...])
      switch first[..<equals] {
      case "os_prefix": prefix = value
      case "kernel": kernel = value
      case "cmdline": commandLine = value
      default: break
      }
    }
    self.prefix = prefix
    self.kernel = prefix + kernel
    self.commandLine = prefix + commandLine
    self.initramfs = prefix + initramfs
  }

  /// Of the usual boot and, where it is another one, of the boot that tries a system.
  public static func all(configuration text: String) -> [BootFileNames] {
    let usual = BootFileNames(configuration: text)
    let trial = BootFileNames(configuration: text, isTrial: true)
    return usual == trial ? [usual] : [usual, trial]
  }
}
