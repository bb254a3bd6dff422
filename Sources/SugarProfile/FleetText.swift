public import SugarModel

/// One text that a person wrote, and the path that messages show for it.
public struct FleetText: Sendable {
  /// What messages show: `profiles/dev-single/fleet.yaml`. It is never opened.
  public var path: String
  public var text: String

  public init(path: String, text: String) {
    self.path = path
    self.text = text
  }
}

/// What came of reading a fleet: the profile, everything that is wrong with it, and where each
/// field stands.
public struct ProfileReading: Sendable {
  /// nil when the report has errors.
  public var profile: Profile?
  /// All complaints of all texts, sorted by place.
  public var report: Report
  public var places: Places
  /// Folders that the fleet names, also when something else in it is wrong.
  public var folders: [FolderName]

  /// A folder of `overlays/` or `bootfiles/`, by its name.
  public struct FolderName: Hashable, Sendable {
    /// `overlays` or `bootfiles`.
    public var kind: String
    public var name: String
    /// Where the fleet names it: `overlays[1]`.
    public var field: String
  }

  init(profile: Profile?, report: Report, places: Places, folders: [FolderName]) {
    self.folders = folders
    self.profile = profile
    self.report = report
    self.places = places
  }
}
