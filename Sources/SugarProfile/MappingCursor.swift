internal import SugarModel

/// Reads the fields of one mapping strictly: each by its name, and nothing else may stand there.
struct MappingCursor {
  let reading: Reading
  /// The mapping's own path; empty at the top of the file.
  let path: String
  let location: SourceLocation
  private let values: [String: ValueCursor]
  /// Fields that were probably meant by keys that nobody knows; they are not called missing as
  /// well.
  private let meant: Set<String>

  /// Complains about every key that is not among `keys`, or that stands twice.
  init(
    _ entries: [YAMLEntry], at location: SourceLocation, path: String, keys: [String],
    reading: Reading
  ) {
    self.reading = reading
    self.path = path
    self.location = location
    var values: [String: ValueCursor] = [:]
    var firstLines: [String: Int] = [:]
    var meant: Set<String> = []
    for entry in entries {
      let child = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      if let line = firstLines[entry.key] {
        reading.refuseRepeated(entry, firstLine: line)
        continue
      }
      firstLines[entry.key] = entry.keyLocation.line
      if keys.contains(entry.key) {
        reading.note(entry.value.location, for: child)
        values[entry.key] = ValueCursor(value: entry.value, path: child, reading: reading)
      } else {
        let other = Self.refuse(entry, path: child, keys: keys, reading)
        meant.formUnion(other.map { [$0] } ?? [])
      }
    }
    self.values = values
    self.meant = meant
  }

  /// Complains about a key that must not stand here, and gives the field that was probably meant.
  private static func refuse(
    _ entry: YAMLEntry, path: String, keys: [String], _ reading: Reading
  ) -> String? {
    if reading.knowsFleets, let phrase = UnsupportedFields.phrase(for: path) {
      reading.error("'\(entry.key)' is not supported yet", at: entry.keyLocation, note: phrase)
      return nil
    }
    if reading.knowsFleets, let place = MisplacedFields.place(of: path) {
      reading.error("'\(entry.key)' does not stand here", at: entry.keyLocation, note: place)
      return nil
    }
    let nearest = Suggestion.nearest(to: entry.key, among: keys)
    let known = "known here: \(keys.joined(separator: ", "))"
    reading.error(
      "unknown key '\(SecretWords.shown(entry.key))'", at: entry.keyLocation,
      note: nearest.map { "did you mean '\($0)'?" } ?? known)
    return nearest
  }

  /// The field, if it was written.
  func value(_ key: String) -> ValueCursor? { values[key] }

  func has(_ key: String) -> Bool { values[key] != nil }

  func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// A field that must be there. `placeholder` stands in for it after a complaint.
  func required<T>(_ key: String, _ placeholder: T, _ read: (ValueCursor) -> T?) -> T {
    guard let value = values[key] else {
      let owner = path.isEmpty ? "" : " in '\(path)'"
      if !meant.contains(key) { reading.error("'\(key)' is missing\(owner)", at: location) }
      reading.markBroken(self.path(of: key))
      return placeholder
    }
    return read(value) ?? placeholder
  }

  /// A field that may be left out.
  func optional<T>(_ key: String, _ read: (ValueCursor) -> T?) -> T? {
    values[key].flatMap(read)
  }

  /// A field with a default.
  func value<T>(_ key: String, default standard: T, _ read: (ValueCursor) -> T?) -> T {
    values[key].flatMap(read) ?? standard
  }
}

extension Reading {
  fileprivate func refuseRepeated(_ entry: YAMLEntry, firstLine: Int) {
    error(
      "'\(SecretWords.shown(entry.key))' stands twice in this mapping", at: entry.keyLocation,
      note: "the first one is in line \(firstLine)")
  }
}
