import Crypto
import FoundationEssentials
import SugarHost
import SugarModel
import SwiftASN1
import X509

/// A kubeconfig for an administrator, made without asking the cluster: its client certificate is
/// signed here by the cluster's own client authority, and it ends on a day.
public struct AdminKubeconfig {
  public let text: String
  /// Seconds since 1970.
  public let expires: Int64

  /// - Parameters:
  ///   - server: `https://192.168.1.21:6443`
  ///   - user: becomes the certificate's common name, so that audit logs name somebody.
  public init(
    cluster: String, server: String, user: String, days: Int, now: Int64, from store: SecretStore
  ) throws(KeyError) {
    let folder = "\(store.clusterFolder(cluster))/tls"
    let authority = try store.read("\(folder)/\(AuthorityFile.serverCertificate.path)")
    let issuerText = String(
      decoding: try store.read("\(folder)/\(AuthorityFile.clientCertificate.path)"), as: UTF8.self)
    let keyText = String(
      decoding: try store.read("\(folder)/\(AuthorityFile.clientKey.path)"), as: UTF8.self)
    expires = now + Int64(days) * 86400
    do {
      let issuer = try Certificate(pemEncoded: issuerText)
      let key = P256.Signing.PrivateKey()
      let certificate = try Self.certificate(
        for: key, user: user, from: now - ClusterAuthorities.backdating, until: expires,
        issuer: issuer,
        issuerKey: P256.Signing.PrivateKey(pemRepresentation: keyText))
      text = Self.text(
        cluster: cluster, server: server, user: user, authority: authority,
        certificate: Array((try certificate.serializeAsPEM().pemString + "\n").utf8),
        key: Array((key.pemRepresentation + "\n").utf8))
    } catch {
      throw KeyError(
        operation: "make a kubeconfig for", subject: cluster,
        reason: "its client authority cannot be used: \(error)")
    }
  }

  private static func certificate(
    for key: P256.Signing.PrivateKey, user: String, from: Int64, until: Int64, issuer: Certificate,
    issuerKey: P256.Signing.PrivateKey
  ) throws -> Certificate {
    try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
      notValidBefore: Date(timeIntervalSince1970: Double(from)),
      notValidAfter: Date(timeIntervalSince1970: Double(until)), issuer: issuer.subject,
      subject: try DistinguishedName {
        OrganizationName("system:masters")
        CommonName(user)
      },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
        try ExtendedKeyUsage([.clientAuth])
      },
      issuerPrivateKey: .init(issuerKey))
  }

  private static func text(
    cluster: String, server: String, user: String, authority: [UInt8], certificate: [UInt8],
    key: [UInt8]
  ) -> String {
    // Quoted, so that YAML takes none of them for a number or for yes or no.
    let (cluster, server, user) = (quoted(cluster), quoted(server), quoted(user))
    return """
      apiVersion: v1
      kind: Config
      clusters:
        - name: \(cluster)
          cluster:
            server: \(server)
            certificate-authority-data: \(Data(authority).base64EncodedString())
      users:
        - name: \(user)
          user:
            client-certificate-data: \(Data(certificate).base64EncodedString())
            client-key-data: \(Data(key).base64EncodedString())
      contexts:
        - name: \(cluster)
          context:
            cluster: \(cluster)
            user: \(user)
      current-context: \(cluster)

      """
  }

  private static func quoted(_ text: String) -> String {
    "\"\(text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined())\""
  }
}
