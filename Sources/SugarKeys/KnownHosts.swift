public import SugarModel

/// The nodes' public host keys as `ssh` wants to know them beforehand. (sshd(8), "SSH_KNOWN_HOSTS
/// FILE FORMAT")
public enum KnownHosts {
  public static func text(_ request: KeyRequest, _ credentials: FleetCredentials) -> String {
    var text = ""
    for node in request.nodes {
      for kind in SSHKeyKind.allCases {
        guard let line = credentials.nodes[node.name]?.hostKeys[kind] else { continue }
        let words = line.split(separator: " ")
        guard words.count >= 2 else { continue }
        text += "\(node.sshNames.joined(separator: ",")) \(words[0]) \(words[1])\n"
      }
    }
    return text
  }
}
