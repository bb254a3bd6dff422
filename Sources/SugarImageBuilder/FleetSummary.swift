import FoundationEssentials
import SugarHost
import SugarModel
import SugarProfile

/// `out/fleet.json`: the nodes that a build made, for other programs.
struct FleetSummary: Codable {
  struct Node: Codable {
    var node: String
    var cluster: String
    var tier: String
    var role: ClusterRole
    var address: IPv4Address?
    var diskID: String
    var generation: Int
    var delta: String
    var manifest: String
    var imageDigest: String
    var changedBytes: ByteCount
    var k3sIncluded: Bool
    var agent: Manifest.Agent?
    var base: BaseIdentity

    init(_ manifest: Manifest, named name: String) {
      let identity = manifest.identity
      node = identity.node
      cluster = identity.cluster.name
      tier = identity.cluster.tier
      role = identity.role
      address = identity.address
      diskID = identity.disk.id
      generation = identity.generation
      delta = "\(identity.node).delta"
      self.manifest = name
      imageDigest = manifest.image.digest
      changedBytes = manifest.image.changedBytes
      agent = manifest.agent
      k3sIncluded = identity.cluster.binaryIncluded
      base = identity.base
    }
  }

  var schema = 1
  var fleet: String
  var nodes: [Node]

  /// Every node of the fleet that stands built in `output`, also from earlier runs.
  init(_ profile: Profile, in output: String) throws(BuildError) {
    fleet = profile.fleet.name
    nodes = []
    for node in profile.nodes {
      let name = "\(node.hostname).manifest.json"
      let manifest = try building { () throws -> Manifest? in
        let path = "\(output)/\(name)"
        guard try Files.exists(path) else { return nil }
        return try Manifest.decode(Files.read(path, limit: .mib(256)), from: path)
      }
      guard let manifest else { continue }
      nodes.append(Node(manifest, named: name))
    }
  }

  func write(to path: String) throws(BuildError) {
    try building {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try Files.write(Array(encoder.encode(self)) + Array("\n".utf8), to: path, mode: 0o644)
    }
  }
}
