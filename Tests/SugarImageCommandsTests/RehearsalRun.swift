import Foundation
import SugarModel
import SugarTestSupport
import Testing

/// What a rehearsal printed, and the disks that it left.
struct RehearsalRun {
  struct Report: Decodable {
    struct Node: Decodable {
      var node: String
      var cluster: String
      var role: String
      var outcome: String
      var phases: [String: Double]
      var steps: [Step]
    }
    struct Step: Decodable {
      var boot: Int
      var phase: String
      var state: String
      var started: Double
      var ended: Double?
      var sentence: String
    }
    struct Cut: Decodable {
      var node: String
      var phase: String
    }
    var outcome: String
    var nodes: [Node]
    var cuts: [Cut]
    var cutsLeft: [Cut]
  }

  let folder: String
  let answer: Program.Result

  var status: Int32 { answer.status }
  /// What happened, for whoever has to find out why.
  var story: String { answer.complaints + answer.output.suffix(3000) }

  func report() throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(answer.output.utf8))
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// A file of a node's root file system, after it was switched off; another program reads it.
  func file(_ path: String, of node: String) throws -> String {
    try debugfs("cat \(path)", of: node)
  }

  private func debugfs(_ words: String, of node: String) throws -> String {
    let disk = "\(folder)/\(node)-boot.disk"
    let table = try JSONSerialization.jsonObject(
      with: Data(try Tool("sfdisk").check(["--json", disk]).text.utf8))
    let partitions = ((table as? [String: Any])?["partitiontable"] as? [String: Any])?["partitions"]
    let start = try #require((partitions as? [[String: Any]])?[1]["start"] as? Int)
    let answer = try Tool("debugfs").run(["-R", words, "\(disk)?offset=\(start * 512)"])
    return answer.text + (answer.text.isEmpty ? answer.complaints : "")
  }

  private struct State: Decodable {
    struct Object: Decodable {
      struct Metadata: Decodable {
        var creationTimestamp: String
        var labels: [String: String]?
      }
      struct Status: Decodable {
        struct Condition: Decodable {
          var type: String
          var status: String
        }
        struct Info: Decodable {
          var machineID: String
          var bootID: String
        }
        var conditions: [Condition]?
        var nodeInfo: Info?
      }
      var metadata: Metadata
      var status: Status?
    }
    struct Member: Decodable {
      var name: String
      var isLearner: Bool?
    }
    var objects: [String: Object]
    var members: [Member]
  }

  private func datastore(of server: String) throws -> Data {
    Data(try file("/var/lib/rancher/k3s/server/db/etcd/member/stand-in.json", of: server).utf8)
  }

  private func state(of server: String) throws -> State {
    try JSONDecoder().decode(State.self, from: datastore(of: server))
  }

  /// What the node's console said, whole.
  func console(_ node: String) throws -> String {
    String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(node).console.log")),
      as: UTF8.self)
  }

  /// Both servers' datastores hold the same three Nodes, whose machine ids are the fleet's, two voting
  /// members, and the agent's token from before the agent's Node.
  func expectOneClusterOnTheDisks(_ seed: UInt64) throws {
    for server in ["sugarkube0", "sugarkube1"] {
      let state = try state(of: server)
      let nodes = state.objects.filter { $0.key.hasPrefix("/api/v1/nodes/") }
      #expect(
        nodes.keys.sorted() == RehearsalFleet.three.map { "/api/v1/nodes/\($0)" }, "seed \(seed)")
      for name in RehearsalFleet.three {
        let node = try #require(nodes["/api/v1/nodes/\(name)"])
        let machine = try file("/etc/machine-id", of: name).trimmingCharacters(in: .newlines)
        #expect(node.status?.nodeInfo?.machineID == machine, "\(name), seed \(seed)")
        #expect(node.metadata.labels?["sugarkube.env"] == "prod", "\(name), seed \(seed)")
      }
      #expect(state.members.map { $0.name.prefix(10) }.sorted() == ["sugarkube0", "sugarkube1"])
      #expect(state.members.allSatisfy { $0.isLearner != true })
      let tokens = state.objects.filter {
        $0.key.hasPrefix("/api/v1/namespaces/kube-system/secrets/bootstrap-token-")
      }
      let token = try #require(tokens.values.first)
      let agent = try #require(nodes["/api/v1/nodes/sugarkube9"])
      // RFC 3339 in UTC sorts as text.
      #expect(token.metadata.creationTimestamp <= agent.metadata.creationTimestamp)
    }
  }

  /// No two servers of a cluster were between the start and the end of their join at once. A join
  /// that the power ended is begun again, and its end is what counts.
  func expectServersJoinedOneByOne(_ report: Report) throws {
    for cluster in Set(report.nodes.map(\.cluster)) {
      let servers = report.nodes.filter { $0.cluster == cluster && $0.role != "agent" }
      let joins = servers.compactMap { node in
        let own = node.steps.filter { $0.phase == "join" }
        return own.first { $0.state == "done" }.map {
          (node: node.node, started: own[0].started, ended: $0.ended ?? .infinity)
        }
      }.sorted { $0.started < $1.started }
      #expect(joins.count == servers.count)
      for (first, second) in zip(joins, joins.dropFirst()) {
        #expect(first.ended <= second.started, "\(first) and \(second) joined at once")
      }
    }
  }

  // MARK: The hand-over

  func receipt(of node: String) throws -> Receipt {
    try JSONDecoder().decode(
      Receipt.self, from: Data(file("/var/lib/sugaragent/receipt.json", of: node).utf8))
  }

  /// Each of `nodes` has its receipt, nothing staged and its units masked; the clusters of those in
  /// `keepers` have every object that the manifest, the secrets and the repository make, by the
  /// agent's hand. Gives the number of objects in one cluster.
  @discardableResult
  func expectHandedOver(
    by keepers: [String], of nodes: [String], _ fleet: RehearsalFleet
  ) throws -> Int {
    for node in nodes {
      let receipt = try receipt(of: node)
      #expect(receipt.node == node)
      #expect((receipt.handOver != nil) == keepers.contains(node), "\(node): \(receipt)")
      // Both runs of the agent were small.
      let usage = receipt.steps.compactMap(\.usage)
      #expect(Set(receipt.steps.filter { $0.usage != nil }.map(\.phase)).contains(.disks))
      #expect(usage.count > 4 && usage.allSatisfy { $0.memory <= .mib(40) }, "\(usage)")
      #expect(try debugfs("stat /etc/sugaragent/staged", of: node).contains("not found"))
      for unit in ["sugaragent", "sugaragent-join"] {
        let link = try debugfs("stat /etc/systemd/system/\(unit).service", of: node)
        #expect(link.contains("Fast link dest: \"/dev/null\""), "\(node): \(link)")
      }
    }
    var counts: Set<Int> = []
    for node in keepers {
      let state = try JSONSerialization.jsonObject(with: datastore(of: node)) as? [String: Any]
      let all = (state?["objects"] as? [String: Any] ?? [:]).values.compactMap {
        $0 as? [String: Any]
      }
      let ours = all.filter {
        "\($0["metadata"] ?? "")".contains("sugaragent") && !Self.isOfNodes($0)
      }
      let golden = try fleet.golden(of: node)
      for object in golden {
        #expect(
          ours.contains { JSONPart.stands(object, in: $0) },
          "\(node): not in the cluster: \(object)")
      }
      #expect(ours.count == golden.count, "\(ours.map { $0["metadata"] ?? "" })")
      counts.insert(golden.count)
    }
    #expect(counts.count == 1)
    return counts.first ?? 0
  }

  /// Nodes, and the tokens with which they join.
  private static func isOfNodes(_ object: [String: Any]) -> Bool {
    object["kind"] as? String == "Node"
      || JSONPart.stands(["metadata": ["namespace": "kube-system"]], in: object)
  }
}
