internal import SugarModel

/// The rules about a whole fleet. Each is a function from a draft to complaints, and lives with its topic.
enum Lint {
  typealias Rule = @Sendable (Draft) -> [Diagnostic]

  static let rules: [Rule] = []

  static func complaints(about draft: Draft) -> [Diagnostic] { rules.flatMap { $0(draft) } }
}
