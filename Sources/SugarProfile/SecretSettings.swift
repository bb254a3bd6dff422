public import SugarModel

/// How the fleet's secrets are kept.
public struct SecretSettings: Hashable, Sendable {
  /// Who can read them: public keys of age, `age1…`. Without any they are plain files.
  public var recipients: [String] = []
  /// Secrets that are looked up elsewhere at build.
  public var references: [ReferencedSecret] = []
}

/// A file of the folder of secrets that is not there, and where its value comes from.
public struct ReferencedSecret: Hashable, Sendable {
  /// Below `secrets/`: `wifi/home-psk`.
  public var file: String
  public var source: SecretReference

  static let placeholder = ReferencedSecret(file: "", source: .file(""))
}
