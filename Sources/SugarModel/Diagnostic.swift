/// A place in a text that a person wrote. Lines and columns count from 1; columns count characters.
public struct SourceLocation: Hashable, Sendable {
  public var file: String
  public var line: Int
  public var column: Int

  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

/// One complaint about what a person wrote.
public struct Diagnostic: Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable, Codable { case error, warning }

  public var severity: Severity
  /// What is wrong; small letter first, no full stop.
  public var message: String
  public var location: SourceLocation?
  /// The whole line of text that the location points into.
  public var excerpt: String?
  /// What to do about it, when that is known.
  public var note: String?

  public init(
    _ severity: Severity, _ message: String, at location: SourceLocation? = nil,
    excerpt: String? = nil, note: String? = nil
  ) {
    self.severity = severity
    self.message = message
    self.location = location
    self.excerpt = excerpt
    self.note = note
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file:line:column: error: message`, the line, a caret under the column, the note.
  public var description: String {
    var text = ""
    if let location { text += "\(location.file):\(location.line):\(location.column): " }
    text += "\(severity.rawValue): \(message)"
    if let excerpt, let location {
      let before = excerpt.prefix(max(0, location.column - 1))
      let indent = String(before.map { $0 == "\t" ? "\t" : " " })
      text += "\n    \(excerpt)\n    \(indent)^"
    }
    if let note { text += "\n    note: \(note)" }
    return text
  }
}

/// Everything that is wrong with some texts, gathered so that it can be told at once.
public struct Report: Hashable, Sendable {
  public private(set) var diagnostics: [Diagnostic] = []

  public init() {}

  public mutating func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }
  public mutating func merge(_ other: Report) { diagnostics += other.diagnostics }

  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
  public var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning } }
  public var isEmpty: Bool { diagnostics.isEmpty }

  /// The same complaints by file, then line, then column; those without a place last.
  public func sorted() -> Report {
    var result = self
    result.diagnostics.sort { a, b in
      switch (a.location, b.location) {
      case (let x?, let y?):
        (x.file, x.line, x.column, a.message) < (y.file, y.line, y.column, b.message)
      case (.some, nil): true
      case (nil, .some): false
      case (nil, nil): a.message < b.message
      }
    }
    return result
  }
}

extension Report: CustomStringConvertible {
  public var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}
