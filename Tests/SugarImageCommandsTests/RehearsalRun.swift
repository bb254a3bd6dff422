import Foundation
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
    let disk = "\(folder)/\(node)-boot.disk"
    let table = try JSONSerialization.jsonObject(
      with: Data(try Tool("sfdisk").check(["--json", disk]).text.utf8))
    let partitions = ((table as? [String: Any])?["partitiontable"] as? [String: Any])?["partitions"]
    let start = try #require((partitions as? [[String: Any]])?[1]["start"] as? Int)
    return try Tool("debugfs").check(["-R", "cat \(path)", "\(disk)?offset=\(start * 512)"]).text
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

  private func state(of server: String) throws -> State {
    let path = "/var/lib/rancher/k3s/server/db/etcd/member/stand-in.json"
    return try JSONDecoder().decode(State.self, from: Data(file(path, of: server).utf8))
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
}
