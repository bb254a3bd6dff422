import SugarHost
import SugarModel
import SugarProfile

/// Finds the folders of overlays and boot files that a fleet names, and complains at their place
/// about those that are missing or wrong.
enum OverlayCheck {
  /// `<fleet>/overlays/<name>`, else the one that comes with the program.
  static func folder(_ kind: String, _ name: String, fleet: String, share: ShareFolder?) -> String?
  {
    let candidates =
      ["\(fleet)/\(kind)/\(name)"] + (share.map { ["\($0.path)/\(kind)/\(name)"] } ?? [])
    return candidates.first { (try? Files.status($0, followLinks: true))?.kind == .directory }
  }

  static func report(
    _ profile: Profile, _ places: Places, folder: String, share: ShareFolder?
  ) -> Report {
    var report = Report()
    for (index, name) in profile.overlays.enumerated() {
      guard let path = Self.folder("overlays", name, fleet: folder, share: share) else {
        report.add(missing("overlays", name, "overlays[\(index)]", places, folder, share))
        continue
      }
      if let text = specification(path) { report.merge(OverlaySpecReader.read(text).report) }
    }
    for (index, name) in profile.bootfiles.enumerated()
    where Self.folder("bootfiles", name, fleet: folder, share: share) == nil {
      report.add(missing("bootfiles", name, "bootfiles[\(index)]", places, folder, share))
    }
    return report
  }

  static func specification(_ folder: String) -> FleetText? {
    let path = folder + "/overlay.yaml"
    guard let bytes = try? Files.read(path) else { return nil }
    return FleetText(path: path, text: String(decoding: bytes, as: UTF8.self))
  }

  private static func missing(
    _ kind: String, _ name: String, _ field: String, _ places: Places, _ folder: String,
    _ share: ShareFolder?
  ) -> Diagnostic {
    let looked =
      ["\(folder)/\(kind)/\(name)"] + (share.map { ["\($0.path)/\(kind)/\(name)"] } ?? [])
    return places.diagnostic(
      .error, "there is no folder for '\(name)'", at: field,
      note: "looked for \(looked.joined(separator: " and "))")
  }
}
