import SugarJoin
import SugarModel
import Testing

/// Tokens as they come out of files, and what an editor does to them.
@Suite struct JoinCredentialTests {
  private static let pin = String(repeating: "0a", count: 32)
  private static let server = "K10\(pin)::server:a:b.c"
  private static let agent = "K10\(pin)::abc123.0123456789abcdef"

  @Test func aPassword() throws {
    let credential = try JoinCredential(file: Array("\(Self.server)\n".utf8))
    #expect(credential.pin == Self.pin)
    #expect(credential.isClean)
    guard case .password(let password) = credential.kind else {
      Issue.record("it is a password")
      return
    }
    #expect(password.reveal() == "a:b.c")
  }

  @Test func aBootstrapToken() throws {
    let credential = try JoinCredential(file: Array("\(Self.agent)\n".utf8))
    guard case .bootstrap(let id, let token) = credential.kind else {
      Issue.record("it is a bootstrap token")
      return
    }
    #expect(id == "abc123")
    #expect(token.reveal() == "abc123.0123456789abcdef")
  }

  @Test(
    "F-J14: what editors leave",
    arguments: [
      "\(agent)", "\(agent)\r\n", "\u{FEFF}\(agent)\n", "  \(agent)  \n\n", "\"\(agent)\"\n",
      "'\(agent)'\r\n", "\u{FEFF}\"\(agent)\"\r\n", "\(agent)\n\0",
    ])
  func isPutRight(_ text: String) throws {
    let credential = try JoinCredential(file: Array(text.utf8))
    #expect(!credential.isClean)
    #expect(credential.file.reveal() == Array("\(Self.agent)\n".utf8))
    guard case .bootstrap(_, let token) = credential.kind else {
      Issue.record("it is a bootstrap token")
      return
    }
    #expect(token.reveal() == "abc123.0123456789abcdef")
  }

  /// k3s, pkg/clientaccess/token_test.go, and tokens that name no authority.
  @Test(arguments: [
    "", "\n", "K10", "K10::", "K10::x", "K10::x:", "K10::x:y", "abc123.0123456789abcdef", "secret",
    "K10\(pin)::", "K10\(pin)::server:", "K10\(pin)::server", "K10\(pin):server:x",
    "K10\(pin.dropLast())::server:x", "K10\(pin)0::server:x",
    "K10\(String(repeating: "zz", count: 32))::server:x",
    "\(agent)\n\(agent)\n", "K10\(pin)::server:two words",
  ])
  func isNone(_ text: String) {
    do throws(JoinCredential.Malformed) {
      _ = try JoinCredential(file: Array(text.utf8))
      Issue.record("'\(text)' was taken for a token")
    } catch { #expect(!error.reason.contains(Self.pin)) }
  }

  @Test func nothingOfItPrints() throws {
    let credential = try JoinCredential(file: Array("\(Self.agent)\n".utf8))
    for text in ["\(credential)", String(reflecting: credential)] {
      #expect(!text.contains("0123456789abcdef"), "\(text)")
    }
  }

  private static let joining = "server: \"https://192.168.1.21:6443\"\ntoken-file: \"/x\"\n"

  @Test(arguments: [
    (ClusterRole.serverInit, "cluster-init: true\n", true), (.serverInit, joining, false),
    (.serverInit, "", false), (.serverJoin, joining, true), (.agent, joining, true),
    (.serverJoin, joining + "cluster-init: true\n", false), (.agent, "cluster-init: true\n", false),
    (.serverJoin, joining + "cluster-init: false\n", true), (.serverJoin, "token-file: x\n", false),
    (.agent, "server: http://192.168.1.21:6443\n", false),
    (.agent, "server: 'https://192.168.1.21:6443'\n", true),
    (.agent, "# server: https://x\n", false),
  ])
  func configurations(_ role: ClusterRole, _ text: String, _ isSound: Bool) {
    #expect((ConfigurationRules.complaint(text, role) == nil) == isSound)
  }

  @Test func overlays() {
    let overlay = ConfigurationOverlay(
      flannelInterface: "end0", resolvConf: "/run/systemd/resolve/resolv.conf",
      server: "https://192.168.1.22:6443")
    #expect(
      overlay.text == """
        # Written by sugaragent at boot: what only the running node knows.
        flannel-iface: "end0"
        resolv-conf: "/run/systemd/resolve/resolv.conf"
        cluster-init: false
        server: "https://192.168.1.22:6443"

        """)
    #expect(ConfigurationOverlay().text.split(separator: "\n").count == 1)
  }

  @Test(arguments: [
    ("nameserver 127.0.0.53\noptions edns0\n", true), ("nameserver 192.168.1.1\n", false),
    ("nameserver 127.0.0.53\nnameserver 9.9.9.9\n", false), ("", false), ("nameserver ::1\n", true),
    ("# nameserver 127.0.0.1\n", false),
  ])
  func resolvers(_ text: String, _ needsOther: Bool) {
    #expect(ConfigurationOverlay.needsOtherResolver(text) == needsOther)
  }
}
