import FoundationEssentials
import SugarELF
import SugarHost
import SugarImagePlan
import SugarModel
import SugarProfile

/// Looks at every file of this workstation that a fleet puts into images, and gives each by its
/// digest.
struct AssetSurvey {
  let fleet: FleetFolder
  let agent: AgentFile
  let cache: CacheFolder
  var memory: ChecksumMemory

  init(_ fleet: FleetFolder, _ agent: AgentFile, _ cache: CacheFolder) {
    self.fleet = fleet
    self.agent = agent
    self.cache = cache
    memory = ChecksumMemory(cache)
  }

  mutating func index() throws(BuildError) -> AssetIndex {
    var index = AssetIndex(
      agent: .init(asset: try asset(agent.path), version: agent.version))
    for name in fleet.profile.overlays { index.overlays[name] = try overlay(name) }
    for name in fleet.profile.bootfiles { index.bootFolders[name] = try bootFolder(name) }
    for cluster in fleet.profile.clusters {
      if let binary = cluster.k3s.binary {
        let asset = try k3s(binary, of: cluster.name)
        index.k3s[cluster.name] = asset
        index.k3sStandIns[cluster.name] = try standIn(asset)
      }
    }
    index.manifests = try ManifestFinder(fleet: fleet, cache: cache).manifests()
    index.firmware = try FirmwareSurvey(fleet: fleet, cache: cache).firmware()
    memory.save()
    return index
  }

  private mutating func asset(_ path: String) throws(BuildError) -> Asset {
    try building {
      let status = try Files.status(path, followLinks: true)
      return Asset(path: path, sha256: try memory.sha256(ofFile: path), size: status?.size ?? .zero)
    }
  }

  /// The binary must have the digest that the fleet pins, and be made for arm64.
  private mutating func k3s(_ binary: PinnedFile, of cluster: String) throws(BuildError) -> Asset {
    let path = fleet.resolve(binary.path)
    let asset = try asset(path)
    guard asset.sha256 == binary.sha256 else {
      throw BuildError(
        .data,
        "cannot use '\(path)' as k3s of cluster \(cluster): its sha256 is \(asset.sha256), the fleet says \(binary.sha256)"
      )
    }
    let start = try building {
      try FileStorage(path, .read).bytes(at: .zero, count: Int(min(20, asset.size.bytes)))
    }
    guard let header = ELFHeader(start) else {
      throw BuildError(
        .data, "cannot use '\(path)' as k3s of cluster \(cluster): it is no Linux program")
    }
    guard header.isARM64 else {
      throw BuildError(
        .data,
        "cannot use '\(path)' as k3s of cluster \(cluster): it is made for \(header.processor), the nodes are arm64",
        note: "the release file for a Raspberry Pi is called k3s-arm64")
    }
    return asset
  }

  /// What a program that stands in for k3s says of itself; nil for any other. It is small, k3s is not.
  private func standIn(_ asset: Asset) throws(BuildError) -> String? {
    guard asset.size <= .mib(1) else { return nil }
    let bytes = try building { try Files.read(asset.path, limit: .mib(1)) }
    guard let text = (try? ELFFile(bytes, name: asset.path))?.packageMetadata,
      let metadata = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)),
      metadata["name"] == "k3s-stand-in"
    else { return nil }
    return "scripts/k3s-stand-in, for \(metadata["version"] ?? "no version"); it runs no container"
  }

  private mutating func overlay(_ name: String) throws(BuildError) -> [AssetIndex.OverlayItem] {
    guard let folder = OverlayCheck.folder("overlays", name, fleet: fleet.path, share: fleet.share)
    else {
      throw BuildError(.data, "cannot find the overlay '\(name)'")
    }
    let specification =
      OverlayCheck.specification(folder).map { OverlaySpecReader.read($0).spec } ?? OverlaySpec()
    var items: [AssetIndex.OverlayItem] = []
    try walk(folder + "/root", "", specification, &items)
    let present = Set(items.map(\.path))
    for (path, entry) in specification.entries.sorted(by: { $0.key < $1.key })
    where entry.kind == .file && !present.contains(path) {
      throw BuildError(
        .data,
        "cannot use the overlay '\(name)': its overlay.yaml names '\(path)', which is not in root/")
    }
    // Folders first, so that what is laid into them finds them with their own mode.
    return specification.directories.map { path in
      AssetIndex.OverlayItem(
        path: path, kind: .directory, access: FileAccess(specification.directory(at: path)))
    } + items
  }

  /// Links are laid as links and never followed, so that nothing outside the overlay can get into
  /// an image.
  private mutating func walk(
    _ root: String, _ place: String, _ specification: OverlaySpec,
    _ items: inout [AssetIndex.OverlayItem]
  ) throws(BuildError) {
    let folder = root + place
    let there = try building { try Files.status(folder) }
    guard let there else { return }
    guard there.kind == .directory else {
      throw BuildError(
        .data, "cannot use '\(folder)': it is not a folder",
        note: "a link there would lead out of the overlay")
    }
    for name in try building({ try Files.list(folder) }) {
      let path = "\(place)/\(name)"
      guard let status = try building({ try Files.status(root + path) }) else { continue }
      switch status.kind {
      case .directory: try walk(root, path, specification, &items)
      case .file:
        let access = FileAccess(
          specification.file(at: path, isExecutable: status.mode & 0o100 != 0))
        items.append(.init(path: path, kind: .file(try asset(root + path)), access: access))
      case .symlink:
        let target = try building { try Files.linkTarget(root + path) }
        try checkTarget(target, of: path, in: root)
        items.append(.init(path: path, kind: .link(target: target), access: FileAccess(0o777)))
      case .device, .other:
        throw BuildError(
          .data, "cannot use '\(root + path)': it is neither a file, a folder nor a link")
      }
    }
  }

  /// A relative link must not climb above the root of the image.
  private func checkTarget(_ target: String, of path: String, in root: String) throws(BuildError) {
    guard !target.hasPrefix("/") else { return }
    var depth = path.split(separator: "/").count - 1
    for part in target.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      guard depth >= 0 else {
        throw BuildError(
          .data, "cannot use '\(root + path)': the link leaves the root of the image ('\(target)')")
      }
    }
  }

  private mutating func bootFolder(_ name: String) throws(BuildError) -> AssetIndex.BootFolder {
    guard let folder = OverlayCheck.folder("bootfiles", name, fleet: fleet.path, share: fleet.share)
    else {
      throw BuildError(.data, "cannot find the boot files '\(name)'")
    }
    var result = AssetIndex.BootFolder(configLines: [], cmdlineWords: [], files: [:])
    try walkBoot(folder, "", &result)
    return result
  }

  private mutating func walkBoot(
    _ root: String, _ place: String, _ result: inout AssetIndex.BootFolder
  ) throws(BuildError) {
    for name in try building({ try Files.list(root + place) }) {
      let path = "\(place)/\(name)"
      guard let status = try building({ try Files.status(root + path) }) else { continue }
      switch (status.kind, path) {
      case (.directory, _): try walkBoot(root, path, &result)
      case (.file, "/config.txt"):
        result.configLines = try text(root + path).split(whereSeparator: \.isNewline).map(
          String.init
        )
        .filter { !$0.hasPrefix("#") && !$0.isEmpty }
      case (.file, "/cmdline.txt"):
        result.cmdlineWords = try text(root + path).split(whereSeparator: \.isWhitespace).map(
          String.init)
      case (.file, "/README.md"): continue
      case (.file, _): result.files[String(path.dropFirst())] = try asset(root + path)
      default:
        throw BuildError(
          .data, "cannot use '\(root + path)': the boot partition holds files and folders only",
          note: "a link there would lead out of bootfiles/")
      }
    }
  }

  private func text(_ path: String) throws(BuildError) -> String {
    String(decoding: try building { try Files.read(path, limit: .mib(1)) }, as: UTF8.self)
  }
}

extension FileAccess {
  fileprivate init(_ access: (owner: OverlaySpec.Owner, mode: UInt16)) {
    self.init(access.mode, owner: access.owner.user, group: access.owner.group)
  }
}
