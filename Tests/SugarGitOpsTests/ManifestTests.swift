import Foundation
import SugarGitOps
import SugarModel
import SugarTestSupport
import Testing

/// What a manifest says, and what is wrong with one.
@Suite struct ManifestTests {
  @Test func theStandInSaysWhatItIs() throws {
    let (manifest, report) = StandInManifest.read(try StandInManifest.text())
    #expect(report.isEmpty, "\(report)")
    let flux = try #require(manifest)
    #expect(flux.version == "v2.6.4")
    #expect(flux.standIn == "scripts/flux-stand-in, for v2.6.4; its kinds have no schemas")
    #expect(flux.objects.count == 31)
    #expect(
      flux.images == [
        "ghcr.io/fluxcd/helm-controller:v1.3.0", "ghcr.io/fluxcd/kustomize-controller:v1.6.1",
        "ghcr.io/fluxcd/notification-controller:v1.6.0", "ghcr.io/fluxcd/source-controller:v1.6.2",
      ])
    #expect(flux.customKinds["GitRepository"]?.apiVersion == "source.toolkit.fluxcd.io/v1")
    #expect(flux.customKinds["GitRepository"]?.served == ["v1", "v1beta2"])
  }

  /// A second reader of YAML and writer of JSON: every object is the same.
  @Test func pythonReadsTheSame() throws {
    let text = try StandInManifest.text()
    let folder = try TemporaryDirectory()
    try text.write(toFile: folder.path("a.yaml"), atomically: true, encoding: .utf8)
    let script = """
      import json, sys, yaml
      for it in yaml.safe_load_all(open(sys.argv[1])):
          if it: print(json.dumps(it, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
      """
    let lines = try Tool("python3").check(["-c", script, folder.path("a.yaml")]).text
    let manifest = try #require(StandInManifest.read(text).manifest)
    #expect(manifest.objects.map { $0.json + "\n" }.joined() == lines)
  }

  @Test func theSmallestIsTaken() throws {
    let (manifest, report) = StandInManifest.read(StandInManifest.small)
    #expect(report.isEmpty, "\(report)")
    #expect(manifest?.version == nil && manifest?.standIn == nil)
    #expect(manifest?.images == ["example.net/kustomize:1", "example.net/source:1"])
    let crlf = StandInManifest.small.replacingOccurrences(of: "\n", with: "\r\n")
    #expect(StandInManifest.read(crlf).manifest == manifest)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var words: String
    var change: @Sendable (String) -> String
    var testDescription: String { words }

    init(_ words: String, _ change: @escaping @Sendable (String) -> String) {
      (self.words, self.change) = (words, change)
    }

    static func more(_ words: String, _ object: String) -> Case {
      Case(words) { $0 + "---\n" + object }
    }

    static func replacing(_ old: String, _ new: String, _ words: String) -> Case {
      Case(words) { $0.replacingOccurrences(of: old, with: new) }
    }
  }

  /// The line is the small manifest's, 42 lines with what is added behind it.
  static let cases: [Case] = [
    Case("install.yaml:1:1: error: the file holds no object") { _ in "" },
    Case("install.yaml:1:1: error: the file holds no object") { _ in "# nothing\n---\n---\n" },
    Case("install.yaml:1:1: error: this document is no object of Kubernetes") { _ in "flux\n" },
    Case("install.yaml:1:1: error: an object has no 'apiVersion'") { _ in "kind: Namespace\n" },
    Case("the file is too large: at most 4 MiB are read") {
      $0 + String(repeating: "# too much\n", count: 400_000)
    },
    Case("install.yaml:3:1: error: not valid YAML: ") { _ in "a: [1,\nb: 2\n" },
    Case("error: not valid YAML: ") { $0 + "\u{1}" },
    .replacing("flux-system", "flux", "it lacks Namespace flux-system"),
    .replacing("kind: GitRepository", "kind: Repository", "it lacks kind GitRepository"),
    .replacing("name: source-controller", "name: other", "it lacks Deployment source-controller"),
    .replacing("kind: Namespace\n", "", "install.yaml:1:1: error: an object has no 'kind'"),
    .replacing("kind: Namespace\n", "kind: 5\n", "install.yaml:2:1: error: 'kind' must be text"),
    .replacing(
      "metadata: { name: source-controller, ", "metadata: { ",
      "an object has no 'metadata.name'"),
    .replacing(", namespace: flux-system", "", "a Deployment has no 'metadata.namespace'"),
    .replacing("namespace: flux-system", "namespace: Flux", "is no name of a namespace"),
    .replacing(
      "image: \"example.net/source:1\"", "command: []",
      "a container of this Deployment names no image"),
    .replacing("apps/v1", "apps/v2", "'apps/v2' is no version of the kind 'Deployment'"),
    .replacing("name: source-controller", "name: a/b", "'a/b' is no name of an object"),
    .replacing("name: source-controller", "name: ..", "'..' is no name of an object"),
    .replacing("name: source-controller", "name: a?b", "'a?b' is no name of an object"),
    .more(
      "install.yaml:40:1: error: nobody knows the kind 'Wish' of 'example.net/v1'",
      "apiVersion: example.net/v1\nkind: Wish\nmetadata: { name: a }\n"),
    .more(
      "error: nobody knows the kind 'List' of 'v1'",
      "apiVersion: v1\nkind: List\nmetadata: { name: a }\nitems: []\n"),
    .more(
      "a Secret stands in the manifest",
      "apiVersion: v1\nkind: Secret\nmetadata: { name: a, namespace: flux-system }\n"),
    .more(
      "error: Namespace 'flux-system' stands twice\n    note: the first one is in line 1",
      "apiVersion: v1\nkind: Namespace\nmetadata: { name: flux-system }\n"),
    .more(
      "the namespace 'elsewhere' is not in the manifest",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: elsewhere }\n"),
    .more(
      "a ClusterRole stands in a namespace, and must not",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        + "metadata: { name: a, namespace: flux-system }\n"),
    .more(
      "is too large for a cluster",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: flux-system }\ndata:\n  a: "
        + String(repeating: "x", count: 1 << 20) + "\n"),
    .more("the key 'a' stands twice", "a: 1\na: 2\n"),
    .more("anchors and aliases are not supported", "a: &x 1\nb: *x\n"),
    .more("a key must be a word", "apiVersion: v1\n<<: {}\n"),
    .more("YAML tags are not supported", "a: !!binary aGk=\n"),
    .more("'0644' is not the same in all versions of YAML", "mode: 0644\n"),
    .more("'on' is not the same in all versions of YAML", "switch: on\n"),
    .more("'.inf' is not the same in all versions of YAML", "size: .inf\n"),
  ]

  @Test(arguments: cases) func theComplaintNamesThePlace(_ row: Case) {
    let (manifest, report) = StandInManifest.read(row.change(StandInManifest.small))
    #expect(manifest == nil)
    #expect(report.description.contains(row.words), "\(report)")
    #expect(report.diagnostics.allSatisfy { $0.location?.file == "install.yaml" })
    #expect(report.diagnostics.count <= 20)
  }

  /// Nine lines that stand for a billion values, as a value and as a key, take no time at all.
  @Test func aBombIsRefused() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      bomb +=
        "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
    }
    let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    let wide = "a: [" + String(repeating: "1,", count: 110_000) + "1]\n"
    for text in [bomb, bomb + "? *a12\n: 1\n", bomb + "*a12 : 1\n", "a: \(deep)\n", wide] {
      let start = ContinuousClock.now
      let (manifest, report) = StandInManifest.read(text)
      #expect(manifest == nil && report.hasErrors)
      #expect(ContinuousClock.now - start < .seconds(120))
    }
  }

  /// Every cut and every changed byte ends in a manifest or in a complaint with a place.
  @Test func brokenFilesAreRefusedOrRead() throws {
    let bytes = Array(StandInManifest.small.utf8)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<300 {
      var broken = bytes
      if Bool.random(using: &generator) {
        broken = Array(broken.prefix(Int.random(in: 0..<bytes.count, using: &generator)))
      } else {
        broken[Int.random(in: 0..<bytes.count, using: &generator)] =
          UInt8.random(in: 0x09..<0x7f, using: &generator)
      }
      let (manifest, report) = StandInManifest.read(String(decoding: broken, as: UTF8.self))
      #expect((manifest == nil) == report.hasErrors)
    }
  }
}
