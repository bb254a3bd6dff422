import Foundation
import SugarGitOps
import SugarModel
import SugarProfile
import SugarTestSupport
import Testing

@testable import SugarImagePlan

/// Which node hands its cluster over, and what it is given for that.
@Suite struct GitOpsPlanTests {
  private static func manifest() throws -> EngineManifest {
    let script = PlanFixture.root.appendingPathComponent("scripts/flux-stand-in").path
    let path = try Tool("bash").check([script]).text.trimmingCharacters(in: .newlines)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try #require(ManifestReader.read(text, path: path, engine: .flux).manifest)
  }

  /// The shipped profile with a repository and a manifest.
  private static func inputs(_ change: (String) -> String = { $0 }) throws -> PlanInputs {
    let profile = try PlanFixture.profile("sugarkube-3x3") { text in
      change(
        text.replacingOccurrences(
          of: "  engine: flux\n",
          with: """
              engine: flux
              repo: ssh://git@github.com/me/clusters
              manifest: { path: install.yaml, sha256: "\(String(repeating: "ab", count: 32))" }

            """))
    }
    var inputs = PlanFixture.inputs(profile)
    let manifest = try manifest()
    for cluster in ["prod", "int", "dev"] { inputs.assets.manifests[cluster] = manifest }
    return inputs
  }

  private static func staged(_ plan: ImagePlan) -> [(path: String, content: FileContent)] {
    plan.steps.compactMap { planned in
      guard case .write(let path, let content, let access, _) = planned.step,
        path.path.hasPrefix(HandOffList.folder + "/")
      else { return nil }
      #expect(access == .privateFile && path.volume == .root)
      return (path.path, content)
    }
  }

  static let tiers = [
    "sugarkube0": ("prod", "clusters/prod"), "sugarkube3": ("int", "clusters/staging"),
    "sugarkube6": ("dev", "clusters/dev"),
  ]

  @Test func onlyTheFirstServersHandOver() throws {
    let inputs = try Self.inputs()
    for node in inputs.profile.nodes.map(\.hostname) {
      let plan = try ImagePlanner.plan(node, inputs)
      let staged = Self.staged(plan)
      guard let (cluster, path) = Self.tiers[node] else {
        #expect(staged.isEmpty && plan.identity.gitops == nil && plan.handOff == nil)
        #expect(!plan.text(contents: true).contains("gitops"), "\(node)")
        continue
      }
      #expect(
        plan.identity.gitops
          == GitOpsIdentity(
            engine: .flux, version: "v2.6.4", url: "ssh://git@github.com/me/clusters",
            branch: "main", path: path, gates: [.controllers, .source, .sync],
            standIn: "scripts/flux-stand-in, for v2.6.4; its kinds have no schemas"))
      #expect(staged.count == plan.handOff.map { $0.objects + 1 })
      let secrets = staged.compactMap { entry -> SecretName? in
        if case .secret(let name) = entry.content { name } else { nil }
      }
      #expect(
        secrets
          == [.sopsAge, .deployKey, .pullSecret, .tunnel].map {
            SecretName.gitops(cluster: cluster, secret: $0)
          })
      let text = plan.text(contents: true)
      #expect(text.contains("STAND-IN") && text.contains("<hidden: SOPS age key of cluster"))
      #expect(text.contains("<hidden: digest of deploy key of cluster \(cluster)>"))
    }
  }

  /// The list is what stands in the folder, in the order in which it is written.
  @Test func theListIsTheFolder() throws {
    let plan = try ImagePlanner.plan("sugarkube3", Self.inputs())
    let staged = Self.staged(plan)
    guard case .handOff(let list, let secrets)? = staged.last?.content else {
      Issue.record("no list")
      return
    }
    #expect(staged.last?.path == "/etc/sugaragent/staged/gitops/index.json")
    #expect(
      staged.dropLast().map(\.path) == list.objects.map { "\(HandOffList.folder)/\($0.file)" })
    for (entry, object) in zip(staged, list.objects) {
      switch entry.content {
      case .text(let text):
        #expect(object.sha256 == SHA256Hash.hex(text) && !object.secret)
        #expect(text.last == "\n" && text.filter { $0 == "\n" }.count == 1)
      case .secret(let name): #expect(object.secret && secrets[object.file] == name)
      case .asset, .keyfile, .netplan, .handOff: Issue.record("\(entry.path)")
      }
    }
    let text = list.text { secrets[$0].map { _ in String(repeating: "0", count: 64) } }
    let read = try JSONDecoder().decode(HandOffList.self, from: Data(text.utf8))
    #expect(read.objects.map(\.file) == list.objects.map(\.file))
    #expect(read.objects.filter(\.secret).allSatisfy { $0.sha256.count == 64 })
    let folder = plan.steps.contains { planned in
      planned.step == .makeDirectory(HandOffList.folder, FileAccess(0o700))
    }
    #expect(folder)
  }

  @Test func anotherServerMayDoIt() throws {
    let inputs = try Self.inputs {
      $0.replacingOccurrences(
        of: "path: clusters/prod", with: "path: clusters/prod\n      node: sugarkube2")
    }
    let names = try inputs.profile.nodes.map(\.hostname).filter {
      try ImagePlanner.plan($0, inputs).handOff != nil
    }
    #expect(names == ["sugarkube2", "sugarkube3", "sugarkube6"])
    let plan = try ImagePlanner.plan("sugarkube2", inputs)
    #expect(
      plan.steps.contains {
        $0.step == .makeDirectory("/etc/sugaragent/staged", FileAccess(0o700))
      })
    #expect(!plan.text().contains("server-ca.key"), "authorities stay with the initialiser")
  }

  /// As it ships, the profile names no repository: nothing is handed over.
  @Test func nothingWithoutARepository() throws {
    let inputs = try PlanFixture.inputs("sugarkube-3x3")
    for node in inputs.profile.nodes.map(\.hostname) {
      let plan = try ImagePlanner.plan(node, inputs)
      #expect(plan.identity.gitops == nil && Self.staged(plan).isEmpty)
    }
  }

  @Test func anotherManifestChangesThreeNodes() throws {
    let before = try Self.inputs()
    var after = before
    for cluster in ["prod", "int", "dev"] { after.assets.manifests[cluster]?.version = "v2.6.5" }
    let changed = try before.profile.nodes.map(\.hostname).filter {
      try ImagePlanner.plan($0, before).digest != ImagePlanner.plan($0, after).digest
    }
    #expect(changed == Self.tiers.keys.sorted())
  }
}
