internal import SugarModel

extension ProfileReader {
  /// Further keys of k3s's configuration file, each checked against the table of keys that k3s
  /// knows.
  static func config(_ value: ValueCursor, _ version: K3sVersion) -> [String: ConfigValue]? {
    guard let entries = value.entries() else { return nil }
    return entries.reduce(into: [:]) { result, entry in
      result[entry.key] = configValue(entry.key, entry.value, in: value, version)
    }
  }

  private static func configValue(
    _ key: String, _ value: ValueCursor, in config: ValueCursor, _ version: K3sVersion
  ) -> ConfigValue? {
    let place = config.keyLocation(of: key)
    if let instead = K3sConfigKey.owned[K3sConfigKey.plain(key)] {
      value.reading.error("'\(key)' is written by sugarimage", at: place, note: instead)
      return nil
    }
    guard let known = K3sConfigKey.named(key) else {
      refuseUnknown(key, at: place, version, value.reading)
      return anyValue(value)
    }
    if key.hasSuffix("+"), known.kind != .list {
      value.reading.error("'\(key)' appends to a list, but '\(known.name)' is none", at: place)
      return nil
    }
    return typedValue(known.kind, value)
  }

  /// On the table's own release line an unknown key is an error; other lines may know more or less.
  private static func refuseUnknown(
    _ key: String, at place: SourceLocation, _ version: K3sVersion, _ reading: Reading
  ) {
    let line = K3sConfigKey.line
    let names = K3sConfigKey.table.map(\.name)
    let note = Suggestion.nearest(to: key, among: names).map { "did you mean '\($0)'?" }
    let isCertain = (version.major, version.minor) == (line.major, line.minor)
    let shown = SecretWords.shown(key)
    if isCertain {
      reading.error("k3s \(version) does not know the key '\(shown)'", at: place, note: note)
    } else {
      reading.warn(
        "k3s v\(line.major).\(line.minor) does not know the key '\(shown)', "
          + "and k3s \(version) may skip it",
        at: place, note: note)
    }
  }

  private static func typedValue(_ kind: K3sConfigKey.Kind, _ value: ValueCursor) -> ConfigValue? {
    switch kind {
    case .text: value.text(NameSyntax.line).map { .text($0) }
    case .number: value.number(in: 0...Int.max).map { .number($0) }
    case .flag: value.flag().map { .flag($0) }
    case .list:
      if case .scalar = value.value.content {
        value.text(NameSyntax.line).map { .list([$0]) }
      } else {
        value.texts(NameSyntax.line).map { .list($0) }
      }
    }
  }

  /// The value of a key whose type nobody here knows.
  private static func anyValue(_ value: ValueCursor) -> ConfigValue? {
    guard case .scalar(let scalar) = value.value.content else {
      return value.texts(NameSyntax.line).map { .list($0) }
    }
    switch ScalarKind(scalar) {
    case .number: return value.number().map { .number($0) }
    case .flag: return value.flag().map { .flag($0) }
    case .text, .nothing: return value.text(NameSyntax.line).map { .text($0) }
    }
  }
}
