import Foundation
import SugarModel

/// Secrets for GitOps that open nothing: of the right form, another one for each cluster.
public enum TrialSecrets {
  /// A key as `age-keygen` would write it.
  public static func ageKey(_ cluster: String) -> String {
    bech32("age-secret-key-", SHA256Hash.digest(Array("age key of \(cluster)".utf8))).uppercased()
  }

  public static func pullToken(_ cluster: String) -> String {
    String(SHA256Hash.hex("pull token of \(cluster)").prefix(40))
  }

  public static func tunnelSecret(_ cluster: String) -> String {
    Data(SHA256Hash.digest(Array("tunnel of \(cluster)".utf8))).base64EncodedString()
  }

  /// What the operator brings for a cluster, by name below `secrets/gitops`.
  public static func files(_ cluster: String) -> [String: String] {
    let auth = Data("robot:\(pullToken(cluster))".utf8).base64EncodedString()
    return [
      "\(cluster)/sops-age": "# created: 2026-01-01T00:00:00Z\n\(ageKey(cluster))\n",
      "\(cluster)/ghcr-pull": #"{"auths":{"ghcr.io":{"auth":"\#(auth)"}}}"# + "\n",
      "\(cluster)/cloudflared-tunnel":
        #"{"AccountTag":"a","TunnelID":"b","TunnelSecret":"\#(tunnelSecret(cluster))"}"# + "\n",
    ]
  }

  public static let knownHosts =
    "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"

  /// Writes them for these clusters, and the keys of the repository's host.
  public static func write(_ clusters: [String], to secrets: String) throws {
    let all = clusters.map(files).reduce(["known_hosts": knownHosts]) { $0.merging($1) { $1 } }
    for (name, text) in all {
      let url = URL(fileURLWithPath: "\(secrets)/gitops/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
    }
  }

  /// (BIP 173)
  private static func bech32(_ prefix: String, _ bytes: [UInt8]) -> String {
    let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
    var words: [UInt8] = []
    var (bits, count): (UInt32, Int) = (0, 0)
    for byte in bytes {
      (bits, count) = (bits << 8 | UInt32(byte), count + 8)
      while count >= 5 {
        count -= 5
        words.append(UInt8(bits >> UInt32(count) & 31))
      }
      bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { words.append(UInt8(bits << UInt32(5 - count) & 31)) }
    let expanded = prefix.utf8.map { $0 >> 5 } + [0] + prefix.utf8.map { $0 & 31 }
    let sum = polymod(expanded + words + [0, 0, 0, 0, 0, 0]) ^ 1
    let check = (0..<6).map { UInt8(sum >> UInt32(5 * (5 - $0)) & 31) }
    return prefix + "1" + String((words + check).map { alphabet[Int($0)] })
  }

  private static func polymod(_ values: [UInt8]) -> UInt32 {
    let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
    return values.reduce(1) { sum, value in
      let next = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
      return (0..<5).reduce(next) {
        $0 ^ ((sum >> (25 + UInt32($1))) & 1 == 1 ? generators[$1] : 0)
      }
    }
  }
}
