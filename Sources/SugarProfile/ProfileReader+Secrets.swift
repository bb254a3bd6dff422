internal import SugarModel

extension ProfileReader {
  /// - Parameter known: what came before, which the paths in the report go on from.
  static func secrets(
    _ value: ValueCursor, after known: SecretSettings = SecretSettings()
  ) -> SecretSettings? {
    guard let secrets = value.mapping(FleetShape.secrets.keys) else { return nil }
    return SecretSettings(
      recipients: known.recipients
        + secrets.value("recipients", default: []) { value in
          value.list("", from: known.recipients.count) { $0.text(recipient) }
        },
      references: known.references
        + secrets.value("references", default: []) { value in
          value.list(.placeholder, from: known.references.count, reference)
        })
  }

  private static func reference(_ value: ValueCursor) -> ReferencedSecret? {
    guard let reference = value.mapping(FleetShape.referencedSecret.keys) else { return nil }
    return ReferencedSecret(
      file: reference.required("file", "") { $0.text() },
      source: reference.required("from", .file(""), source))
  }

  /// What is no reference may be the secret itself, so it is not repeated, and neither is its line.
  private static func source(_ value: ValueCursor) -> SecretReference? {
    let note =
      "write sops:FILE#KEY.KEY, file:PATH, env:NAME or command:PROGRAM ARGUMENT, never the secret"
    guard case .scalar(let scalar) = value.value.content, ScalarKind(scalar) == .text else {
      return value.refuseHidden("'from' must be a reference", note: note)
    }
    if let wrong = SecretReference.objection(scalar.text) {
      return value.refuseHidden("'from' \(wrong)", note: note)
    }
    return SecretReference(scalar.text)
  }

  /// (age(1), "RECIPIENTS AND IDENTITIES")
  private static func recipient(_ text: String) -> String? {
    Bech32.bytes(text, prefix: "age")?.count == 32 && text == text.lowercased()
      ? nil : "is no recipient of age (age1…, as `age-keygen -y` prints it)"
  }
}
