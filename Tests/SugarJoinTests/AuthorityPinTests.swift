import Foundation
import SugarJoin
import SugarModel
import SugarTestSupport
import Testing

/// The pin, against openssl.
@Suite struct AuthorityPinTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
  }

  private func python(_ lines: [String]) throws {
    let standIn = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("StandIn").path
    let text =
      "import sys; sys.path.insert(0, '\(standIn)'); sys.dont_write_bytecode = True; import authority\n"
      + lines.joined(separator: "\n")
    try Tool("python3").check(["-c", text])
  }

  @Test func oneCertificateIsTheBytesOfTheFile() throws {
    try python(["authority.make_authority('\(folder.path("ca"))', 'one')"])
    let digest = try Tool("sha256sum").check([folder.path("ca.crt")]).text.prefix(64)
    #expect(AuthorityPin.digest(of: try bytes("ca.crt")) == String(digest))
    #expect(
      AuthorityPin.digest(of: try bytes("ca.crt") + Array("\n".utf8)) != String(digest),
      "one more byte is another digest, as k3s has it")
  }

  @Test func aBundleIsItsRoot() throws {
    try python([
      "authority.make_authority('\(folder.path("root"))', 'root')",
      "authority.make_intermediate('\(folder.path("root"))', '\(folder.path("middle"))', 'middle')",
    ])
    let root = try Tool("openssl").check([
      "x509", "-in", folder.path("root.crt"), "-outform", "DER", "-out", folder.path("root.der"),
    ])
    #expect(root.status == 0)
    let digest = try Tool("sha256sum").check([folder.path("root.der")]).text.prefix(64)
    let bundle = try bytes("middle.crt")
    #expect(AuthorityPin.digest(of: bundle) == String(digest))
    let other = Array("\n# a comment\n".utf8)
    #expect(
      AuthorityPin.digest(of: other + bundle) == String(digest), "what stands between may change")
  }

  @Test func whatIsNoAuthority() throws {
    for text in [
      "", "pong", "-----BEGIN CERTIFICATE-----\n",
      "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
    ] {
      #expect(AuthorityPin.digest(of: Array(text.utf8)) == nil, "\(text)")
    }
    try python([
      "authority.make_authority('\(folder.path("a"))', 'a')",
      "authority.make_authority('\(folder.path("b"))', 'b')",
    ])
    let two = try bytes("a.crt") + bytes("b.crt")
    #expect(AuthorityPin.digest(of: two) == nil, "two roots are none")
  }

  /// Cut anywhere, it is no certificate with a root, and nothing traps.
  @Test func cutOff() throws {
    try python([
      "authority.make_authority('\(folder.path("root"))', 'root')",
      "authority.make_intermediate('\(folder.path("root"))', '\(folder.path("middle"))', 'middle')",
    ])
    let bundle = try bytes("middle.crt")
    for length in stride(from: 0, to: bundle.count, by: 7) {
      let digest = AuthorityPin.digest(of: Array(bundle.prefix(length)))
      #expect(digest == nil || digest?.utf8.count == 64)
    }
  }
}
