import FoundationEssentials
import SugarModel

/// An agent's own join token with the day on which it ends, as it is kept in `secrets/`.
struct JoinToken: Codable {
  /// How long a new token lasts.
  static let lifetime: Int64 = 90 * 24 * 3600

  /// RFC 3339, UTC.
  var expires: String
  /// `<id>.<secret>`: 6 and 16 characters of a–z and 0–9. (k3s, pkg/clientaccess; Kubernetes,
  /// "bootstrap tokens")
  var token: String

  init(now: Int64) {
    expires = Self.text(now + Self.lifetime)
    token = "\(RandomText.word(6)).\(RandomText.word(16))"
  }

  var id: String { String(token.prefix(6)) }
  var secret: String { String(token.dropFirst(7)) }

  var expiry: Int64? { Self.seconds(expires) }

  /// Seconds since 1970 of a date of RFC 3339.
  static func seconds(_ text: String) -> Int64? {
    (try? Date(text, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
  }

  static func text(_ seconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
  }

  /// The Secret by which the cluster knows the token.
  /// (Kubernetes, "Authenticating with Bootstrap Tokens"; the group is the one that k3s gives to
  /// nodes)
  func manifest(node: String) throws -> [UInt8] {
    let secret = BootstrapSecret(
      metadata: .init(name: "bootstrap-token-\(id)"),
      stringData: [
        "auth-extra-groups": "system:bootstrappers:k3s:default-node-token",
        "description": "join token of \(node)",
        "expiration": expires, "token-id": id, "token-secret": self.secret,
        "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true",
      ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(secret)) + Array("\n".utf8)
  }

  private struct BootstrapSecret: Encodable {
    struct Metadata: Encodable {
      var name: String
      var namespace = "kube-system"
    }
    var apiVersion = "v1"
    var kind = "Secret"
    var metadata: Metadata
    var type = "bootstrap.kubernetes.io/token"
    var stringData: [String: String]
  }
}
