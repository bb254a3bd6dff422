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

  static func report(_ reading: ProfileReading, folder: String, share: ShareFolder?) -> Report {
    var report = Report()
    for named in reading.folders {
      guard let path = Self.folder(named.kind, named.name, fleet: folder, share: share) else {
        report.add(missing(named, reading.places, folder, share))
        continue
      }
      guard named.kind == "overlays", let text = specification(path) else { continue }
      report.merge(OverlaySpecReader.read(text).report)
    }
    return report
  }

  static func specification(_ folder: String) -> FleetText? {
    let path = folder + "/overlay.yaml"
    guard let bytes = try? Files.read(path) else { return nil }
    return FleetText(path: path, text: String(decoding: bytes, as: UTF8.self))
  }

  private static func missing(
    _ named: ProfileReading.FolderName, _ places: Places, _ folder: String, _ share: ShareFolder?
  ) -> Diagnostic {
    let looked = ([folder] + (share.map { [$0.path] } ?? [])).map {
      "\($0)/\(named.kind)/\(named.name)"
    }
    return places.diagnostic(
      .error, "there is no folder for '\(named.name)'", at: named.field,
      note: "looked for \(looked.joined(separator: " and "))")
  }
}
