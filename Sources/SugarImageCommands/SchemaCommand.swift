import ArgumentParser
import SugarProfile

struct SchemaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of fleet.yaml, for editors and other programs.",
    discussion: """
      It is of draft-07 and knows fields, types and words; `validate` knows the rest. An
      editor with yaml-language-server takes it from the first line of a fleet.yaml:

        # yaml-language-server: $schema=fleet.schema.json

      EXAMPLES
        sugarimage schema > my-fleet/fleet.schema.json
      """)

  func run() async throws {
    let door = Door.standard
    try await door.run { door.write(try FleetSchema.text, to: 1) }
  }
}
