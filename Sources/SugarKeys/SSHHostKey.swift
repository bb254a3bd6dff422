import Crypto
import FoundationEssentials
import SugarModel

/// An SSH host key in the files that `ssh-keygen` would write.
///
///     "openssh-key-v1\0"  cipher "none"  kdf "none"  options ""  1  public  private section
///     private section: check twice, type, numbers, comment, then 1, 2, 3 … up to a multiple of 8
///
/// Each string is preceded by its length (u32, big endian). (openssh, PROTOCOL.key; RFC 4253,
/// section 6.6; RFC 5656)
struct SSHHostKey {
  /// The private key file.
  let privateFile: String
  /// One line: type, base64, comment.
  let publicLine: String

  init(_ kind: SSHKeyKind, comment: String) {
    let (publicBlob, privateFields) = kind == .ed25519 ? Self.ed25519() : Self.ecdsa()
    publicLine = "\(Self.type(kind)) \(Data(publicBlob).base64EncodedString()) \(comment)"
    var section = SSHBytes()
    // Two equal numbers by which a wrong passphrase would be noticed; there is none.
    let check = Array(SHA256.hash(data: publicBlob).prefix(4))
    section.bytes += check + check + privateFields
    section.add(Array(comment.utf8))
    var pad: UInt8 = 1
    while section.bytes.count % 8 != 0 {
      section.bytes.append(pad)
      pad += 1
    }
    var file = SSHBytes(bytes: Array("openssh-key-v1\0".utf8))
    for word in ["none", "none", ""] { file.add(Array(word.utf8)) }
    file.bytes += [0, 0, 0, 1]
    file.add(publicBlob)
    file.add(section.bytes)
    privateFile = Self.armored(file.bytes)
  }

  static func type(_ kind: SSHKeyKind) -> String {
    switch kind {
    case .ed25519: "ssh-ed25519"
    case .ecdsa: "ecdsa-sha2-nistp256"
    }
  }

  private static func ed25519() -> ([UInt8], [UInt8]) {
    let key = Curve25519.Signing.PrivateKey()
    let point = Array(key.publicKey.rawRepresentation)
    var blob = SSHBytes()
    blob.add(Array(type(.ed25519).utf8))
    blob.add(point)
    var fields = blob
    fields.add(Array(key.rawRepresentation) + point)
    return (blob.bytes, fields.bytes)
  }

  private static func ecdsa() -> ([UInt8], [UInt8]) {
    let key = P256.Signing.PrivateKey()
    var blob = SSHBytes()
    blob.add(Array(type(.ecdsa).utf8))
    blob.add(Array("nistp256".utf8))
    blob.add(Array(key.publicKey.x963Representation))
    var fields = blob
    fields.add(number: Array(key.rawRepresentation))
    return (blob.bytes, fields.bytes)
  }

  /// Base64 in lines of 70, as `ssh-keygen` breaks them.
  private static func armored(_ bytes: [UInt8]) -> String {
    var text = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    var rest = Substring(Data(bytes).base64EncodedString())
    while !rest.isEmpty {
      text += rest.prefix(70) + "\n"
      rest = rest.dropFirst(70)
    }
    return text + "-----END OPENSSH PRIVATE KEY-----\n"
  }
}

/// Bytes in SSH's own encoding. (RFC 4251, section 5)
private struct SSHBytes {
  var bytes: [UInt8] = []

  mutating func add(_ string: [UInt8]) {
    let count = UInt32(string.count)
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift))) }
    bytes += string
  }

  /// A positive number: without leading zeros, and with one when the first bit would read as a
  /// sign.
  mutating func add(number: [UInt8]) {
    var digits = Array(number.drop { $0 == 0 })
    if let first = digits.first, first & 0x80 != 0 { digits.insert(0, at: 0) }
    add(digits)
  }
}
