public import SugarKeys
import SugarModel
import SugarProfile

extension FleetFolder {
  /// The fleet's secrets: its folder, and what is looked up elsewhere.
  public func secrets(environment: [String: String]) -> SecretStore {
    let references = profile.secrets.references.map { ($0.file, $0.source) }
    return SecretStore(
      folder: secretsPath, references: Dictionary(references) { first, _ in first },
      environment: environment)
  }
}
