import Foundation
import SugarGitOps
import SugarModel
import SugarTestSupport

/// What `scripts/flux-stand-in` writes, and a few smaller manifests.
enum StandInManifest {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func text() throws -> String {
    let script = root.appendingPathComponent("scripts/flux-stand-in").path
    let path = try Tool("bash").check([script]).text.trimmingCharacters(in: .newlines)
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  static func read(_ text: String) -> (manifest: EngineManifest?, report: Report) {
    ManifestReader.read(text, path: "install.yaml", engine: .flux)
  }

  /// The least that Flux can be: every test breaks one thing in it.
  static let small = """
    apiVersion: v1
    kind: Namespace
    metadata:
      name: flux-system
    ---
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: gitrepositories.source.toolkit.fluxcd.io
    spec:
      group: source.toolkit.fluxcd.io
      names: { kind: GitRepository, plural: gitrepositories }
      scope: Namespaced
      versions:
      - { name: v1beta2, served: true, storage: false }
      - { name: v1, served: true, storage: true }
    ---
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: kustomizations.kustomize.toolkit.fluxcd.io
    spec:
      group: kustomize.toolkit.fluxcd.io
      names: { kind: Kustomization, plural: kustomizations }
      scope: Namespaced
      versions:
      - { name: v1, served: true, storage: true }
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: { name: source-controller, namespace: flux-system }
    spec: { template: { spec: { containers: [{ name: a, image: "example.net/source:1" }] } } }
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: { name: kustomize-controller, namespace: flux-system }
    spec: { template: { spec: { containers: [{ name: a, image: "example.net/kustomize:1" }] } } }

    """
}
