import SugarModel
import SugarProfile
import Testing

@testable import SugarImagePlan

/// Which node holds which secret, and that a plan shows none.
@Suite struct SecretsTests {
  private static func secrets(_ plan: ImagePlan) -> [String: SecretName] {
    var result: [String: SecretName] = [:]
    for case .write(let path, .secret(let name), let access, _) in plan.steps.map(\.step) {
      #expect(path.volume == .root, "no secret on the FAT partition: \(name)")
      #expect(access == .privateFile)
      result[path.path] = name
    }
    return result
  }

  private static func own(_ node: String) -> [String: SecretName] {
    [
      "/etc/rancher/node/password": .nodePassword(node: node),
      "/etc/ssh/ssh_host_ed25519_key": .sshHostKey(node: node, kind: .ed25519),
      "/etc/ssh/ssh_host_ecdsa_key": .sshHostKey(node: node, kind: .ecdsa),
    ]
  }

  @Test func initialiserHoldsTheAuthorities() throws {
    let plan = try ImagePlanner.plan("sugarkube6", PlanFixture.inputs("sugarkube-3x3"))
    var expected = Self.own("sugarkube6")
    expected["/etc/rancher/k3s/token"] = .serverToken(cluster: "dev")
    for file in AuthorityFile.allCases {
      expected["/var/lib/rancher/k3s/server/tls/\(file.path)"] =
        .authority(cluster: "dev", file: file)
    }
    for agent in ["sugarkube7", "sugarkube8"] {
      expected["/etc/sugaragent/staged/bootstrap-token-\(agent).json"] =
        .agentTokenManifest(node: agent)
    }
    #expect(Self.secrets(plan) == expected)
    #expect(AuthorityFile.allCases.count == 11)
  }

  @Test(arguments: ["sugarkube1", "sugarkube2", "sugarkube4", "sugarkube5"])
  func joiningServersHoldTheServerTokenAlone(_ node: String) throws {
    let plan = try ImagePlanner.plan(node, PlanFixture.inputs("sugarkube-3x3"))
    var expected = Self.own(node)
    expected["/etc/rancher/k3s/token"] = .serverToken(cluster: plan.identity.cluster.name)
    #expect(Self.secrets(plan) == expected)
  }

  /// An agent's card in the wrong hands opens the cluster to nobody for long.
  @Test(arguments: ["sugarkube7", "sugarkube8"])
  func agentsHoldTheirOwnTokenAlone(_ node: String) throws {
    let plan = try ImagePlanner.plan(node, PlanFixture.inputs("sugarkube-3x3"))
    var expected = Self.own(node)
    expected["/etc/rancher/k3s/token"] = .agentToken(node: node)
    #expect(Self.secrets(plan) == expected)
    #expect(!plan.steps.contains { "\($0.step)".contains("/server/tls") })
  }

  /// A secret is named in the plan, and what is printed holds none; public parts are there.
  @Test func nothingOfASecretIsPrinted() throws {
    let inputs = try PlanFixture.inputs("sugarkube-3x3")
    for node in inputs.profile.nodes {
      let plan = try ImagePlanner.plan(node.hostname, inputs)
      let text = plan.text(contents: true) + plan.stepLines.joined() + plan.identityText
      #expect(!text.contains("PRIVATE KEY"))
      #expect(text.firstMatch(of: /K10[0-9a-f]{64}::/) == nil)
      #expect(text.contains("<hidden: node password of \(node.hostname)>"))
      #expect(text.contains(plan.identity.cluster.pin), "the pin is public")
    }
  }

  @Test func missingCredentials() throws {
    var inputs = try PlanFixture.inputs("dev-single")
    inputs.credentials.nodes = [:]
    let error = #expect(throws: PlanError.self) { try ImagePlanner.plan("dev0", inputs) }
    #expect(
      error?.description
        == "cannot plan 'dev0': its secrets were not minted\n    note: run `sugarimage keys`")
    #expect(throws: PlanError.self) {
      try ImagePlanner.plan("nobody", PlanFixture.inputs("dev-single"))
    }
  }
}

/// What a change of the fleet changes, and what it leaves alone.
@Suite struct ChangeTests {
  private static func digests(_ change: (inout PlanInputs) -> Void = { _ in }) throws -> [String:
    String]
  {
    var inputs = try PlanFixture.inputs("sugarkube-3x3")
    change(&inputs)
    var result: [String: String] = [:]
    for node in inputs.profile.nodes {
      result[node.hostname] = try ImagePlanner.plan(node.hostname, inputs).digest
    }
    return result
  }

  private static func changed(_ change: (inout PlanInputs) -> Void) throws -> [String] {
    let (before, after) = (try digests(), try digests(change))
    return before.keys.filter { before[$0] != after[$0] }.sorted()
  }

  @Test func aClustersVersionChangesItsNodesAlone() throws {
    let nodes = try Self.changed { inputs in
      inputs.profile.clusters[1].k3s.version =
        K3sVersion("v1.33.6+k3s1") ?? inputs.profile.clusters[0].k3s.version
    }
    #expect(nodes == ["sugarkube3", "sugarkube4", "sugarkube5"])
  }

  @Test func aNodesTaintChangesThatNodeAlone() throws {
    #expect(try Self.changed { $0.profile.nodes[4].taints = ["a=b:NoSchedule"] } == ["sugarkube4"])
    #expect(
      try Self.changed { $0.credentials.nodes["sugarkube7"]?.machineID = "f" } == ["sugarkube7"])
  }

  @Test func theBaseChangesAllAndNothingChangesNone() throws {
    #expect(try Self.changed { $0.facts.identity.sha256 = "other" }.count == 9)
    #expect(try Self.changed { _ in } == [])
    // Where a file stood on the workstation is not what goes into the image.
    #expect(
      try Self.changed { inputs in
        for case .file(var asset) in inputs.assets.overlays["k3s-host"]?.map(\.kind) ?? [] {
          asset.path = "elsewhere"
          inputs.assets.overlays["k3s-host"]?[0].kind = .file(asset)
        }
      } == [])
  }

  @Test func allDigestsDiffer() throws { #expect(Set(try Self.digests().values).count == 9) }

  @Test func overlaysComeAfterEverythingThatTheyMayReplace() throws {
    let plan = try ImagePlanner.plan("sugarkube0", PlanFixture.inputs("sugarkube-3x3"))
    let reasons = plan.steps.map(\.reason)
    let first = try #require(reasons.firstIndex(of: "overlay k3s-host"))
    #expect(reasons[..<first].contains("who the node is"))
    #expect(
      Set(reasons[first...]).subtracting(["overlay k3s-host"]).allSatisfy {
        $0.contains("cloud-init") || $0.contains("instance id") || $0.contains("nothing reads it")
      })
  }
}
