import SugarModel
import Testing

@testable import SugarProfile

/// The rules for single words, one row each.
struct SyntaxTests {
  @Test(arguments: [
    ("sugarkube.env", true), ("a", true), ("A_b-c.d", true), ("example.org/x", true),
    ("topology.kubernetes.io/region", true), ("topology.kubernetes.io/zone", true),
    ("node.kubernetes.io/anything", true), ("sub.kubelet.kubernetes.io/x", true),
    ("", false), ("-a", false), ("a-", false), ("a b", false), ("a/b/c", false), ("/a", false),
    ("A.org/x", false), (String(repeating: "a", count: 64), false),
    ("kubernetes.io/hostname", false), ("kubernetes.io/x", false), ("x.k8s.io/y", false),
    ("node-role.kubernetes.io/worker", false), ("node-restriction.kubernetes.io/x", false),
    ("topology.kubernetes.io/rack", false), ("sugarimage.dev/tier", false),
    ("notkubernetes.io/x", true),
  ])
  func labelKey(key: String, isValid: Bool) {
    #expect((KubernetesSyntax.labelKey(key) == nil) == isValid)
  }

  @Test(arguments: [
    ("", true), ("prod", true), ("a.b_c-d", true), ("-a", false), ("a ", false), ("ä", false),
    (String(repeating: "a", count: 63), true), (String(repeating: "a", count: 64), false),
  ])
  func labelValue(value: String, isValid: Bool) {
    #expect((KubernetesSyntax.labelValue(value) == nil) == isValid)
  }

  @Test(arguments: [
    ("a=b:NoSchedule", true), ("a:NoExecute", true), ("x.dev/a=:PreferNoSchedule", true),
    ("node-role.kubernetes.io/control-plane:NoSchedule", true),
    ("a=b", false), ("a=b:noschedule", false), (":NoSchedule", false), ("a=b c:NoSchedule", false),
  ])
  func taint(text: String, isValid: Bool) {
    #expect((KubernetesSyntax.taint(text) == nil) == isValid)
  }

  @Test(arguments: [
    ("pi0", true), ("0pi", true), ("a-b", true), (String(repeating: "a", count: 63), true),
    (String(repeating: "a", count: 64), false), ("", false), ("Pi0", false), ("pi_0", false),
    ("pi0.home", false), ("-pi", false), ("pi-", false), ("pì", false),
  ])
  func hostname(text: String, isValid: Bool) {
    #expect((NameSyntax.hostname(text) == nil) == isValid)
  }

  @Test(arguments: [
    ("192.168.1.1", true), ("0.0.0.0", true), ("255.255.255.255", true), ("256.1.1.1", false),
    ("1.2.3", false), ("1.2.3.4.5", false), ("01.2.3.4", false), ("1.2.3.-4", false), ("", false),
    ("1.2.3.4 ", false), ("+1.2.3.4", false),
  ])
  func address(text: String, isValid: Bool) {
    #expect((IPv4Address(text) != nil) == isValid)
  }

  @Test(arguments: [
    ("10.42.0.0/16", true), ("0.0.0.0/0", true), ("10.0.0.1/32", true), ("10.42.0.1/16", false),
    ("10.42.0.0/33", false), ("10.42.0.0/-1", false), ("10.42.0.0/016", false),
    ("10.42.0.0", false),
    ("10.42.0.0/", false), ("/16", false),
  ])
  func network(text: String, isValid: Bool) {
    #expect((IPv4Network(text) != nil) == isValid)
  }

  @Test(arguments: [
    ("v1.33.5+k3s1", true), ("v1.33.5+k3s12", true), ("1.33.5+k3s1", false), ("v1.33.5", false),
    ("v1.33+k3s1", false), ("v1.033.5+k3s1", false), ("v1.33.5+k3s", false),
    ("v1.33.5+k3s-1", false),
    ("v1.33.5-rc1+k3s1", false), ("v1.33.5+rke2r1", false), ("latest", false), ("", false),
  ])
  func k3sVersion(text: String, isValid: Bool) {
    #expect((K3sVersion(text) != nil) == isValid)
    #expect(K3sVersion(text).map(\.description) == (isValid ? text : nil))
  }

  @Test(arguments: [
    ("v1.22.17+k3s1", false), ("v1.23.16+k3s1", false), ("v1.23.17+k3s1", true),
    ("v1.24.10+k3s1", false), ("v1.24.11+k3s1", true), ("v1.25.6+k3s1", false),
    ("v1.25.7+k3s1", true), ("v1.26.1+k3s1", false), ("v1.26.2+k3s1", true), ("v1.27.0+k3s1", true),
    ("v2.0.0+k3s1", true),
  ])
  func bootstrapTokens(text: String, expected: Bool) throws {
    #expect(try #require(K3sVersion(text)).hasBootstrapTokens == expected)
  }

  @Test(
    arguments: [
      ("prose about tokens", nil), ("K10", nil), ("ssh-ed25519 AAAAK10", nil), ("$HOME", nil),
      ("https://mirror.home.arpa:5000/a@b", nil), ("2026-06-18-raspios", nil),
      ("K10abc::server:x", "a cluster token"), ("x AGE-SECRET-KEY-1X", "an age secret key"),
      ("$6$salt$hash", "a password hash"), ("$y$j9T$x", "a password hash"),
      ("-----BEGIN EC PRIVATE KEY-----", "a private key"), ("-----BEGIN CERTIFICATE-----", nil),
      ("abcdef.0123456789abcdef", "a bootstrap token"),
      ("https://u:p@host/", "a password in a URL"),
      ("ghp_0123456789", "an access token"),
    ] as [(String, String?)])
  func secretKinds(text: String, expected: String?) {
    #expect(SecretWords.kind(of: text) == expected)
  }

  @Test(arguments: [
    ("token", true), ("agent-token", true), ("hashedPasswd", true), ("PSK", true),
    ("wifiPsk", true),
    ("privateKey", true), ("private_key", true), ("etcd-s3-secret-key", true), ("authKey", true),
    ("tokenRef", false), ("token-file", false), ("sshAuthorizedKeys", false),
    ("secrets-encryption", false), ("datastore-keyfile", false), ("key", false),
  ])
  func secretKeys(key: String, expected: Bool) {
    #expect(SecretWords.isSecretKey(key) == expected)
  }

  /// Every key that sugarimage owns is one that k3s knows, and the table has no key twice.
  @Test func tableOfConfigKeysIsSound() {
    let names = K3sConfigKey.table.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(K3sConfigKey.owned.keys.filter { !names.contains($0) } == [])
    #expect(K3sConfigKey.isForAgents("kubelet-arg+"))
    #expect(!K3sConfigKey.isForAgents("kube-apiserver-arg"))
    #expect(!K3sConfigKey.isForAgents("unknown"))
  }
}
