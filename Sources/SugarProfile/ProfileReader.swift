internal import SugarModel

/// Reads a fleet strictly, and tells everything that is wrong with it at once.
///
/// Text in, values out: it opens no file. Files that the fleet names are looked at by the builder,
/// which reports through `ProfileReading.places`.
public enum ProfileReader {
  /// The fleet of `fleet.yaml`; `local` is the `fleet.local.yaml` beside it, if there is one.
  public static func read(_ fleet: FleetText, local: FleetText? = nil) -> ProfileReading {
    let reading = Reading()
    let profile = profile(of: fleet, local, reading)
    var report = reading.report
    var folders: [ProfileReading.FolderName] = []
    if let profile {
      let draft = Draft(profile: profile, broken: reading.broken, places: reading.places)
      for diagnostic in Lint.complaints(about: draft) { report.add(diagnostic) }
      folders = self.folders(of: draft)
    }
    report = report.sorted()
    return ProfileReading(
      profile: report.hasErrors ? nil : profile, report: report, places: reading.places,
      folders: folders)
  }

  private static func folders(of draft: Draft) -> [ProfileReading.FolderName] {
    [("overlays", draft.profile.overlays), ("bootfiles", draft.profile.bootfiles)]
      .flatMap { kind, names in
        names.enumerated().map {
          ProfileReading.FolderName(kind: kind, name: $0.element, field: "\(kind)[\($0.offset)]")
        }
      }
      .filter { !$0.name.isEmpty && draft.isSound($0.field) }
  }

  /// The profile with placeholders for what could not be read; nil when there is nothing to go on
  /// with.
  private static func profile(
    of fleet: FleetText, _ local: FleetText?, _ reading: Reading
  ) -> Profile? {
    // The fleet's own text first: what it says of `base` is replaced by the local one.
    var profile = root(of: fleet, reading, isTop: true).flatMap { root -> Profile? in
      let value = ValueCursor(value: root, path: "", reading: reading)
      return value.mapping(.fleet).map { self.profile(from: $0) }
    }
    if let local { apply(local, to: &profile, reading) }
    return profile
  }

  /// The outermost mapping of a text.
  static func root(of fleet: FleetText, _ reading: Reading, isTop: Bool) -> YAMLValue? {
    let source = SourceText(fleet)
    reading.add(source)
    guard let root = YAMLTreeReader.read(source, reading) else { return nil }
    SecretCheck.run(on: root, reading)
    if isTop { reading.note(root.location, for: "") }
    guard case .mapping = root.content else {
      reading.error("a fleet file is a mapping of fields, not \(root.described)", at: root.location)
      return nil
    }
    return root
  }

  private static func profile(from top: MappingCursor) -> Profile {
    let fleet = top.required("fleet", .placeholder, self.fleet)
    let network = top.required("network", .placeholder, self.network)
    let clusters = top.required("clusters", []) { list in
      list.list(Cluster.placeholder) { self.cluster($0, tierLabel: fleet.tierLabel) }
    }
    return Profile(
      fleet: fleet,
      site: top.required("site", .placeholder, site),
      base: top.required("base", .placeholder, base),
      admin: top.required("admin", .placeholder, admin),
      system: system(top),
      hardware: top.required("hardware", .placeholder, hardware),
      root: top.required("root", .placeholder, root),
      disks: top.value("disks", default: [], disks),
      eeprom: top.value("eeprom", default: EEPROMSettings(bootOrder: nil), eeprom),
      planes: network.planes,
      nodeIPPlane: network.nodeIPPlane,
      boot: bootFiles(top),
      overlays: top.value("overlays", default: []) { $0.texts(NameSyntax.folder) },
      bootfiles: top.value("bootfiles", default: []) { $0.texts(NameSyntax.folder) },
      gitops: top.optional("gitops", gitops),
      secrets: top.value("secrets", default: SecretSettings()) { secrets($0) },
      clusters: clusters,
      nodes: top.required("nodes", []) { $0.list(Node.placeholder, node) })
  }
}
