internal import SugarModel

/// Refuses every secret in a text, wherever it stands. The message never repeats it.
enum SecretCheck {
  static func run(on value: YAMLValue, _ reading: Reading) {
    switch value.content {
    case .scalar(let scalar):
      if let kind = SecretWords.kind(of: scalar.text) {
        reading.refuseSecret("\(kind) is written here", at: value.location, silencing: [])
      }
    case .list(let elements):
      for element in elements { run(on: element, reading) }
    case .mapping(let entries):
      for entry in entries { run(on: entry, reading) }
    }
  }

  private static func run(on entry: YAMLEntry, _ reading: Reading) {
    if let kind = SecretWords.kind(of: entry.key) {
      reading.refuseSecret("\(kind) is written here", at: entry.keyLocation, silencing: [])
    }
    guard SecretWords.isSecretKey(entry.key), case .scalar(let scalar) = entry.value.content,
      !scalar.text.isEmpty, ScalarKind(scalar) != .flag
    else { return run(on: entry.value, reading) }
    reading.refuseSecret(
      "'\(SecretWords.shown(entry.key))' holds a secret", at: entry.keyLocation,
      silencing: [entry.value.location], instead: instead(of: entry.key))
  }

  /// Where Wi-Fi's secrets belong.
  private static func instead(of key: String) -> String? {
    switch key.lowercased() {
    case "ssid", "psk": "'\(key.lowercased())Ref' names the file in secrets/wifi that holds it"
    default: nil
    }
  }
}
