import FoundationEssentials

/// JSON: the one place of the agent that uses Foundation.
public enum JSONText {
  /// On one line, keys in order.
  public static func line(_ value: some Encodable) throws(AgentError) -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  /// For people: indented, keys in order, a newline at the end.
  public static func page(_ value: some Encodable) throws(AgentError) -> String {
    try encode(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
  }

  private static func encode(
    _ value: some Encodable, _ format: JSONEncoder.OutputFormatting
  ) throws(AgentError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = format
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
      throw AgentError("write", "JSON", "\(error)")
    }
  }

  /// Throws what is wrong and where, in one line.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], name: String
  ) throws(AgentError) -> Value {
    do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch {
      throw AgentError("read", name, words(error))
    }
  }

  private static func words(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return
        "'\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return
        "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
    case .dataCorrupted(let context):
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      return place.isEmpty
        ? "it is not JSON, or it is cut short" : "'\(place)': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
