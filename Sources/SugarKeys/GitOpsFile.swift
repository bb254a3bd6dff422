import FoundationEssentials
import SugarModel

/// A file that the operator brings for GitOps, and what must be in it.
struct GitOpsFile {
  /// Below the cluster's folder.
  var name: String
  /// What to put there and how to get it.
  var advice: String
  var objection: @Sendable ([UInt8]) -> String?

  /// The files of a secret. Of a deploy key, the pair itself is minted.
  static func all(of secret: GitOpsSecret) -> [GitOpsFile] {
    switch secret {
    case .sopsAge:
      [
        GitOpsFile(
          name: "sops-age",
          advice:
            "write it with `age-keygen -o FILE`, or put the key there that the repository's secrets are encrypted to"
        ) {
          AgeKey.objection(to: String(decoding: $0, as: UTF8.self))
        }
      ]
    case .deployKey:
      [
        GitOpsFile(name: "flux-git-deploy/identity", advice: minted) {
          privateKeyObjection(to: $0)
        },
        GitOpsFile(name: "flux-git-deploy/identity.pub", advice: minted) {
          publicBlob($0) == nil ? "is no public key" : nil
        },
      ]
    case .login:
      ["username", "password"].map { word in
        GitOpsFile(name: "flux-git-deploy/\(word)", advice: "write the \(word) into it") {
          isLine($0) ? nil : "must be one line"
        }
      }
    case .pullSecret:
      [
        GitOpsFile(name: "ghcr-pull", advice: "write a config.json of docker with 'auths' into it")
        {
          dockerObjection(to: $0)
        }
      ]
    case .tunnel:
      [
        GitOpsFile(
          name: "cloudflared-tunnel",
          advice: "put the tunnel's credentials file there, or its token"
        ) {
          tunnelObjection(to: $0)
        }
      ]
    }
  }

  private static let minted = "run `sugarimage keys`, which mints it"

  private static func isLine(_ bytes: [UInt8]) -> Bool {
    let line = withoutLineEnd(bytes)
    return !line.isEmpty && line.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
  }

  static func withoutLineEnd(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.last == 0x0a else { return bytes }
    return Array(bytes.dropLast(bytes.dropLast().last == 0x0d ? 2 : 1))
  }

  /// A key that asks for a passphrase is of no use to a machine.
  private static func privateKeyObjection(to bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let body = text.split(whereSeparator: \.isNewline).map(String.init)
    guard body.count > 2, body.first == "-----BEGIN OPENSSH PRIVATE KEY-----",
      body.last == "-----END OPENSSH PRIVATE KEY-----",
      let data = Data(base64Encoded: body.dropFirst().dropLast().joined())
    else { return "is no private key in OpenSSH's format" }
    guard Array(data).starts(with: Array("openssh-key-v1\0".utf8) + [0, 0, 0, 4] + "none".utf8)
    else { return "is locked with a passphrase, which nobody will be there to type" }
    return nil
  }

  /// The key itself, of a line `type base64 comment`.
  private static func publicBlob(_ bytes: [UInt8]) -> [UInt8]? {
    let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard isLine(bytes), words.count >= 2, words[0].wholeMatch(of: /[a-z0-9@.-]+/) != nil else {
      return nil
    }
    return Data(base64Encoded: String(words[1])).map(Array.init)
  }

  /// Whether a private key's file holds that public key.
  static func isPair(_ privateFile: [UInt8], _ publicFile: [UInt8]) -> Bool {
    let lines = String(decoding: privateFile, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let blob = publicBlob(publicFile),
      let key = Data(base64Encoded: lines.dropFirst().dropLast().joined())
    else { return false }
    return Array(key).firstRange(of: blob) != nil
  }

  private static func dockerObjection(to bytes: [UInt8]) -> String? {
    guard let config = try? JSONDecoder().decode(DockerConfig.self, from: Data(bytes)) else {
      return "is no config.json of docker: JSON with 'auths'"
    }
    guard !config.auths.isEmpty else { return "names no registry in 'auths'" }
    return config.auths.values.allSatisfy {
      $0.auth != nil || ($0.username != nil && $0.password != nil)
    }
      ? nil : "has a registry in 'auths' without 'auth' (a credential helper keeps it elsewhere)"
  }

  private struct DockerConfig: Decodable {
    struct Registry: Decodable {
      var auth: String?
      var username: String?
      var password: String?
    }
    var auths: [String: Registry]
  }

  /// `credentials.json` has the tunnel's id and secret; a token is base64 of the same.
  static func isTunnelCredentials(_ bytes: [UInt8]) -> Bool {
    bytes.first { $0 != 0x20 && $0 != 0x0a } == UInt8(ascii: "{")
  }

  private static func tunnelObjection(to bytes: [UInt8]) -> String? {
    if isTunnelCredentials(bytes) {
      return (try? JSONDecoder().decode(TunnelCredentials.self, from: Data(bytes))) == nil
        ? "is no credentials file of cloudflared (AccountTag, TunnelID, TunnelSecret)" : nil
    }
    let line = withoutLineEnd(bytes)
    return line.count >= 32 && Data(base64Encoded: Data(line)) != nil
      ? nil : "is neither a credentials file nor a token of cloudflared"
  }

  private struct TunnelCredentials: Decodable {
    var AccountTag: String
    var TunnelID: String
    var TunnelSecret: String
  }
}
