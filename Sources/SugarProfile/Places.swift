public import SugarModel

/// Where each field stands in the texts that a person wrote.
///
/// A field is named by its path: `clusters[0].api.vip`, `overlays[1]`, `nodes[3].hostname`.
public struct Places: Sendable {
  private var locations: [String: SourceLocation] = [:]
  private var texts: [String: SourceText] = [:]

  init() {}

  mutating func add(_ text: SourceText) { texts[text.path] = text }

  mutating func set(_ location: SourceLocation, for path: String) { locations[path] = location }

  /// Whether the field itself was written, and not left to its default.
  public func isWritten(_ path: String) -> Bool { locations[path] != nil }

  /// Where the field stands; where its nearest written parent stands when it was left out.
  public func location(of path: String) -> SourceLocation? {
    var rest = path[...]
    while true {
      if let location = locations[String(rest)] { return location }
      guard let cut = rest.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
      rest = rest[..<cut]
    }
    return locations[""]
  }

  /// The line that a location points into, with secrets hidden.
  public func excerpt(at location: SourceLocation) -> String? {
    texts[location.file]?.excerpt(line: location.line)
  }

  /// A complaint about the field at `path`, ready to be added to a report.
  public func diagnostic(
    _ severity: Diagnostic.Severity, _ message: String, at path: String, note: String? = nil
  ) -> Diagnostic {
    diagnostic(severity, message, at: location(of: path), note: note)
  }

  func diagnostic(
    _ severity: Diagnostic.Severity, _ message: String, at location: SourceLocation?, note: String?
  ) -> Diagnostic {
    Diagnostic(
      severity, message, at: location, excerpt: location.flatMap { excerpt(at: $0) }, note: note)
  }
}
