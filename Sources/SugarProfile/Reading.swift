internal import SugarModel

/// What the cursors of one reading note down together: complaints, places, and which fields are not
/// to be relied on.
///
/// A class, because every cursor of a text writes into the same notes.
final class Reading {
  private(set) var report = Report()
  private(set) var places = Places()
  /// Fields whose values are placeholders, since what was written could not be used.
  private(set) var broken: Set<String> = []
  private var told: Set<Diagnostic> = []
  /// Where a secret stands; no other complaint is made about the same place.
  private var secretPlaces: Set<SourceLocation> = []

  /// Whether the text is a fleet, so that fields of the design that do not work yet are known by
  /// name.
  let knowsFleets: Bool

  init(knowsFleets: Bool = true) { self.knowsFleets = knowsFleets }

  func add(_ text: SourceText) { places.add(text) }

  func note(_ location: SourceLocation, for path: String) { places.set(location, for: path) }

  func markBroken(_ path: String) { broken.insert(path) }

  func error(_ message: String, at location: SourceLocation, note: String? = nil) {
    add(places.diagnostic(.error, message, at: location, note: note), at: location)
  }

  /// As `error`, for a line that may hold what must not be shown.
  func errorWithoutLine(_ message: String, at location: SourceLocation, note: String) {
    add(Diagnostic(.error, message, at: location, excerpt: nil, note: note), at: location)
  }

  func warn(_ message: String, at location: SourceLocation, note: String? = nil) {
    add(places.diagnostic(.warning, message, at: location, note: note), at: location)
  }

  /// What an alias stands for is read more than once, and told only once.
  private func add(_ diagnostic: Diagnostic, at location: SourceLocation) {
    guard !secretPlaces.contains(location), told.insert(diagnostic).inserted else { return }
    report.add(diagnostic)
  }

  /// Reports a secret; `others` are places about which nothing else needs to be said.
  func refuseSecret(
    _ message: String, at location: SourceLocation, silencing others: [SourceLocation],
    instead: String? = nil
  ) {
    let note = "take it out, and treat it as known to others; secrets never stand in a fleet file"
    error(message, at: location, note: instead.map { "\(note); \($0)" } ?? note)
    secretPlaces.insert(location)
    secretPlaces.formUnion(others)
  }
}
