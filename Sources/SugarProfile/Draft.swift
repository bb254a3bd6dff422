internal import SugarModel

/// A profile under examination: some of its values may be placeholders, which no rule may complain
/// about.
struct Draft {
  let profile: Profile
  let broken: Set<String>
  let places: Places

  /// Whether the field at `path`, and all that it stands in, could be read.
  func isSound(_ path: String) -> Bool {
    var rest = path[...]
    while true {
      if broken.contains(String(rest)) { return false }
      guard let cut = rest.lastIndex(where: { $0 == "." || $0 == "[" }) else { return true }
      rest = rest[..<cut]
    }
  }

  func error(_ message: String, at path: String, note: String? = nil) -> Diagnostic {
    places.diagnostic(.error, message, at: path, note: note)
  }

  func warning(_ message: String, at path: String, note: String? = nil) -> Diagnostic {
    places.diagnostic(.warning, message, at: path, note: note)
  }
}
