import Foundation
import SugarKeys
import SugarModel
import SugarTestSupport
import Testing

/// The certificate authorities as openssl sees them.
@Suite struct CertificateTests {
  static let pairs: [(AuthorityFile, AuthorityFile)] = [
    (.serverCertificate, .serverKey), (.clientCertificate, .clientKey),
    (.requestHeaderCertificate, .requestHeaderKey), (.etcdServerCertificate, .etcdServerKey),
    (.etcdPeerCertificate, .etcdPeerKey),
  ]

  static func openssl(_ arguments: String...) throws -> String {
    try Tool("openssl").check(arguments).text
  }

  @Test func eachIsAnAuthorityOfItsOwn() throws {
    let test = try TestStore()
    var subjects: Set<String> = []
    for (certificate, key) in Self.pairs {
      let path = test.path("clusters/prod/tls/\(certificate.path)")
      let text = try Self.openssl("x509", "-noout", "-text", "-in", path)
      #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:TRUE\n"))
      #expect(text.contains("X509v3 Key Usage: critical\n"))
      #expect(text.contains("Certificate Sign"))
      #expect(text.contains("ASN1 OID: prime256v1"))
      #expect(text.contains("X509v3 Subject Key Identifier:"))
      let dates = try Self.openssl("x509", "-noout", "-dates", "-dateopt", "iso_8601", "-in", path)
      // A day before minting, and 3650 days after it.
      #expect(dates == "notBefore=2025-06-14 15:06:40Z\nnotAfter=2035-06-13 15:06:40Z\n")
      let names = try Self.openssl("x509", "-noout", "-subject", "-issuer", "-in", path)
        .split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1)[1] }
      #expect(names.count == 2 && names[0] == names[1])
      subjects.insert(String(names[0]))
      #expect(try Self.openssl("verify", "-check_ss_sig", "-CAfile", path, path).hasSuffix("OK\n"))
      let own = try Self.openssl("x509", "-noout", "-pubkey", "-in", path)
      let keyPath = test.path("clusters/prod/tls/\(key.path)")
      #expect(try own == Self.openssl("pkey", "-pubout", "-in", keyPath))
      #expect(try test.text("clusters/prod/tls/\(certificate.path)").hasSuffix("-----\n"))
    }
    #expect(subjects.count == 5)
  }

  /// One cluster's authorities are worth nothing in another.
  @Test func clustersShareNothing() throws {
    let test = try TestStore()
    let files = try test.files()
    for file in AuthorityFile.allCases {
      #expect(files["clusters/prod/tls/\(file.path)"] != files["clusters/dev/tls/\(file.path)"])
    }
    #expect(files["clusters/prod/server-token"] != files["clusters/dev/server-token"])
    let answer = try Tool("openssl").run([
      "verify", "-CAfile", test.path("clusters/prod/tls/server-ca.crt"),
      test.path("clusters/dev/tls/server-ca.crt"),
    ])
    #expect(answer.status != 0)
  }

  @Test func serviceKeyIsRSA() throws {
    let test = try TestStore()
    let path = test.path("clusters/prod/tls/service.key")
    let text = try Self.openssl("rsa", "-check", "-noout", "-text", "-in", path)
    #expect(text.contains("Private-Key: (2048 bit"))
    #expect(text.contains("RSA key ok"))
  }

  @Test func pinIsTheDigestOfTheFile() throws {
    let test = try TestStore()
    let path = test.path("clusters/prod/tls/server-ca.crt")
    let pin = try Tool("sha256sum").check([path]).text.prefix(64)
    let cluster = try #require(
      try test.store.credentials(for: TestStore.request).clusters["prod"])
    #expect(cluster.pin == pin)
    #expect(cluster.serverCertificate == (try test.text("clusters/prod/tls/server-ca.crt")))
    #expect(cluster.validFrom == mintTime - 86400)
    #expect(cluster.validUntil == mintTime + 3650 * 86400)
  }

  @Test func tokens() throws {
    let test = try TestStore()
    let credentials = try test.store.credentials(for: TestStore.request)
    let pin = try #require(credentials.clusters["prod"]?.pin)
    let value = { (name: SecretName) in
      String(decoding: try test.store.value(of: name).reveal(), as: UTF8.self)
    }
    let server = try value(.serverToken(cluster: "prod"))
    #expect(server.wholeMatch(of: /K10[0-9a-f]{64}::server:[0-9a-f]{48}\n/) != nil)
    #expect(server.hasPrefix("K10\(pin)::"))
    let agent = try value(.agentToken(node: "a1"))
    let match = try #require(
      agent.wholeMatch(of: /K10([0-9a-f]{64})::([a-z0-9]{6})\.([a-z0-9]{16})\n/))
    #expect(String(match.1) == pin)
    #expect(credentials.nodes["a1"]?.agentToken?.id == String(match.2))
    #expect(credentials.nodes["a0"]?.agentToken == nil)
    #expect(try value(.nodePassword(node: "a0")).wholeMatch(of: /[0-9a-f]{32}\n/) != nil)
    for file in AuthorityFile.allCases {
      #expect(
        try value(.authority(cluster: "prod", file: file))
          == test.text("clusters/prod/tls/\(file.path)"))
    }

    // As Kubernetes wants a bootstrap token. (bootstrap.kubernetes.io/token)
    let secret = try #require(
      try JSONSerialization.jsonObject(
        with: Data(test.store.value(of: .agentTokenManifest(node: "a1")).reveal()))
        as? [String: Any])
    #expect(Set(secret.keys) == ["apiVersion", "kind", "metadata", "type", "stringData"])
    #expect(secret["apiVersion"] as? String == "v1")
    #expect(secret["kind"] as? String == "Secret")
    #expect(secret["type"] as? String == "bootstrap.kubernetes.io/token")
    #expect(
      secret["metadata"] as? [String: String]
        == ["name": "bootstrap-token-\(match.2)", "namespace": "kube-system"])
    #expect(
      secret["stringData"] as? [String: String] == [
        "token-id": String(match.2), "token-secret": String(match.3),
        "description": "join token of a1", "expiration": "2025-09-13T15:06:40Z",
        "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true",
        "auth-extra-groups": "system:bootstrappers:k3s:default-node-token",
      ])
  }
}
