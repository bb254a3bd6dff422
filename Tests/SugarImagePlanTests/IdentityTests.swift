import SugarModel
import Testing

@testable import SugarImagePlan
@testable import SugarProfile

/// Names and numbers that a fleet's media and certificates get.
@Suite struct IdentityTests {
  @Test func diskIDsAreStable() throws {
    let profile = try PlanFixture.profile("sugarkube-3x3")
    let ids = DiskIDs(profile)
    // Changing these numbers changes the identity of every medium that was ever written.
    #expect(profile.nodes.map { ids[$0.hostname] } == Self.recorded)
    #expect(DiskIDs(try PlanFixture.profile("dev-single"))["dev0"] == "e7e286f5")
    #expect(ids["nobody"] == nil)
  }

  private static let recorded = [
    "367e727c", "5dec69c1", "e8e68a7a", "2928a201", "5421c200", "9c4a14e4", "0fceadd5", "b5d47fac",
    "2979a7b9",
  ]

  @Test func diskIDsAreDifferentForEverythingThatMatters() throws {
    let profile = try PlanFixture.profile("sugarkube-3x3")
    let changes: [(String, (inout Profile) -> Void)] = [
      ("nothing", { _ in }), ("fleet", { $0.fleet.name = "other" }),
      ("medium", { $0.root.target = .sd }), ("fleet's generation", { $0.fleet.generation += 1 }),
      (
        "node's generation",
        { profile in
          for index in profile.nodes.indices { profile.nodes[index].generation += 2 }
        }
      ),
    ]
    var seen: [String: String] = [:]
    for (name, change) in changes {
      var changed = profile
      change(&changed)
      let ids = DiskIDs(changed)
      for node in changed.nodes {
        let id = try #require(ids[node.hostname])
        #expect(id.wholeMatch(of: /[0-9a-f]{8}/) != nil)
        #expect(id != "00000000")
        let other = seen.updateValue("\(name), \(node.hostname)", forKey: id)
        #expect(other == nil, "\(name), \(node.hostname)")
      }
    }
    // What is no identity changes none.
    var same = profile
    same.root.size = .gib(10)
    same.site.id = "elsewhere"
    same.admin.user = "other"
    #expect(DiskIDs(same) == DiskIDs(profile))
  }

  @Test func generationsOfFleetAndNodeAddUp() throws {
    var profile = try PlanFixture.profile("dev-single")
    (profile.fleet.generation, profile.nodes[0].generation) = (3, 1)
    let byFleet = DiskIDs(profile)["dev0"]
    (profile.fleet.generation, profile.nodes[0].generation) = (1, 3)
    #expect(DiskIDs(profile)["dev0"] == byFleet)
    #expect(profile.generation(of: profile.nodes[0]) == 3)
  }

  /// Two nodes that would get the same id: the second gets another.
  @Test func collisionsAreResolved() throws {
    var profile = try PlanFixture.profile("dev-single")
    profile.nodes = (0..<3000).map { number in
      var node = profile.nodes[0]
      node.hostname = "node\(number)"
      return node
    }
    let ids = DiskIDs(profile)
    #expect(Set(profile.nodes.compactMap { ids[$0.hostname] }).count == 3000)
    let node = profile.nodes[0]
    #expect(DiskIDs.candidate(profile, node, 0) != DiskIDs.candidate(profile, node, 1))
    #expect(DiskIDs.candidate(profile, node, 0) == ids["node0"])
  }

  @Test func wordsOfADigestDoNotRunTogether() {
    #expect(Derivation.digest(["ab", "c"]) != Derivation.digest(["a", "bc"]))
    #expect(Derivation.digest(["a"]) != Derivation.digest(["a", ""]))
  }

  private static func config(_ node: String, _ change: (inout Profile) -> Void = { _ in }) throws
    -> String
  {
    var profile = try PlanFixture.profile("sugarkube-3x3")
    change(&profile)
    let plan = try ImagePlanner.plan(node, PlanFixture.inputs(profile))
    return try #require(plan.text(of: ImagePath(.root, "/etc/rancher/k3s/config.yaml")))
  }

  @Test func certificatesNameEveryServerOnce() throws {
    let text = try Self.config("sugarkube3")
    let list = try #require(text.firstMatch(of: /tls-san:\n((  - .*\n)+)/)).1
    #expect(
      list.split(separator: "\n").map { String($0.dropFirst(5).dropLast()) } == [
        "192.168.1.30", "sugarkube3", "sugarkube3.sugarkube.home.arpa", "sugarkube3.local",
        "192.168.1.31", "sugarkube4", "sugarkube4.sugarkube.home.arpa", "sugarkube4.local",
        "192.168.1.32", "sugarkube5", "sugarkube5.sugarkube.home.arpa", "sugarkube5.local",
        "192.168.1.33",
      ])
    #expect(try Self.config("sugarkube4").contains(list), "the same on all servers")
  }

  /// Joining nodes ask the initialiser itself, never the virtual address that nothing serves yet.
  @Test(arguments: [
    ("sugarkube0", nil), ("sugarkube1", "https://192.168.1.21:6443"),
    ("sugarkube5", "https://192.168.1.31:6443"), ("sugarkube8", "https://192.168.1.41:6443"),
  ])
  func joinEndpoint(_ node: String, _ endpoint: String?) throws {
    let text = try Self.config(node)
    #expect(text.firstMatch(of: /(?m)^server: "(.*)"$/).map { String($0.1) } == endpoint)
    #expect(text.contains("cluster-init: true") == (endpoint == nil))
    let plan = try ImagePlanner.plan(node, PlanFixture.inputs("sugarkube-3x3"))
    #expect(plan.identity.cluster.server == endpoint)
  }

  @Test func joinEndpointByNameWhenAddressesComeByDHCP() throws {
    let text = try Self.config("sugarkube8") { profile in
      for index in profile.nodes.indices { profile.nodes[index].planes["lan"]?.address = nil }
      for index in profile.clusters.indices { profile.clusters[index].api.port = 7443 }
    }
    #expect(text.contains("server: \"https://sugarkube6.sugarkube.home.arpa:7443\"\n"))
  }
}
