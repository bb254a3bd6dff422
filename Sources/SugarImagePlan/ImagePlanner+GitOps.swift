import SugarGitOps
import SugarModel
import SugarProfile

extension ImagePlanner {
  /// How this node hands its cluster over; nil on every other node of it.
  var handOff: (gitops: GitOps, manifest: EngineManifest)? {
    guard let gitops = profile.gitops(of: cluster), gitops.node == node.hostname,
      let manifest = inputs.assets.manifests[cluster.name]
    else { return nil }
    return (gitops, manifest)
  }

  var gitopsIdentity: GitOpsIdentity? {
    handOff.map { gitops, manifest in
      GitOpsIdentity(
        engine: gitops.engine, version: manifest.version, url: gitops.repo, branch: gitops.branch,
        path: gitops.path, gates: gitops.gates, standIn: manifest.standIn)
    }
  }

  private var handOffItems: [HandOffItem] {
    guard let (gitops, manifest) = handOff else { return [] }
    let wish = HandOffWish(
      engine: gitops.engine, url: gitops.repo, branch: gitops.branch, path: gitops.path,
      interval: gitops.interval, secrets: gitops.secrets)
    return HandOff.items(wish, manifest)
  }

  var handOffSummary: HandOffSummary? {
    handOff.map { gitops, manifest in
      HandOffSummary(
        cluster: cluster.name, engine: EngineKit.of(gitops.engine).title,
        version: manifest.version, standIn: manifest.standIn, url: gitops.repo,
        branch: gitops.branch, path: gitops.path, manifest: gitops.manifest.sha256,
        objects: handOffItems.count, images: manifest.images)
    }
  }

  /// The objects that the agent applies, one file each, and the list of them. Root's alone, and
  /// removed by the agent when the cluster has them.
  mutating func planGitOps() {
    guard let (gitops, manifest) = handOff else { return }
    let folder = HandOffList.folder
    add(.makeDirectory(folder, FileAccess(0o700)), because: "what the agent applies")
    var objects: [HandOffObject] = []
    var secrets: [String: SecretName] = [:]
    for item in handOffItems {
      let place = ImagePath(.root, "\(folder)/\(item.file)")
      let content: FileContent
      var digest = ""
      switch item.content {
      case .text(let text): (content, digest) = (.text(text), SHA256Hash.hex(text))
      case .secret(let secret):
        let name = SecretName.gitops(cluster: cluster.name, secret: secret)
        (content, secrets[item.file]) = (.secret(name), name)
      }
      add(
        .write(place, content, .privateFile, before: nil),
        because: "GitOps, \(item.stage.rawValue): \(item.title)")
      objects.append(
        HandOffObject(
          stage: item.stage, kind: item.kind, namespace: item.namespace, name: item.name,
          path: item.path, file: item.file, sha256: digest, secret: secrets[item.file] != nil))
    }
    add(
      .write(
        ImagePath(.root, "\(folder)/\(HandOffList.index)"),
        .handOff(HandOffList(objects: objects), secrets: secrets), .privateFile, before: nil),
      because: "GitOps: the order of \(objects.count) objects")
    if let standIn = manifest.standIn {
      let title = EngineKit.of(gitops.engine).title
      notes.append("\(title) of cluster \(cluster.name) is a STAND-IN: \(standIn)")
    }
  }
}
