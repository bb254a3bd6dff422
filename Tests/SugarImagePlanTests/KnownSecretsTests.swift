import Foundation
import SugarModel
import Testing

@testable import SugarImagePlan

/// No secret is in a difference, wherever it was written.
@Suite struct KnownSecretsTests {
  private static let pin = String(repeating: "ab", count: 32)
  private static let token = "K10\(pin)::server:canary-0123456789abcdef"
  private static let privateKey = """
    -----BEGIN OPENSSH PRIVATE KEY-----
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
    canaryCanarycanaryCanarycanary
    -----END OPENSSH PRIVATE KEY-----

    """
  private static let object = """
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "age"},
    "data": {"identity": "\(Data("# public\ncanary of an age key\n".utf8).base64EncodedString())"}}
    """
  private static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBdDCCARqgAwIBAgIBADAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhr
    -----END CERTIFICATE-----

    """

  private static var known: KnownSecrets {
    var known = KnownSecrets()
    for text in [token + "\n", privateKey, object, certificate, "open sesame\n"] {
      known.add(Secret(Array(text.utf8)))
    }
    return known
  }

  @Test(arguments: [
    token, "x=\(token)", "password: canary-0123456789abcdef", "# canary-0123456789abcdef",
    "  canaryCanarycanaryCanarycanary", "key=canary of an age key;",
    "identity: \(Data("# public\ncanary of an age key\n".utf8).base64EncodedString())",
    "psk=open sesame", "console=tty1 wifi=open sesame",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlQIQfJvb0Yt7RaJ8NYgzT5u2OtvQ8JXyBSi9rnLGZP canary-0123456789abcdef",
  ])
  func knownOnesAreHidden(_ line: String) {
    #expect(Self.known.shown(line) == "<hidden: it holds a secret>")
  }

  /// What nobody told us of, but looks like one.
  @Test(arguments: [
    ("token: other-canary", "other-canary"), ("root:$6$canary$canary:1:", "canary"),
    ("  AGE-SECRET-KEY-1CANARY7B1E56", "CANARY"), ("url: https://me:canary@host/x", "canary"),
    ("abcdef.0123456789abcdef", "0123456789"),
  ])
  func likelyOnesAreHidden(_ line: String, _ secret: String) {
    #expect(!KnownSecrets().shown(line).contains(secret))
    #expect(KnownSecrets().shown(line).contains("<hidden>"))
  }

  /// Certificates, pins, names and public keys are there to be seen.
  @Test(arguments: [
    "MIIBdDCCARqgAwIBAgIBADAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhr", "pin: \(pin)", "kind: Secret",
    "name: age", "192.168.1.21\tsugarkube0", "open", "# public", "",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlQIQfJvb0Yt7RaJ8NYgzT5u2OtvQ8JXyBSi9rnLGZP me",
  ])
  func theRestIsShown(_ line: String) { #expect(Self.known.shown(line) == line) }

  /// A private key's file holds the public key, so its pieces are in both.
  @Test func aPublicKeyIsNoSecret() {
    let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIHlQIQfJvb0Yt7RaJ8NYgzT5u2OtvQ8JXyBSi9rnLGZP"
    var known = KnownSecrets()
    known.add(Secret(Array("-----BEGIN X PRIVATE KEY-----\n\(blob)\n-----END".utf8)))
    #expect(known.shown("ssh-ed25519 \(blob) me") == "ssh-ed25519 \(blob) me")
    #expect(known.shown("x \(blob) me") == "<hidden: it holds a secret>")
  }

  @Test func aTerminalIsNotTold() {
    #expect(KnownSecrets().shown("a\u{1B}[2Jb\tc\r") == "a\u{fffd}[2Jb\tc\u{fffd}")
  }
}
