/// The rules for names. Each gives what is wrong, as the end of a sentence that begins with the
/// name, or nil.
enum NameSyntax {
  /// RFC 1123, lower case: what a host and a Kubernetes node may be called.
  static func hostname(_ text: String) -> String? {
    if text.contains(".") { return "must be a host name without its domain" }
    return label(text)
  }

  /// One label of a DNS name.
  static func label(_ text: String) -> String? {
    if text.utf8.count > 63 { return "is longer than 63 characters" }
    if text != text.lowercased() { return "must be in lower case" }
    if !text.utf8.allSatisfy({ isLowerWord($0) || $0 == UInt8(ascii: "-") }) {
      return "may only hold the characters a-z, 0-9 and '-'"
    }
    if text.hasPrefix("-") || text.hasSuffix("-") || text.isEmpty {
      return "must begin and end with a letter or digit"
    }
    return nil
  }

  /// A DNS name of one or more labels.
  static func domain(_ text: String) -> String? {
    if text.utf8.count > 253 { return "is longer than 253 characters" }
    for part in text.split(separator: ".", omittingEmptySubsequences: false) {
      if part.isEmpty { return "has an empty part between its dots" }
      if let wrong = label(String(part)) { return wrong }
    }
    return nil
  }

  /// A name for Linux's `useradd`.
  static func user(_ text: String) -> String? {
    let reserved: Set<String> = [
      "root", "daemon", "bin", "sys", "nobody", "systemd-network", "sshd",
    ]
    if reserved.contains(text) { return "is an account of the system" }
    if text.utf8.count > 32 { return "is longer than 32 characters" }
    let isStart = text.utf8.first.map { (0x61...0x7a).contains($0) || $0 == 0x5f } ?? false
    let isRest = text.utf8.allSatisfy { isLowerWord($0) || $0 == 0x5f || $0 == 0x2d }
    return isStart && isRest ? nil : "is no user name (a-z, 0-9, '_' and '-', a letter first)"
  }

  /// One component of a path, so that nothing outside its folder can be named.
  static func folder(_ text: String) -> String? {
    if text.contains("/") || text == "." || text == ".." {
      return "must be the name of one folder, without a path"
    }
    let isPlain = text.utf8.allSatisfy { isWord($0) || $0 == 0x2d || $0 == 0x5f || $0 == 0x2e }
    return isPlain && !text.hasPrefix(".") ? nil : "may only hold letters, digits, '-', '_' and '.'"
  }

  /// A path that stays inside the fleet's folder or is absolute, as a person types it.
  static func filePath(_ text: String) -> String? {
    text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) ? "holds a control character" : nil
  }

  /// A kernel module, as in `/etc/modules-load.d`.
  static func module(_ text: String) -> String? {
    let isPlain = text.utf8.allSatisfy { isWord($0) || $0 == 0x2d || $0 == 0x5f }
    return isPlain ? nil : "is no name of a kernel module"
  }

  /// A kernel parameter: `net.ipv4.ip_forward`.
  static func sysctl(_ text: String) -> String? {
    let parts = text.split(whereSeparator: { $0 == "." || $0 == "/" })
    let isPlain = text.utf8.allSatisfy {
      isWord($0) || [0x2d, 0x5f, 0x2e, 0x2f, 0x2a].contains($0)
    }
    return isPlain && parts.count >= 2 ? nil : "is no name of a kernel parameter"
  }

  /// `Etc/UTC`, `Europe/Zurich`
  static func timezone(_ text: String) -> String? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { isWord($0) || [0x2d, 0x5f, 0x2b].contains($0) }
    }
    let isZone = (2...3).contains(parts.count) || text == "UTC"
    return isPlain && isZone ? nil : "is no time zone such as Etc/UTC or Europe/Zurich"
  }

  /// `C.UTF-8`, `en_GB.UTF-8`
  static func locale(_ text: String) -> String? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "UTF-8" else {
      return "does not name UTF-8, as in en_GB.UTF-8"
    }
    let language = parts[0].split(separator: "@")[0].split(separator: "_")
    let isTerritory =
      language.count == 2 && (2...3).contains(language[0].count) && language[1].count == 2
      && language.joined().utf8.allSatisfy(isWord)
    return parts[0] == "C" || isTerritory ? nil : "is no locale such as C.UTF-8 or en_GB.UTF-8"
  }

  /// An interface name or pattern for NetworkManager.
  static func interfacePattern(_ text: String) -> String? {
    let isPlain = text.utf8.allSatisfy {
      isWord($0) || [0x2d, 0x5f, 0x2e, 0x2a, 0x3f].contains($0)
    }
    return isPlain ? nil : "is no name or pattern of an interface"
  }

  /// A Raspberry Pi's serial number, as its device tree has it (`/proc/device-tree/serial-number`).
  static func boardSerial(_ text: String) -> String? {
    let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isHex && text.utf8.count == 16
      ? nil : "is no serial number of a board (16 digits 0-9 a-f, in lower case)"
  }

  /// A key of `bootconf.txt` that `eeprom.bootOrder` does not set.
  static func bootloaderKey(_ text: String) -> String? {
    if text == "BOOT_ORDER" { return "is what 'bootOrder' sets" }
    let isPlain = text.utf8.allSatisfy {
      (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
    }
    return isPlain && !text.isEmpty ? nil : "is no key of bootconf.txt (A-Z, 0-9 and '_')"
  }

  /// 64 hex digits.
  static func sha256(_ text: String) -> String? {
    let isHex =
      text.utf8.count == 64
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
      }
    return isHex ? nil : "is no SHA-256 digest (64 digits 0-9 a-f, in lower case)"
  }

  /// Text for one line of a file.
  static func line(_ text: String) -> String? {
    if text.contains(where: \.isNewline) { return "must be one line" }
    return text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" }
      ? "holds a control character" : nil
  }

  /// One word of the kernel's command line.
  static func kernelToken(_ text: String) -> String? {
    if text.contains(where: \.isWhitespace) { return "must be one word: no spaces, no line ends" }
    return text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
      ? nil : "may only hold ASCII characters"
  }

  static func isWord(_ byte: UInt8) -> Bool { isLowerWord(byte) || (0x41...0x5a).contains(byte) }

  private static func isLowerWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
