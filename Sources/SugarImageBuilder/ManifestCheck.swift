import SugarGitOps
public import SugarModel
import SugarProfile

/// What the install manifests of a fleet's GitOps bring, and what is wrong with them.
public struct ManifestCheck: Sendable {
  /// One manifest, and the clusters that it is for.
  public struct Manifest: Hashable, Sendable, Encodable {
    public var clusters: [String]
    /// As people call the engine: `Flux`.
    public var engine: String
    public var version: String?
    public var standIn: String?
    public var sha256: String
    public var objects: Int
    /// Every image that must be pulled.
    public var images: [String]
  }

  public private(set) var report = Report()
  public private(set) var manifests: [Manifest] = []

  /// Reads every manifest that is here. One that was not fetched yet is a warning.
  public init(_ fleet: FleetFolder, cache: CacheFolder) {
    let finder = ManifestFinder(fleet: fleet, cache: cache)
    for (index, cluster) in fleet.profile.clusters.enumerated() {
      guard let gitops = fleet.profile.gitops(of: cluster) else { continue }
      if let known = manifests.firstIndex(where: { $0.sha256 == gitops.manifest.sha256 }) {
        manifests[known].clusters.append(cluster.name)
        continue
      }
      let own = "clusters[\(index)].gitops.manifest"
      let field = fleet.places.isWritten(own) ? own : "gitops.manifest"
      guard finder.isHere(gitops.manifest) else {
        complain(
          fleet.places.diagnostic(
            .warning, "the manifest was not fetched yet, so nobody has looked at it", at: field,
            note: "run `sugarimage fetch \(fleet.path)`"))
        continue
      }
      do {
        let manifest = try finder.manifest(gitops.manifest, gitops.engine)
        manifests.append(Manifest(manifest, of: cluster.name, sha256: gitops.manifest.sha256))
      } catch {
        for diagnostic in error.report?.diagnostics ?? [] { complain(diagnostic) }
        if error.report == nil {
          complain(fleet.places.diagnostic(.error, error.message, at: field, note: error.note))
        }
      }
    }
  }

  /// What several clusters share is told once.
  private mutating func complain(_ diagnostic: Diagnostic) {
    if !report.diagnostics.contains(diagnostic) { report.add(diagnostic) }
  }
}

extension ManifestCheck.Manifest {
  fileprivate init(_ manifest: EngineManifest, of cluster: String, sha256: String) {
    self.init(
      clusters: [cluster], engine: EngineKit.of(manifest.engine).title, version: manifest.version,
      standIn: manifest.standIn, sha256: sha256, objects: manifest.objects.count,
      images: manifest.images)
  }
}

extension ManifestCheck.Manifest: CustomStringConvertible {
  /// `Flux v2.6.4 for prod, int: 38 objects and these images`, and a line for each.
  public var description: String {
    let head =
      "\(engine) \(version ?? "of no release") for \(clusters.joined(separator: ", ")): "
      + "\(objects) objects, sha256:\(sha256.prefix(12)), and these images"
    let label = standIn.map { ["  STAND-IN: \($0)"] } ?? []
    return ([head] + label + images.map { "  \($0)" }).joined(separator: "\n")
  }
}
