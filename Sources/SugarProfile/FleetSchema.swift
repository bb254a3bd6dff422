import FoundationEssentials

/// The format of `fleet.yaml` as a JSON Schema, for editors and for other programs. (draft-07, which
/// yaml-language-server reads)
public enum FleetSchema {
  /// The whole schema, as it stands in `docs/fleet.schema.json`.
  public static var text: String {
    get throws {
      var schema = SchemaNode(FleetShape.fleet)
      schema.schema = "http://json-schema.org/draft-07/schema#"
      schema.title = "A fleet of sugarimage (fleet.yaml)"
      schema.description =
        "Which fields there are and what is written in them. `sugarimage validate` knows all the rest."
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(schema), as: UTF8.self) + "\n"
    }
  }
}

/// A schema, or a part of one. (json-schema.org, "JSON Schema Validation")
private struct SchemaNode: Encodable {
  var schema: String?
  var title: String?
  var description: String?
  var type: String?
  var words: [String]?
  var pattern: String?
  var minLength: Int?
  var minimum: Int?
  var maximum: Int?
  var minItems: Int?
  /// One at most; a list, because a struct cannot hold itself.
  var items: [SchemaNode] = []
  var either: [SchemaNode]?
  var exactlyOne: [SchemaNode]?
  var properties: [String: Property]?
  var further: Property?
  var required: [String]?

  /// `true`, `false` or a schema.
  indirect enum Property: Encodable {
    case flag(Bool)
    case node(SchemaNode)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .flag(let flag): try flag.encode(to: encoder)
      case .node(let node): try node.encode(to: encoder)
      }
    }
  }

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case words = "enum"
    case either = "anyOf"
    case exactlyOne = "oneOf"
    case further = "additionalProperties"
    case title, description, type, pattern, minLength, minimum, maximum, minItems, items,
      properties, required
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(schema, forKey: .schema)
    try container.encodeIfPresent(title, forKey: .title)
    try container.encodeIfPresent(description, forKey: .description)
    try container.encodeIfPresent(type, forKey: .type)
    try container.encodeIfPresent(words, forKey: .words)
    try container.encodeIfPresent(pattern, forKey: .pattern)
    try container.encodeIfPresent(minLength, forKey: .minLength)
    try container.encodeIfPresent(minimum, forKey: .minimum)
    try container.encodeIfPresent(maximum, forKey: .maximum)
    try container.encodeIfPresent(minItems, forKey: .minItems)
    try container.encodeIfPresent(items.first, forKey: .items)
    try container.encodeIfPresent(either, forKey: .either)
    try container.encodeIfPresent(exactlyOne, forKey: .exactlyOne)
    try container.encodeIfPresent(properties, forKey: .properties)
    try container.encodeIfPresent(further, forKey: .further)
    try container.encodeIfPresent(required, forKey: .required)
  }

  init(_ shape: FleetShape) {
    switch shape {
    case .text(let expression):
      type = "string"
      pattern = expression.map { "^(\($0))$" }
      minLength = expression == nil ? 1 : nil
    case .number(let range):
      type = "integer"
      minimum = range.lowerBound == .min ? nil : range.lowerBound
      maximum = range.upperBound == .max ? nil : range.upperBound
    case .flag: type = "boolean"
    case .words(let list): words = list
    case .list(let element, let least):
      type = "array"
      items = [SchemaNode(element)]
      minItems = least > 0 ? least : nil
    case .fields(let fields, let alternatives):
      type = "object"
      properties = [:]
      for field in fields {
        var node = SchemaNode(field.shape)
        node.description = field.meaning.isEmpty ? nil : field.meaning
        properties?[field.name] = .node(node)
      }
      further = .flag(false)
      let needed = fields.filter(\.isRequired).map(\.name)
      required = needed.isEmpty ? nil : needed
      exactlyOne = alternatives.isEmpty ? nil : alternatives.map { SchemaNode(requiring: $0) }
    case .entries(let value):
      type = "object"
      further = .node(SchemaNode(value))
    case .k3sConfig: self = Self.k3sConfig
    case .either(let first, let second): either = [SchemaNode(first), SchemaNode(second)]
    }
  }

  private init() {}

  private init(requiring name: String) { required = [name] }

  /// What k3s knows by its type, what sugarimage writes itself not at all, and anything simple for
  /// what only another release knows.
  private static var k3sConfig: SchemaNode {
    var node = SchemaNode()
    node.type = "object"
    var properties: [String: Property] = [:]
    for key in K3sConfigKey.table {
      let shape: FleetShape =
        switch key.kind {
        case .text: .text()
        case .number: .number()
        case .flag: .flag
        case .list: .either(.text(), .list(.text()))
        }
      properties[key.name] = .node(SchemaNode(shape))
    }
    for name in K3sConfigKey.owned.keys { properties[name] = .flag(false) }
    node.properties = properties
    node.further = .node(
      SchemaNode(.either(.either(.line, .flag), .list(.text()))))
    return node
  }
}
