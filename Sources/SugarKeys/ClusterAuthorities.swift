import Crypto
import CryptoExtras
import FoundationEssentials
import SugarModel
import SwiftASN1
import X509

/// The certificate authorities of one k3s cluster, made before the cluster is.
///
/// Each is a self-signed certificate on a P-256 key, as k3s makes its own. `server-ca.crt` is one
/// certificate, so the pin in every token is the SHA-256 of that file's bytes. (docs.k3s.io, "Using
/// Custom CA Certificates"; pkg/clientaccess)
struct ClusterAuthorities {
  /// Certificates are valid from so long before they are minted: a node's clock may be behind.
  static let backdating: Int64 = 24 * 3600
  static let validity: Int64 = 3650 * 24 * 3600

  /// File name below `server/tls`, and content.
  private(set) var files: [AuthorityFile: String] = [:]

  /// - Parameter now: seconds since 1970.
  init(cluster: String, now: Int64) throws {
    try add("k3s-server-ca", .serverCertificate, .serverKey, cluster, now)
    try add("k3s-client-ca", .clientCertificate, .clientKey, cluster, now)
    try add("k3s-request-header-ca", .requestHeaderCertificate, .requestHeaderKey, cluster, now)
    try add("etcd-server-ca", .etcdServerCertificate, .etcdServerKey, cluster, now)
    try add("etcd-peer-ca", .etcdPeerCertificate, .etcdPeerKey, cluster, now)
    // k3s signs service accounts' tokens with RSA when it makes this key itself.
    files[.serviceKey] = try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation + "\n"
  }

  private mutating func add(
    _ name: String, _ certificate: AuthorityFile, _ key: AuthorityFile, _ cluster: String,
    _ now: Int64
  ) throws {
    let privateKey = P256.Signing.PrivateKey()
    let subject = try DistinguishedName {
      CommonName("\(name)@\(cluster)-\(now)")
    }
    let made = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: .init(privateKey.publicKey),
      notValidBefore: Date(timeIntervalSince1970: Double(now - Self.backdating)),
      notValidAfter: Date(timeIntervalSince1970: Double(now + Self.validity)),
      issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
        SubjectKeyIdentifier(hash: Certificate.PublicKey(privateKey.publicKey))
      },
      issuerPrivateKey: .init(privateKey))
    files[certificate] = try made.serializeAsPEM().pemString + "\n"
    files[key] = privateKey.pemRepresentation + "\n"
  }

  /// SHA-256 of the bytes of `server-ca.crt`.
  static func pin(_ serverCertificate: [UInt8]) -> String {
    Hex.text(SHA256.hash(data: serverCertificate))
  }
}
