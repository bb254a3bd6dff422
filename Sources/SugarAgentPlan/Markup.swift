/// A piece of an HTML page. Text gets in through the escaping initialiser only, and names of
/// elements and attributes are written in our sources, so nothing from outside can become markup.
///
/// What comes out is XML as well: every element is closed, every attribute quoted.
/// (HTML Living Standard, section 13.1)
struct Markup {
  private(set) var source: String

  /// Text, with everything that means something to a browser made harmless.
  init(_ text: String) {
    source = ""
    for scalar in VisibleText.page(text).unicodeScalars {
      switch scalar {
      case "&": source += "&amp;"
      case "<": source += "&lt;"
      case ">": source += "&gt;"
      case "\"": source += "&quot;"
      case "'": source += "&#39;"
      default: source.unicodeScalars.append(scalar)
      }
    }
  }

  private init(source: String) { self.source = source }

  /// Our own style sheet: what stands inside `<style>` is not escaped.
  static func style(_ sheet: StaticString) -> Markup {
    Markup(source: "<style>\n\(sheet)\n</style>\n")
  }

  /// An element within a line of text.
  static func inline(
    _ name: StaticString, _ attributes: [Attribute] = [], _ content: [Markup]
  ) -> Markup {
    let inside = content.map(\.source).joined()
    return Markup(source: "<\(name)\(words(attributes))>\(inside)</\(name)>")
  }

  /// An element that stands on a line of its own, so that people can read the source.
  static func block(
    _ name: StaticString, _ attributes: [Attribute] = [], _ content: [Markup]
  ) -> Markup {
    Markup(source: inline(name, attributes, content).source + "\n")
  }

  /// A block around blocks.
  static func group(
    _ name: StaticString, _ attributes: [Attribute] = [], _ content: [Markup]
  ) -> Markup {
    block(name, attributes, [Markup(source: "\n")] + content)
  }

  /// An element that has nothing in it: `meta`.
  static func void(_ name: StaticString, _ attributes: [Attribute]) -> Markup {
    Markup(source: "<\(name)\(words(attributes))/>\n")
  }

  /// One attribute; its value is escaped like text.
  struct Attribute {
    var name: StaticString
    var value: String

    init(_ name: StaticString, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  private static func words(_ attributes: [Attribute]) -> String {
    attributes.map { " \($0.name)=\"\(Markup($0.value).source)\"" }.joined()
  }
}
