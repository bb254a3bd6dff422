import Foundation
import SugarKeys
import SugarModel
import SugarTestSupport
import Testing

/// An administrator's kubeconfig, read back by openssl.
@Suite struct KubeconfigTests {
  private static func value(_ key: String, _ text: String) throws -> String {
    let line = try #require(
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        .first { $0.hasPrefix("\(key): ") })
    return line.dropFirst(key.count + 2).trimmingCharacters(in: ["\""])
  }

  @Test func certificateIsOneThatTheClusterTakes() throws {
    let test = try TestStore()
    let now = mintTime + 1000 * 86400
    let config = try AdminKubeconfig(
      cluster: "prod", server: "https://10.0.0.1:6443", user: "me", days: 7, now: now,
      from: test.store)
    #expect(config.expires == now + 7 * 86400)
    #expect(try Self.value("server", config.text) == "https://10.0.0.1:6443")
    #expect(try Self.value("current-context", config.text) == "prod")
    for (key, name) in [
      ("certificate-authority-data", "ca.crt"), ("client-certificate-data", "me.crt"),
      ("client-key-data", "me.key"),
    ] {
      let bytes = try #require(Data(base64Encoded: try Self.value(key, config.text)))
      try bytes.write(to: URL(fileURLWithPath: test.folder.path(name)))
    }
    let (certificate, key) = (test.folder.path("me.crt"), test.folder.path("me.key"))
    #expect(
      try String(contentsOfFile: test.folder.path("ca.crt"), encoding: .utf8)
        == test.text("clusters/prod/tls/server-ca.crt"))

    let openssl = try Tool("openssl")
    let verify = { (authority: String, time: Int64) in
      try openssl.run([
        "verify", "-attime", "\(time)", "-purpose", "sslclient", "-CAfile",
        test.path("clusters/\(authority)"), certificate,
      ]).status
    }
    #expect(try verify("prod/tls/client-ca.crt", now) == 0)
    #expect(try verify("prod/tls/client-ca.crt", now + 7 * 86400 - 1) == 0)
    #expect(try verify("prod/tls/client-ca.crt", now + 7 * 86400 + 1) != 0)
    #expect(try verify("prod/tls/server-ca.crt", now) != 0)
    #expect(try verify("dev/tls/client-ca.crt", now) != 0)

    let text = try openssl.check(["x509", "-noout", "-text", "-in", certificate]).text
    // How the name stands in `text` depends on OpenSSL's version.
    let subject = ["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", certificate]
    #expect(try openssl.check(subject).text == "subject=CN=me,O=system:masters\n")
    #expect(text.contains("TLS Web Client Authentication"))
    #expect(!text.contains("CA:TRUE"))
    #expect(
      try openssl.check(["x509", "-noout", "-pubkey", "-in", certificate]).text
        == openssl.check(["pkey", "-pubout", "-in", key]).text)
  }

  /// Names that YAML would take for something else are quoted.
  @Test(arguments: ["me", "no", "123", "a: b", "null", "~", "me \"too\"", "back\\slash", "#x"])
  func namesAreTexts(_ user: String) throws {
    let test = try TestStore()
    let config = try AdminKubeconfig(
      cluster: "prod", server: "https://10.0.0.1:6443", user: user, days: 1, now: mintTime,
      from: test.store)
    let json = try #require(String(data: JSONEncoder().encode(user), encoding: .utf8))
    // JSON's quotes are YAML's.
    #expect(config.text.contains("  - name: \(json)\n"))
    #expect(config.text.contains("      user: \(json)\n"))
  }

  @Test func withoutTheClientAuthority() throws {
    let test = try TestStore()
    let attempt = {
      _ = try AdminKubeconfig(
        cluster: "prod", server: "https://x", user: "me", days: 1, now: mintTime, from: test.store)
    }
    let path = test.path("clusters/prod/tls/client-ca.key")
    let key = try test.text("clusters/prod/tls/client-ca.key")
    let body = key.split(separator: "\n")[1]
    try key.replacingOccurrences(of: "BEGIN", with: "BEGUN").write(
      toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: KeyError.self) { try attempt() }
    #expect(error?.subject == "prod")
    #expect(error?.description.contains(body) == false, "no secret in an error")
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: KeyError.self) { try attempt() }
  }
}
