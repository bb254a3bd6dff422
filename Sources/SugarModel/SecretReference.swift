/// Where the value of a secret is looked up each time a node is built, so that it is kept nowhere in
/// the fleet.
public enum SecretReference: Hashable, Sendable {
  /// A file that SOPS encrypted, and the keys that lead to the value; without keys all of the file.
  /// (sops, `--extract`)
  case sops(file: String, keys: [String])
  /// A file outside of the folder of secrets.
  case file(String)
  /// A variable of the environment.
  case environment(String)
  /// What a program prints: its name and arguments, which no shell reads.
  case command([String])

  /// Reads `sops:FILE#KEY.KEY`, `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENT…`; nil when
  /// `objection` has something to say.
  public init?(_ text: String) {
    guard Self.objection(text) == nil, let colon = text.firstIndex(of: ":") else { return nil }
    let rest = String(text[text.index(after: colon)...])
    switch text[..<colon] {
    case "sops":
      let parts = rest.split(separator: "#", maxSplits: 1).map(String.init)
      self = .sops(
        file: parts[0],
        keys: parts.count > 1 ? parts[1].split(separator: ".").map(String.init) : [])
    case "file": self = .file(rest)
    case "env": self = .environment(rest)
    default: self = .command(rest.split(separator: " ").map(String.init))
    }
  }

  /// What is wrong with the text, as the end of a sentence, or nil.
  public static func objection(_ text: String) -> String? {
    let scheme = text.prefix { $0 != ":" }
    let rest = text.dropFirst(scheme.utf8.count + 1)
    guard ["sops", "file", "env", "command"].contains(scheme), !rest.isEmpty,
      !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
    else { return "is no reference" }
    switch scheme {
    case "sops": return isSOPS(rest) ? nil : "names no file, or no keys in it"
    case "env": return isVariable(rest) ? nil : "is no name of a variable"
    case "command":
      if rest.allSatisfy({ $0 == " " }) { return "is no reference" }
      return rest.contains(where: { "\"'`\\$|;<>".contains($0) })
        ? "is read by no shell: there are no quotes, variables and pipes" : nil
    default: return nil
    }
  }

  private static func isSOPS(_ text: Substring) -> Bool {
    guard let mark = text.firstIndex(of: "#") else { return true }
    let keys = text[text.index(after: mark)...].split(
      separator: ".", omittingEmptySubsequences: false)
    return mark != text.startIndex
      && keys.allSatisfy { key in
        !key.isEmpty && key.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") }
      }
  }

  private static func isVariable(_ text: Substring) -> Bool {
    text.utf8.allSatisfy(isWord) && text.utf8.first.map { !(0x30...0x39).contains($0) } == true
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
      || byte == UInt8(ascii: "_")
  }
}

extension SecretReference: CustomStringConvertible {
  /// As it stands in the fleet.
  public var description: String {
    switch self {
    case .sops(let file, let keys):
      "sops:"
        + ([file] + (keys.isEmpty ? [] : [keys.joined(separator: ".")])).joined(separator: "#")
    case .file(let path): "file:\(path)"
    case .environment(let name): "env:\(name)"
    case .command(let words): "command:\(words.joined(separator: " "))"
    }
  }
}
