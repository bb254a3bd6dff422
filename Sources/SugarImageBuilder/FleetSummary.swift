import FoundationEssentials
import SugarHost
import SugarImagePlan
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
  }

  var schema = 1
  var fleet: String
  var base: BaseIdentity
  var nodes: [Node]

  init(_ profile: Profile, _ built: [BuiltNode], base record: PreparedBase.Record)
    throws(BuildError)
  {
    fleet = profile.fleet.name
    base =
      built.first?.plan.identity.base
      ?? BaseIdentity(
        os: profile.base.os.rawValue, name: record.name, sha256: record.sha256, standIn: nil)
    nodes = []
    for node in built {
      let identity = node.plan.identity
      let manifest = try building {
        try Manifest.decode(
          Files.read(node.manifestPath, limit: .mib(256)), from: node.manifestPath)
      }
      nodes.append(
        Node(
          node: identity.node, cluster: identity.cluster.name, tier: identity.cluster.tier,
          role: identity.role,
          address: identity.address, diskID: identity.disk.id, generation: identity.generation,
          delta: node.deltaPath.lastComponent, manifest: node.manifestPath.lastComponent,
          imageDigest: manifest.image.digest, changedBytes: node.changedBytes,
          k3sIncluded: identity.cluster.binaryIncluded))
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
