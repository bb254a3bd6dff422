internal import SugarModel

/// One value of the text, and the ways to read it. Each way gives the value or complains and gives
/// nil.
struct ValueCursor {
  let value: YAMLValue
  let path: String
  let reading: Reading

  /// The field's own name, for messages: `vip`, `sans[1]`.
  var name: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// Complains about this value and marks the field as unusable.
  func fail<T>(_ message: String, note: String? = nil) -> T? {
    reading.error(message, at: value.location, note: note)
    reading.markBroken(path)
    return nil
  }

  /// As `fail`, for a value that may be a secret: its line is not shown.
  func refuseHidden<T>(_ message: String, note: String) -> T? {
    reading.errorWithoutLine(message, at: value.location, note: note)
    reading.markBroken(path)
    return nil
  }

  private func mismatch<T>(_ expected: String, note: String? = nil) -> T? {
    fail(
      "\(path.isEmpty ? "the file" : "'\(name)'") must be \(expected), not \(value.described)",
      note: note)
  }

  /// Text. A number or a truth value without quotes is none.
  func text() -> String? {
    guard case .scalar(let scalar) = value.content else { return mismatch("text") }
    switch ScalarKind(scalar) {
    case .text:
      return scalar.text.isEmpty ? fail("'\(name)' is empty") : scalar.text
    case .nothing: return mismatch("text")
    case .number, .flag:
      return mismatch("text", note: "write it in quotes: \"\(SecretWords.shown(scalar.text))\"")
    }
  }

  /// Text that a rule of syntax finds nothing wrong with.
  func text(_ objection: (String) -> String?) -> String? {
    guard let text = text() else { return nil }
    if let wrong = objection(text) { return fail("'\(SecretWords.shown(text))' \(wrong)") }
    return text
  }

  func flag() -> Bool? {
    guard case .scalar(let scalar) = value.content, scalar.isPlain else {
      return mismatch("true or false")
    }
    switch scalar.text {
    case "true": return true
    case "false": return false
    default:
      // What YAML 1.1 would have read as one: yes, On, TRUE.
      let isMeant = ["true", "yes", "on"].contains(scalar.text.lowercased())
      let note = ScalarKind(scalar) == .flag ? "write '\(isMeant)'" : nil
      return mismatch("true or false", note: note)
    }
  }

  /// A decimal number without leading zeros.
  func number(in range: ClosedRange<Int> = 0...Int.max) -> Int? {
    guard case .scalar(let scalar) = value.content, ScalarKind(scalar) == .number else {
      return mismatch("a number")
    }
    guard let number = Int(scalar.text), String(number) == scalar.text else {
      return mismatch("a whole decimal number")
    }
    guard range.contains(number) else {
      let bounds =
        range.upperBound == .max
        ? "at least \(range.lowerBound)"
        : "between \(range.lowerBound) and \(range.upperBound)"
      return fail("'\(name)' must be \(bounds), not \(number)")
    }
    return number
  }

  /// One of the words of an enumeration.
  func word<T: CaseIterable & RawRepresentable>(_: T.Type) -> T? where T.RawValue == String {
    guard let text = text() else { return nil }
    if let result = T(rawValue: text) { return result }
    return unknownWord(text, T.allCases.map(\.rawValue))
  }

  /// Complains that `text` is none of the words that are known here.
  func unknownWord<T>(_ text: String, _ words: [String]) -> T? {
    if let phrase = UnsupportedFields.phrase(for: path, word: text) {
      return fail("'\(text)' is not supported yet", note: phrase)
    }
    let known = "one of \(words.joined(separator: ", "))"
    let note = Suggestion.nearest(to: text, among: words).map { "did you mean '\($0)'?" }
    return fail("'\(name)' must be \(known), not '\(SecretWords.shown(text))'", note: note)
  }

  /// A list. An element that cannot be read is replaced by `placeholder`, so that the others keep
  /// their places.
  ///
  /// - Parameter first: how many elements another text has given already; the paths go on from there.
  func list<T>(_ placeholder: T, from first: Int = 0, _ read: (ValueCursor) -> T?) -> [T]? {
    guard case .list(let elements) = value.content else { return mismatch("a list") }
    return elements.enumerated().map { index, element in
      let child = "\(path)[\(first + index)]"
      reading.note(element.location, for: child)
      return read(ValueCursor(value: element, path: child, reading: reading)) ?? placeholder
    }
  }

  /// A list of texts, none of which may stand in it twice.
  func texts(_ objection: (String) -> String? = { _ in nil }) -> [String]? {
    var seen: Set<String> = []
    return list("") { element in
      guard let text = element.text(objection) else { return nil }
      guard seen.insert(text).inserted else {
        return element.fail("'\(SecretWords.shown(text))' stands twice in '\(name)'")
      }
      return text
    }
  }

  /// A mapping with the fields of that shape.
  func mapping(_ shape: FleetShape) -> MappingCursor? { mapping(shape.keys) }

  /// A mapping with known keys.
  func mapping(_ keys: [String]) -> MappingCursor? {
    guard case .mapping(let entries) = value.content else { return mismatch("a mapping") }
    return MappingCursor(entries, at: value.location, path: path, keys: keys, reading: reading)
  }

  /// A mapping whose keys are names that the person chose.
  func entries(_ objection: (String) -> String? = { _ in nil }) -> [(
    key: String, value: ValueCursor
  )]? {
    guard case .mapping(let entries) = value.content else { return mismatch("a mapping") }
    let keys = MappingCursor(
      entries, at: value.location, path: path, keys: entries.map(\.key), reading: reading)
    var seen: Set<String> = []
    return entries.compactMap { entry in
      guard seen.insert(entry.key).inserted, let value = keys.value(entry.key) else { return nil }
      if let wrong = objection(entry.key) {
        reading.error("'\(SecretWords.shown(entry.key))' \(wrong)", at: entry.keyLocation)
        reading.markBroken(value.path)
        return nil
      }
      return (entry.key, value)
    }
  }

  /// Where the key of an entry stands; the value's own place when there is none.
  func keyLocation(of key: String) -> SourceLocation {
    guard case .mapping(let entries) = value.content else { return value.location }
    return entries.first { $0.key == key }?.keyLocation ?? value.location
  }
}
