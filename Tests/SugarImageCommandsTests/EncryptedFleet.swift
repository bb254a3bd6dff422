import Foundation
import SugarTestSupport

/// A small fleet whose secrets are encrypted to one pair of keys, and the words that must stand
/// nowhere open.
struct EncryptedFleet {
  let fleet: SmallFleet
  let keys: AgeKeys
  /// No identity is where one usually is.
  var environment: [String: String] {
    fleet.environment.merging([
      "XDG_CONFIG_HOME": fleet.root.path("settings"), "SOPS_AGE_KEY_FILE": keys.identity,
    ]) { $1 }
  }
  var secrets: String { fleet.folder + "/secrets" }

  /// - Parameters:
  ///   - references: lines of `secrets.references`.
  ///   - change: what else is different in fleet.yaml.
  init(references: [String] = [], _ change: (String) -> String = { $0 }) throws {
    fleet = try SmallFleet()
    keys = try AgeKeys("key", in: fleet.root)
    let text = try String(contentsOfFile: fleet.folder + "/fleet.yaml", encoding: .utf8)
    let list = references.isEmpty ? " []" : references.map { "\n    - \($0)" }.joined()
    try fleet.put(
      change(text) + "\nsecrets:\n  recipients: [\(keys.recipient)]\n  references:\(list)\n",
      at: "fleet.yaml")
  }

  func run(
    _ words: [String], _ more: [String: String] = [:], without variable: String? = nil
  ) throws -> Program.Result {
    var all = environment.merging(more) { $1 }
    if let variable { all[variable] = nil }
    return try Program.run(words, environment: all)
  }

  func build(_ more: [String] = [], _ environment: [String: String] = [:]) throws -> Program.Result
  {
    try run(["build", fleet.folder, "--output", fleet.output] + more, environment)
  }

  /// Every file below the folder of secrets.
  func files() throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: secrets) {
      if let bytes = FileManager.default.contents(atPath: "\(secrets)/\(name)") {
        result[name] = bytes
      }
    }
    return result
  }

  static func isSecret(_ name: String) -> Bool {
    let last = name.split(separator: "/").last ?? ""
    let isPublic =
      last.hasSuffix(".crt") || last.hasSuffix(".pub")
      || ["machine-id", "cluster", "known_hosts", "join-token.public.json"].contains(String(last))
    let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
    return !name.hasPrefix("age/") && !isHidden && (name.hasPrefix("wifi/") || !isPublic)
  }

  /// The values of all secrets, by the names of their plain files: what is plain, and what age opens.
  func values() throws -> [String: Data] {
    let plain = try files().filter { Self.isSecret($0.key) && !$0.key.hasSuffix(".age") }
    let sealed = try files().keys.filter { Self.isSecret($0) && $0.hasSuffix(".age") }
      .map { String($0.dropLast(".age".count)) }
    guard !sealed.isEmpty else { return plain }
    return try keys.open(sealed, of: secrets).merging(plain) { $1 }
  }

  /// Lines that must stand nowhere open, by the names of their secrets. A private key has the public
  /// one in it, and the day on which a token ends is public.
  func canaries() throws -> [String: [Data]] {
    let files = try files()
    return try values().reduce(into: [:]) { result, secret in
      result[secret.key] = secret.value.split(separator: 0x0a).filter { line in
        line.count >= 16 && line.first != UInt8(ascii: "-")
          && line.range(of: Data("expires".utf8)) == nil
          && files[secret.key + ".pub"]?.range(of: line) == nil
      }
    }
  }

  /// The secrets of which a line stands in some bytes.
  static func found(in bytes: Data, _ canaries: [String: [Data]]) -> [String] {
    canaries.filter { $0.value.contains { bytes.range(of: $0) != nil } }.map(\.key)
  }
}
