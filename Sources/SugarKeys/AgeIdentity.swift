import Crypto
import FoundationEssentials
import SugarModel

/// A key that opens age files: `AGE-SECRET-KEY-1…`. (C2SP, age.md, "X25519 recipient stanza")
struct AgeIdentity: Sendable {
  private let key: Curve25519.KeyAgreement.PrivateKey

  /// A new one, from the system's own source of random numbers.
  init() { key = Curve25519.KeyAgreement.PrivateKey() }

  /// Of its text; nil when that is anything else, or damaged.
  init?(_ text: some StringProtocol) {
    guard text == text.uppercased(),
      let bytes = Bech32.bytes(String(text), prefix: "age-secret-key-"),
      let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
    else { return nil }
    self.key = key
  }

  /// All of a file of identities, without its comments; nil when there is anything else in it.
  static func all(in file: [UInt8]) -> [AgeIdentity]? {
    let lines = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline)
    let identities = lines.filter { !$0.hasPrefix("#") }.map { AgeIdentity($0) }
    return identities.isEmpty || identities.contains { $0 == nil }
      ? nil : identities.compactMap { $0 }
  }

  /// As `age-keygen` writes it.
  var text: Secret<String> {
    Secret(Bech32.text("age-secret-key-", Array(key.rawRepresentation)).uppercased())
  }

  var recipient: AgeRecipient { AgeRecipient(bytes: Array(key.publicKey.rawRepresentation)) }

  /// The key of a file that was wrapped for this identity; nil when it was not.
  func unwrap(_ wrapped: [UInt8], share: [UInt8]) -> SymmetricKey? {
    guard let ephemeral = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: share),
      let secret = try? key.sharedSecretFromKeyAgreement(with: ephemeral),
      let box = try? ChaChaPoly.SealedBox(combined: AgeRecipient.nonce + wrapped),
      let bytes = try? ChaChaPoly.open(
        box, using: AgeRecipient.wrapKey(secret, share, recipient.bytes)),
      bytes.count == 16
    else { return nil }
    return SymmetricKey(data: bytes)
  }
}

/// Whom an age file can be encrypted to: `age1…`.
struct AgeRecipient: Hashable, Sendable {
  /// A point of Curve25519.
  let bytes: [UInt8]

  fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

  init?(_ text: some StringProtocol) {
    guard let bytes = Bech32.bytes(String(text), prefix: "age"), bytes.count == 32 else {
      return nil
    }
    self.bytes = bytes
  }

  var text: String { Bech32.text("age", bytes) }

  /// A file's key, wrapped for this recipient alone, and the share that it is unwrapped with.
  func wrap(_ fileKey: SymmetricKey) throws -> (share: [UInt8], wrapped: [UInt8]) {
    let ephemeral = Curve25519.KeyAgreement.PrivateKey()
    let share = Array(ephemeral.publicKey.rawRepresentation)
    let secret = try ephemeral.sharedSecretFromKeyAgreement(
      with: Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes))
    let box = try ChaChaPoly.seal(
      fileKey.withUnsafeBytes { Data($0) }, using: Self.wrapKey(secret, share, bytes),
      nonce: ChaChaPoly.Nonce(data: Self.nonce))
    return (share, Array(box.ciphertext + box.tag))
  }

  /// A key that is used once needs no other.
  fileprivate static let nonce = Data(repeating: 0, count: 12)

  fileprivate static func wrapKey(
    _ secret: SharedSecret, _ share: [UInt8], _ recipient: [UInt8]
  ) -> SymmetricKey {
    secret.hkdfDerivedSymmetricKey(
      using: SHA256.self, salt: share + recipient,
      sharedInfo: Array("age-encryption.org/v1/X25519".utf8), outputByteCount: 32)
  }
}
