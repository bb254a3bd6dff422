/// The shape of a part of a fleet file: which fields a mapping may have, and what a value is.
///
/// One tree of these is the whole format. The reader takes from it which keys it knows, the JSON
/// Schema is written from it, and the reference is held against it. What a value must be beyond its
/// shape (that a network overlaps no other one) only the reader knows.
indirect enum FleetShape: Sendable {
  /// Text, and a regular expression that it must match whole, in the words of ECMA-262.
  case text(String? = nil)
  case number(ClosedRange<Int> = 0...Int.max)
  case flag
  /// One of these words, without quotes or with.
  case words([String])
  case list(FleetShape, atLeast: Int = 0)
  /// A mapping with these fields and no others, and with exactly one of those that are named.
  case fields([FleetField], oneOf: [String] = [])
  /// A mapping whose keys are names that a person chooses.
  case entries(FleetShape)
  /// Further keys of k3s's configuration file.
  case k3sConfig
  case either(FleetShape, FleetShape)

  static func words<Word: CaseIterable & RawRepresentable>(of _: Word.Type) -> FleetShape
  where Word.RawValue == String {
    .words(Word.allCases.map(\.rawValue))
  }

  /// The fields of a mapping, in the order in which they are told; none of anything else.
  var keys: [String] {
    if case .fields(let fields, _) = self { fields.map(\.name) } else { [] }
  }
}

/// One field of a mapping.
struct FleetField: Sendable {
  var name: String
  var shape: FleetShape
  var isRequired: Bool
  /// As the reference has it; empty where the name says it all.
  var meaning: String

  static func must(_ name: String, _ shape: FleetShape, _ meaning: String = "") -> FleetField {
    FleetField(name: name, shape: shape, isRequired: true, meaning: meaning)
  }

  static func may(_ name: String, _ shape: FleetShape, _ meaning: String = "") -> FleetField {
    FleetField(name: name, shape: shape, isRequired: false, meaning: meaning)
  }
}

/// Shapes that stand in several places.
extension FleetShape {
  static let name = text("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
  static let domain = text(
    "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
  static let sha256 = text("[0-9a-f]{64}")
  static let folder = text("[A-Za-z0-9_-][A-Za-z0-9._-]*")
  static let size = text("0*[1-9][0-9]{0,6} *(KiB|MiB|GiB|TiB)")
  static let url = text("(https://[^/\\s]|file:///[^/\\s])\\S*")
  private static let octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
  private static let dotted = "(\(octet)\\.){3}\(octet)"
  static let address = text(dotted)
  static let network = text("\(dotted)/(3[0-2]|[12]?[0-9])")
  static let range = text("\(dotted) *- *\(dotted)")
  /// A number without quotes will do for a text of one line.
  static let line = either(text(), number(Int.min...Int.max))
  static let pinnedFile = fields([.must("path", text()), .must("sha256", sha256)])
}
