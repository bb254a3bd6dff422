import SugarHost
public import SugarModel
public import SugarProfile

/// A folder with a fleet in it, read and checked.
public struct FleetFolder: Sendable {
  /// Without a slash at the end.
  public var path: String
  public var profile: Profile
  public var report: Report
  public var places: Places
  /// Where overlays and boot files are looked for after the fleet's own folder.
  public var share: ShareFolder?

  /// Where a fleet's secrets are kept.
  public var secretsPath: String { path + "/secrets" }

  /// Reads `fleet.yaml` and, when it is there, `fleet.local.yaml`.
  ///
  /// - Throws: a `BuildError` that carries every complaint about every text, when there is an error
  ///   among them.
  public static func open(_ path: String, share: ShareFolder?) throws(BuildError) -> FleetFolder {
    let (reading, folder) = try read(path)
    var report = reading.report
    report.merge(OverlayCheck.report(reading, folder: folder, share: share))
    report = report.sorted()
    guard let profile = reading.profile, !report.hasErrors else {
      throw BuildError(.data, "cannot use the fleet in '\(folder)'", report: report)
    }
    return FleetFolder(
      path: folder, profile: profile, report: report, places: reading.places, share: share)
  }

  private static func read(_ path: String) throws(BuildError) -> (ProfileReading, String) {
    try building {
      var folder = path
      while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
      if folder.hasSuffix("/fleet.yaml") {
        folder.removeLast("/fleet.yaml".count)
      } else if folder == "fleet.yaml" {
        folder = "."
      }
      let main = folder == "." ? "fleet.yaml" : folder + "/fleet.yaml"
      guard try Files.exists(main) else {
        throw BuildError(
          .data, "cannot find '\(main)'",
          note: "name the folder of a fleet, or make one: sugarimage init DIR --from sugarkube-3x3")
      }
      let local = folder == "." ? "fleet.local.yaml" : folder + "/fleet.local.yaml"
      let reading = ProfileReader.read(
        FleetText(path: main, text: String(decoding: try Files.read(main), as: UTF8.self)),
        local: try Files.exists(local)
          ? FleetText(path: local, text: String(decoding: Files.read(local), as: UTF8.self)) : nil)
      return (reading, folder)
    }
  }

  /// A path of the fleet as this machine finds it: relative ones start at the fleet's folder.
  public func resolve(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(self.path)/\(path)"
  }
}

/// The folder with the profiles, overlays and boot files that come with the program.
public struct ShareFolder: Hashable, Sendable {
  public var path: String

  public init(path: String) { self.path = path }

  /// Told by `SUGARIMAGE_SHARE`, else found above the program (a checkout) or beside it
  /// (`../share/sugarimage`).
  public static func find(environment: [String: String], program: String) -> ShareFolder? {
    if let path = environment["SUGARIMAGE_SHARE"] { return ShareFolder(path: path) }
    var parts = program.split(separator: "/").map(String.init)
    while !parts.isEmpty {
      parts.removeLast()
      let folder = "/" + parts.joined(separator: "/")
      for candidate in [folder, folder + "/share/sugarimage"] where isShare(candidate) {
        return ShareFolder(path: candidate)
      }
    }
    return nil
  }

  private static func isShare(_ path: String) -> Bool {
    ["profiles", "overlays", "bootfiles"].allSatisfy {
      (try? Files.exists("\(path)/\($0)")) == true
    }
  }

  /// The names of the profiles that a fleet can start from.
  public var profiles: [String] {
    get throws(BuildError) {
      try building {
        try Files.list(path + "/profiles").filter {
          try Files.exists("\(path)/profiles/\($0)/fleet.yaml")
        }
      }
    }
  }
}
