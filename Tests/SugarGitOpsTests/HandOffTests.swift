import Foundation
import SugarGitOps
import SugarModel
import Testing

/// The objects that a cluster is given, and their order.
@Suite struct HandOffTests {
  private static func wish(_ secrets: [GitOpsSecret]) -> HandOffWish {
    HandOffWish(
      engine: .flux, url: "ssh://git@github.com/me/clusters", branch: "main",
      path: "clusters/prod", interval: "1m", secrets: secrets)
  }

  private static func shown(_ item: HandOffItem) -> String {
    let content =
      switch item.content {
      case .text(let text): text
      case .secret(let secret): "<hidden: \(secret)>\n"
      }
    return "\(item.stage.rawValue)  \(item.file)\n  PATCH \(item.path)\n  \(content)"
  }

  /// `RECORD_GOLDEN=1` writes the file anew, and still fails the run.
  @Test func objectsAreTheRecordedOnes() throws {
    let manifest = try #require(StandInManifest.read(try StandInManifest.text()).manifest)
    let items = HandOff.items(
      Self.wish([.sopsAge, .deployKey, .pullSecret, .tunnel]), manifest)
    let text = items.map(Self.shown).joined()
    let file = StandInManifest.root.appendingPathComponent(
      "Tests/SugarGitOpsTests/Golden/flux.objects")
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(file.lastPathComponent)")
      return
    }
    #expect(try text == String(contentsOf: file, encoding: .utf8))
  }

  private static func items(_ secrets: [GitOpsSecret], more: String = "") throws -> [HandOffItem] {
    let manifest = StandInManifest.read(StandInManifest.small + more).manifest
    return HandOff.items(wish(secrets), try #require(manifest))
  }

  @Test func stagesComeInTheirOrder() throws {
    let items = try Self.items([.sopsAge, .deployKey, .pullSecret, .tunnel])
    let order = HandOffStage.allCases
    let stages = items.map { order.firstIndex(of: $0.stage) ?? -1 }
    #expect(stages == stages.sorted() && Set(stages).count == order.count)
    #expect(Set(items.map(\.file)).count == items.count)
    #expect(Set(items.map(\.path)).count == items.count)
    #expect(items.map(\.file).sorted() == items.map(\.file))
    #expect(items.filter { $0.kind == "Namespace" }.map(\.name) == ["flux-system", "cloudflared"])
  }

  /// What defines a kind comes before what is of that kind, wherever they stand.
  @Test func definitionsComeFirst() throws {
    let items = try Self.items(
      [],
      more: """
        ---
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: GitRepository
        metadata: { name: more, namespace: flux-system }
        ---
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: things.example.net }
        spec:
          group: example.net
          names: { kind: Thing, plural: things }
          scope: Cluster
          versions: [{ name: v3, served: true, storage: true }]
        ---
        apiVersion: example.net/v3
        kind: Thing
        metadata: { name: a }

        """)
    let kinds = items.filter { $0.stage == .components }.map(\.kind)
    #expect(
      kinds == [
        "CustomResourceDefinition", "CustomResourceDefinition", "CustomResourceDefinition",
        "Deployment", "Deployment", "GitRepository", "Thing",
      ])
    #expect(items.contains { $0.path == "/apis/example.net/v3/things/a" })
    #expect(
      items.contains {
        $0.path == "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/more"
      })
  }

  /// Only what is restored is referred to.
  @Test(arguments: [
    ([GitOpsSecret.sopsAge], false, true), ([.login], true, false), ([], false, false),
    ([.sopsAge, .deployKey], true, true), ([.pullSecret, .tunnel], false, false),
  ]) func referencesFollowTheSecrets(
    _ secrets: [GitOpsSecret], _ hasKey: Bool, _ hasDecryption: Bool
  ) throws {
    let items = try Self.items(secrets)
    func text(_ stage: HandOffStage) -> String {
      guard case .text(let text)? = items.last(where: { $0.stage == stage })?.content else {
        return ""
      }
      return text
    }
    #expect(text(.source).contains(#""secretRef":{"name":"flux-system"}"#) == hasKey)
    #expect(
      text(.sync).contains(
        #""decryption":{"provider":"sops","secretRef":{"name":"sops-age"}}"#) == hasDecryption)
    #expect(items.filter { $0.stage == .secrets }.count == secrets.count)
  }

  @Test func aSecretIsOneLineOfJSON() throws {
    let file = EngineKit.of(.flux).shape(of: .pullSecret).file([
      ".dockerconfigjson": Array("{}".utf8)
    ])
    #expect(
      String(decoding: file, as: UTF8.self)
        == #"{"apiVersion":"v1","data":{".dockerconfigjson":"e30="},"kind":"Secret","metadata":{"#
        + #""name":"ghcr-pull","namespace":"flux-system"},"type":"kubernetes.io/dockerconfigjson"}"#
        + "\n")
  }
}
