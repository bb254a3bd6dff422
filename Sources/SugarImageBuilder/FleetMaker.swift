import SugarHost
import SugarModel
import SugarProfile

/// Makes a new fleet folder out of one of the profiles that come with the program.
public struct FleetMaker {
  let share: ShareFolder

  public init(_ share: ShareFolder) { self.share = share }

  /// Copies the profile and the overlays and boot files that it names, so that the new folder
  /// stands by itself.
  ///
  /// - Throws: when the folder is there and not empty: nothing is ever written over.
  public func make(_ folder: String, from profile: String) throws(BuildError) {
    let known = try share.profiles
    guard known.contains(profile) else {
      throw BuildError(
        .data, "cannot find the profile '\(profile)'",
        note: "there are \(known.joined(separator: ", "))")
    }
    try building {
      if try Files.exists(folder), try !Files.list(folder).isEmpty {
        throw BuildError(.data, "cannot make a fleet in '\(folder)': the folder is not empty")
      }
      let source = "\(share.path)/profiles/\(profile)"
      let fleet = try FleetFolder.open(source, share: share)
      for name in ["fleet.yaml", "README.md"] where try Files.exists("\(source)/\(name)") {
        try copy("\(source)/\(name)", to: "\(folder)/\(name)")
      }
      for (kind, names) in [
        ("overlays", fleet.profile.overlays), ("bootfiles", fleet.profile.bootfiles),
      ] {
        for name in names {
          guard let from = OverlayCheck.folder(kind, name, fleet: source, share: share) else {
            continue
          }
          try copy(from, to: "\(folder)/\(kind)/\(name)")
        }
      }
      try Files.write(
        Array("secrets/\nfleet.local.yaml\nout/\n".utf8), to: "\(folder)/.gitignore", mode: 0o644)
    }
  }

  private func copy(_ source: String, to target: String) throws {
    guard let status = try Files.status(source) else { return }
    switch status.kind {
    case .directory:
      try Files.makeDirectory(target)
      for name in try Files.list(source) { try copy("\(source)/\(name)", to: "\(target)/\(name)") }
    case .file:
      if let slash = target.lastIndex(of: "/") { try Files.makeDirectory(String(target[..<slash])) }
      try Files.write(Files.read(source, limit: .gib(1)), to: target, mode: status.mode)
    case .symlink: try Files.makeLink(target, to: Files.linkTarget(source))
    case .device, .other: break
    }
  }
}
