import FoundationEssentials
import SugarModel

/// Join tokens of agents. In an encrypted folder their public halves stand beside them, so that a
/// plan needs no identity.
extension SecretStore {
  func tokenPath(_ node: String) -> String { nodeFolder(node) + "/join-token.json" }
  func publicTokenPath(_ node: String) -> String { nodeFolder(node) + "/join-token.public.json" }

  /// Whether the token and its public half are there.
  func hasToken(_ node: String) throws(KeyError) -> Bool {
    switch try place(of: tokenPath(node)) {
    case .plain: true
    case .sealed: try exists(publicTokenPath(node))
    case .missing, .reference: false
    }
  }

  func joinToken(_ node: String) throws(KeyError) -> JoinToken {
    let bytes = try read(tokenPath(node))
    guard let token = try? JSONDecoder().decode(JoinToken.self, from: Data(bytes)),
      token.expiry != nil,
      token.token.wholeMatch(of: /[a-z0-9]{6}\.[a-z0-9]{16}/) != nil
    else {
      throw KeyError(operation: "read", subject: tokenPath(node), reason: "it is no join token")
    }
    return token
  }

  func publicToken(_ node: String) throws(KeyError) -> NodeCredentials.AgentToken {
    if case .plain = try place(of: tokenPath(node)) {
      let token = try joinToken(node)
      return NodeCredentials.AgentToken(id: token.id, expires: token.expiry ?? 0)
    }
    let path = publicTokenPath(node)
    guard let half = try? JSONDecoder().decode(JoinToken.PublicHalf.self, from: Data(read(path))),
      let expiry = JoinToken.seconds(half.expires), half.id.wholeMatch(of: /[a-z0-9]{6}/) != nil
    else {
      throw KeyError(
        operation: "read", subject: path,
        reason:
          "it is not the public half of a join token; run `\(try keysCommand) --renew \(node)`"
      )
    }
    return NodeCredentials.AgentToken(id: half.id, expires: expiry)
  }
}

extension JoinToken {
  /// What may be seen of a token.
  struct PublicHalf: Codable {
    /// RFC 3339, UTC.
    var expires: String
    var id: String
  }

  var publicHalf: PublicHalf { PublicHalf(expires: expires, id: id) }
}
