public import Foundation

/// Keys of age, made and used by age's own programs.
public struct AgeKeys: Sendable {
  /// The file of the identity, 0600.
  public let identity: String
  /// `age1…`
  public let recipient: String

  /// Makes a pair in the folder.
  public init(_ name: String, in folder: TemporaryDirectory) throws {
    identity = folder.path(name)
    try Tool("age-keygen").check(["-o", identity])
    recipient = try Tool("age-keygen").check(["-y", identity]).text
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What `age` reads in files of an encrypted folder of secrets: it opens the folder's own key, and
  /// then each file.
  public func open(_ names: [String], of secrets: String) throws -> [String: Data] {
    let folder = try TemporaryDirectory.inMemory()
    let (age, key) = (try Tool("age"), folder.path("key"))
    try age.check(["-d", "-i", identity, "-o", key, secrets + "/age/identity.age"])
    return try names.reduce(into: [:]) { result, name in
      result[name] = Data(try age.check(["-d", "-i", key, "\(secrets)/\(name).age"]).output)
    }
  }
}
