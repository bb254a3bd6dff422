import FoundationEssentials
public import SugarModel
import SugarProfile

/// The secrets that are at hand while a difference is made, so that none of them is shown, wherever
/// somebody may have written it.
public struct KnownSecrets: Sendable {
  /// Bytes that no line which is shown may hold.
  private var needles: Set<[UInt8]> = []

  public init() {}

  /// Takes the secret parts of a file: each line, the values of a Kubernetes Secret, and whatever is
  /// long enough to be a key. What is public in it (certificates, comments) is no secret.
  public mutating func add(_ file: Secret<[UInt8]>) {
    let bytes = file.reveal()
    if let object = try? JSONDecoder().decode(KubernetesSecret.self, from: Data(bytes)) {
      for value in object.stringData?.values ?? [:].values { add(text: Array(value.utf8)) }
      for value in object.data?.values ?? [:].values {
        add(line: Array(value.utf8)[...])
        if let decoded = Data(base64Encoded: value) { add(text: Array(decoded)) }
      }
    } else {
      add(text: bytes)
    }
  }

  private struct KubernetesSecret: Decodable {
    var data: [String: String]?
    var stringData: [String: String]?
  }

  /// A network's name of fewer letters is too common a word to be looked for in every line.
  private static let shortestLine = 8
  private static let shortestWord = 16

  private mutating func add(text: [UInt8]) {
    var isPublic = false
    for line in text.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
      let words = String(decoding: line, as: UTF8.self)
      if words.hasPrefix("-----BEGIN ") { isPublic = words.contains("CERTIFICATE") }
      if !isPublic, !words.hasPrefix("-----"), !words.hasPrefix("#") { add(line: line) }
      if words.hasPrefix("-----END ") { isPublic = false }
    }
  }

  private mutating func add(line: ArraySlice<UInt8>) {
    if line.count >= Self.shortestLine { needles.insert(Array(line)) }
    for word in line.split(whereSeparator: { !Self.isOfKey($0) })
    where word.count >= Self.shortestWord { needles.insert(Array(word)) }
  }

  /// Letters, digits and what else stands in Base64, in both of its alphabets.
  private static func isOfKey(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// The line as it may be shown: without a secret that is known, without what looks like one, and
  /// without what a terminal would act on.
  func shown(_ line: String) -> String {
    let bytes = Array(Self.withoutPublicKey(line).utf8)
    if needles.contains(where: { Self.holds($0, bytes) }) { return "<hidden: it holds a secret>" }
    return SecretWords.visible(SecretWords.redacted(line))
  }

  /// What stands behind a public key of SSH. The private key's file holds the public one, too, so
  /// pieces of it are among the needles.
  private static func withoutPublicKey(_ line: String) -> Substring {
    guard SSHPublicKey.objection(line) == nil else { return line[...] }
    return line.split(separator: " ", maxSplits: 2).dropFirst(2).first ?? ""
  }

  private static func holds(_ needle: [UInt8], _ bytes: [UInt8]) -> Bool {
    guard let first = needle.first, bytes.count >= needle.count else { return false }
    for start in 0...(bytes.count - needle.count) where bytes[start] == first {
      if bytes[start..<(start + needle.count)].elementsEqual(needle) { return true }
    }
    return false
  }
}
