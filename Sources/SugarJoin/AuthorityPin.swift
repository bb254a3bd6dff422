import SugarModel

/// The digest by which tokens name a cluster's authority. (k3s, pkg/clientaccess, `hashCA`)
///
/// Of one certificate it is SHA-256 of the very bytes that `/cacerts` sends; of a bundle it is that
/// of the root's DER, so that what stands between may be renewed.
public enum AuthorityPin {
  /// 64 hex digits; nil when the bytes hold no certificate, or a bundle has not exactly one root.
  public static func digest(of answer: [UInt8]) -> String? {
    let certificates = self.certificates(answer)
    guard certificates.count > 1 else {
      return certificates.isEmpty ? nil : Hex.text(SHA256Hash.digest(answer))
    }
    let roots = certificates.filter { isSelfIssued($0) }
    guard roots.count == 1, let root = roots.first else { return nil }
    return Hex.text(SHA256Hash.digest(root))
  }

  /// The DER of every certificate in a PEM text. (RFC 7468)
  static func certificates(_ pem: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var body: String?
    for line in String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline) {
      if line.hasPrefix("-----BEGIN CERTIFICATE-----") {
        body = ""
      } else if line.hasPrefix("-----END CERTIFICATE-----") {
        if let der = body.flatMap({ base64($0) }) { found.append(der) }
        body = nil
      } else if body != nil {
        body? += line.filter { !$0.isWhitespace }
      }
    }
    return found
  }

  /// (RFC 4648, section 4)
  static func base64(_ text: String) -> [UInt8]? {
    var (bits, count): (UInt32, Int) = (0, 0)
    var bytes: [UInt8] = []
    var rest = Substring(text)
    while rest.last == "=" { rest.removeLast() }
    for byte in rest.utf8 {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// Whether issuer and subject are the same name. (RFC 5280, section 4.1)
  static func isSelfIssued(_ der: [UInt8]) -> Bool {
    var outer = DERCursor(der[...])
    guard var certificate = outer.enter(0x30), var body = certificate.enter(0x30) else {
      return false
    }
    if body.tag == 0xa0 { _ = body.take() }  // version
    _ = body.take()  // serial number
    _ = body.take()  // signature algorithm
    let issuer = body.take()
    _ = body.take()  // validity
    let subject = body.take()
    return issuer != nil && issuer == subject
  }
}

/// Walks over the values of a DER encoding. (ITU-T X.690, section 8.1)
struct DERCursor {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var tag: UInt8? { rest.first }

  /// The next value with its head; nil at the end, or when it is longer than what there is.
  mutating func take() -> [UInt8]? {
    guard let (head, length) = measure() else { return nil }
    let value = rest.prefix(head + length)
    rest = rest.dropFirst(head + length)
    return Array(value)
  }

  /// A cursor over the inside of the next value, which must have that tag.
  mutating func enter(_ wanted: UInt8) -> DERCursor? {
    guard tag == wanted, let (head, length) = measure() else { return nil }
    let inside = rest.dropFirst(head).prefix(length)
    rest = rest.dropFirst(head + length)
    return DERCursor(inside)
  }

  private func measure() -> (head: Int, length: Int)? {
    let bytes = Array(rest.prefix(6))
    guard bytes.count >= 2 else { return nil }
    if bytes[1] < 0x80 {
      return Int(bytes[1]) + 2 <= rest.count ? (2, Int(bytes[1])) : nil
    }
    let more = Int(bytes[1] & 0x7f)
    guard (1...4).contains(more), bytes.count >= 2 + more else { return nil }
    let length = bytes[2..<2 + more].reduce(0) { $0 << 8 | Int($1) }
    return 2 + more + length <= rest.count ? (2 + more, length) : nil
  }
}
