import Crypto
import FoundationEssentials

/// A file as the program `age` writes it, read and written here: a build opens dozens, and starting
/// a program for each would cost more than the build.
///
///     age-encryption.org/v1
///     -> X25519 <share>            one stanza for each recipient; those of other kinds are passed over
///     <file key, wrapped>          lines of 64 letters, the last one shorter
///     --- <HMAC of all above>
///     nonce (16)  chunks of 64 KiB, each with a tag (16); the nonce of the last one ends in 1
///
/// Numbers and keys in the header are base64 without padding. (C2SP, age.md)
enum AgeFile {
  /// Why a file could not be read.
  enum Failure: Error, Hashable {
    /// It is no age file, or not as it was written.
    case damaged(String)
    /// None of the identities opens it.
    case notForUs
  }

  private static let version = "age-encryption.org/v1"
  private static let chunkSize = 64 << 10
  private static let tagSize = 16

  /// The content, encrypted to one recipient.
  static func encrypt(_ content: [UInt8], to recipient: AgeRecipient) throws -> [UInt8] {
    let fileKey = SymmetricKey(size: .init(bitCount: 128))
    let (share, wrapped) = try recipient.wrap(fileKey)
    let text =
      "\(version)\n-> X25519 \(AgeBase64.text(share))\n\(AgeBase64.text(wrapped))\n---"
    var file = Array("\(text) \(AgeBase64.text(mac(Array(text.utf8), fileKey)))\n".utf8)
    let nonce = (0..<16).map { _ in UInt8.random(in: 0...255) }
    let key = payloadKey(fileKey, nonce)
    file += nonce
    var (place, number) = (0, UInt64(0))
    repeat {
      let end = min(place + chunkSize, content.count)
      let box = try ChaChaPoly.seal(
        content[place..<end], using: key, nonce: chunkNonce(number, isLast: end == content.count))
      file += box.ciphertext + box.tag
      (place, number) = (end, number + 1)
    } while place < content.count
    return file
  }

  /// The content of a file, which may be armored, for the first of its stanzas that one of the
  /// identities opens.
  static func decrypt(
    _ file: [UInt8], with identities: [AgeIdentity]
  ) throws(Failure) -> [UInt8] {
    var header = try Header(file)
    let fileKey = header.stanzas.lazy.compactMap { stanza in
      identities.lazy.compactMap { $0.unwrap(stanza.wrapped, share: stanza.share) }.first
    }.first
    guard let fileKey else { throw .notForUs }
    guard
      HMAC<SHA256>.isValidAuthenticationCode(
        header.mac, authenticating: header.text, using: headerKey(fileKey))
    else { throw .damaged("its header is not as it was written") }
    guard header.payload.count >= 16 + tagSize else { throw .damaged("it is cut short") }
    let key = payloadKey(fileKey, Array(header.payload.prefix(16)))
    header.payload = header.payload.dropFirst(16)
    return try chunks(header.payload, key)
  }

  private static func chunks(
    _ payload: ArraySlice<UInt8>, _ key: SymmetricKey
  ) throws(Failure) -> [UInt8] {
    var (rest, number, content) = (payload, UInt64(0), [UInt8]())
    repeat {
      let chunk = rest.prefix(chunkSize + tagSize)
      rest = rest.dropFirst(chunk.count)
      guard
        let box = try? ChaChaPoly.SealedBox(
          combined: Data(chunkNonce(number, isLast: rest.isEmpty)) + chunk),
        let bytes = try? ChaChaPoly.open(box, using: key), number == 0 || !bytes.isEmpty
      else { throw .damaged("its content is not as it was written, or cut short") }
      content += bytes
      number += 1
    } while !rest.isEmpty
    return content
  }

  /// Eleven bytes of the chunk's number, and whether it is the last one. (STREAM)
  private static func chunkNonce(_ number: UInt64, isLast: Bool) -> ChaChaPoly.Nonce {
    var bytes = [UInt8](repeating: 0, count: 12)
    for place in 0..<8 { bytes[10 - place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
    bytes[11] = isLast ? 1 : 0
    // Twelve bytes are always a nonce.
    return (try? ChaChaPoly.Nonce(data: bytes)) ?? ChaChaPoly.Nonce()
  }

  private static func mac(_ text: [UInt8], _ fileKey: SymmetricKey) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: text, using: headerKey(fileKey)))
  }

  private static func headerKey(_ fileKey: SymmetricKey) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: fileKey, info: Array("header".utf8), outputByteCount: 32)
  }

  private static func payloadKey(_ fileKey: SymmetricKey, _ nonce: [UInt8]) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: fileKey, salt: nonce, info: Array("payload".utf8), outputByteCount: 32)
  }
}

extension AgeFile {
  /// What stands before the encrypted bytes.
  fileprivate struct Header {
    struct Stanza {
      var share: [UInt8]
      var wrapped: [UInt8]
    }
    /// What the code at its end is of.
    var text: [UInt8]
    var mac: [UInt8]
    /// Those of X25519 alone.
    var stanzas: [Stanza] = []
    var payload: ArraySlice<UInt8>

    init(_ file: [UInt8]) throws(Failure) {
      let bytes = AgeArmor.isArmored(file) ? AgeArmor.bytes(file) : file
      guard let bytes else { throw .damaged("its armor is not as it was written") }
      var rest = bytes[...]
      guard Self.line(&rest) == AgeFile.version else { throw .damaged("it is no age file") }
      while let line = Self.line(&rest) {
        if line.hasPrefix("--- "), let mac = AgeBase64.bytes(line.dropFirst(4)) {
          self.mac = mac
          text = Array(bytes[..<(rest.startIndex - line.utf8.count - 1 + 3)])
          payload = rest
          return
        }
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == "->" else { break }
        let body = try Self.body(&rest)
        if words.count == 3, words[1] == "X25519", let share = AgeBase64.bytes(words[2]) {
          stanzas.append(Stanza(share: share, wrapped: body))
        }
      }
      throw .damaged("its header is not as it was written, or cut short")
    }

    /// Lines of 64 letters, and a shorter one.
    private static func body(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
      var text = ""
      while let line = line(&rest), line.utf8.count <= 64 {
        text += line
        guard line.utf8.count < 64 else { continue }
        guard let bytes = AgeBase64.bytes(text) else { break }
        return bytes
      }
      throw .damaged("its header is not as it was written, or cut short")
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
      guard let end = rest.firstIndex(of: 0x0a) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
  }
}
