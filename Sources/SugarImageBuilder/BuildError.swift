public import SugarModel

/// Why a build, an inspection or a verification could not go on.
public struct BuildError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// What we were given is wrong: a fleet, a base, a secret that is missing.
    case data
    /// The machine did not do what it was asked: a full disk, a file that cannot be read.
    case machine
    /// Something else is using what we need.
    case busy
  }

  public var kind: Kind
  /// One sentence: "cannot <do> '<what>': <why>".
  public var message: String
  /// What to do about it.
  public var note: String?
  /// Complaints about texts that a person wrote, when that is the reason.
  public var report: Report?

  public init(_ kind: Kind, _ message: String, note: String? = nil, report: Report? = nil) {
    self.kind = kind
    self.message = message
    self.note = note
    self.report = report
  }

  public var description: String { message + (note.map { "\n    note: \($0)" } ?? "") }
}
