/// A release of k3s: `v1.33.5+k3s1`.
public struct K3sVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var major: Int
  public var minor: Int
  public var patch: Int
  public var revision: Int

  public init(major: Int, minor: Int, patch: Int, revision: Int) {
    self.major = major
    self.minor = minor
    self.patch = patch
    self.revision = revision
  }

  /// nil unless it is `v<major>.<minor>.<patch>+k3s<revision>`.
  public init?(_ text: String) {
    guard text.hasPrefix("v") else { return nil }
    let halves = text.dropFirst().split(separator: "+", omittingEmptySubsequences: false)
    guard halves.count == 2, halves[1].hasPrefix("k3s"), let revision = Int(halves[1].dropFirst(3))
    else {
      return nil
    }
    let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2]
    else { return nil }
    self.init(major: major, minor: minor, patch: patch, revision: revision)
    guard min(major, minor, patch, revision) >= 0, description == text else { return nil }
  }

  public var description: String { "v\(major).\(minor).\(patch)+k3s\(revision)" }

  public static func < (a: K3sVersion, b: K3sVersion) -> Bool {
    (a.major, a.minor, a.patch, a.revision) < (b.major, b.minor, b.patch, b.revision)
  }

  /// Whether agents can join with a bootstrap token of their own. k3s has that since v1.26.2,
  /// v1.25.7, v1.24.11 and v1.23.17.
  public var hasBootstrapTokens: Bool {
    switch (major, minor) {
    case (1, 23): patch >= 17
    case (1, 24): patch >= 11
    case (1, 25): patch >= 7
    case (1, 26): patch >= 2
    default: (major, minor) > (1, 26)
    }
  }
}
