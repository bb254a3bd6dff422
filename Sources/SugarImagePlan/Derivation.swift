import Crypto
import SugarModel
public import SugarProfile

/// Names and numbers that follow from what a fleet says, so that the same fleet always gets the
/// same ones.
enum Derivation {
  /// SHA-256 over the words, each closed by a zero byte so that no two lists of words look alike.
  static func digest(_ words: [String]) -> [UInt8] {
    var hash = SHA256()
    for word in words {
      hash.update(data: Array(word.utf8))
      hash.update(data: [0])
    }
    return Array(hash.finalize())
  }

  /// A UUID of version 8 (RFC 9562, section 5.8: bits of one's own making).
  static func uuid(_ words: [String]) -> String {
    var bytes = Array(digest(["uuid"] + words).prefix(16))
    bytes[6] = bytes[6] & 0x0f | 0x80
    bytes[8] = bytes[8] & 0x3f | 0x80
    return Hex.uuid(bytes)
  }
}

/// The MBR disk ids of a fleet's media: each node, medium and generation has its own, so that two
/// disks in one machine are never taken for each other (raspberrypi/linux#5956).
public struct DiskIDs: Hashable, Sendable {
  private var ids: [String: String] = [:]

  /// Gives every node of the fleet its id: 8 hex digits, never zero, none twice.
  public init(_ profile: Profile) {
    var taken: Set<String> = ["00000000"]
    for node in profile.nodes {
      var attempt = 0
      var id: String
      repeat {
        id = Self.candidate(profile, node, attempt)
        attempt += 1
      } while taken.contains(id)
      taken.insert(id)
      ids[node.hostname] = id
    }
  }

  public subscript(node: String) -> String? { ids[node] }

  static func candidate(_ profile: Profile, _ node: Node, _ attempt: Int) -> String {
    let words = [
      "disk id", profile.fleet.name, node.hostname, profile.root.target.rawValue,
      String(profile.generation(of: node)), String(attempt),
    ]
    return Hex.text(Derivation.digest(words).prefix(4))
  }
}

extension Profile {
  /// The generation of the medium that a node is given.
  public func generation(of node: Node) -> Int { fleet.generation + node.generation - 1 }
}
