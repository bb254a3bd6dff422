import Foundation
import SugarProfile
import SugarTestSupport
import Testing

/// The JSON Schema, held against the reader by a validator of other people's (python3-jsonschema).
@Suite struct SchemaTests {
  private static let file = ShippedProfilesTests.root.appending(path: "docs/fleet.schema.json")

  /// `RECORD_GOLDEN=1` writes it anew, and still fails the run.
  @Test func theFileIsWhatTheProgramPrints() throws {
    let text = try FleetSchema.text
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try text.write(to: Self.file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(Self.file.lastPathComponent)")
      return
    }
    #expect(try String(contentsOf: Self.file, encoding: .utf8) == text)
  }

  /// Reads YAML as YAML 1.2 does: `yes` is a text. Prints each file with the first thing that is
  /// wrong, or nothing.
  private static let validator = """
    import json, sys, yaml
    from jsonschema import Draft7Validator
    class Loader(yaml.SafeLoader):
        pass
    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in found if tag != "tag:yaml.org,2002:bool" or first in "tfTF"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    schema = json.load(open(sys.argv[1]))
    Draft7Validator.check_schema(schema)
    answers = {}
    for path in sys.argv[2:]:
        try:
            value = yaml.load(open(path, newline=""), Loader)
            errors = sorted(Draft7Validator(schema).iter_errors(value), key=lambda error: list(map(str, error.path)))
            answers[path] = f"{errors[0].json_path}: {errors[0].message}" if errors else ""
        except yaml.YAMLError as error:
            answers[path] = f"no YAML: {error}"
    json.dump(answers, sys.stdout)
    """

  /// What the validator says of each file, by path; empty where it finds nothing.
  private static func verdicts(_ files: [URL]) throws -> [String: String] {
    let folder = try TemporaryDirectory()
    try FleetSchema.text.write(toFile: folder.path("s.json"), atomically: true, encoding: .utf8)
    let answer = try Tool.debianPython(validator, [folder.path("s.json")] + files.map(\.path))
    return try JSONDecoder().decode([String: String].self, from: Data(answer.output))
  }

  @Test func whatIsValidIsAccepted() throws {
    let profiles = ShippedProfilesTests.root.appending(path: "profiles")
    let shipped = try FileManager.default.contentsOfDirectory(atPath: profiles.path)
      .map { profiles.appending(path: "\($0)/fleet.yaml") }
    let fixtures = try FixtureTests.names().filter {
      $0.hasPrefix("valid-") && !$0.contains("-overlay-")
    }.map { FixtureTests.folder.appending(path: $0) }
    #expect(shipped.count >= 2 && fixtures.count > 15)
    for (path, wrong) in try Self.verdicts(shipped + fixtures) { #expect(wrong == "", "\(path)") }
  }

  /// The words of the reader when the shape is wrong: a key that is none, a value of another kind, a
  /// word that is none of the list, a field that is missing.
  nonisolated(unsafe) private static let faultsOfShape =
    #/
    error:\ unknown\ key\ '
    | '\ is\ missing(\ in\ '[^']*')?$
    | '\ must\ be\ (text|a\ number|a\ list|a\ mapping|true\ or\ false|a\ size),\ not
    | '\ must\ be\ (one\ of|between|at\ least|in\ lower\ case)
    | '\ is\ (empty|not\ supported\ yet)$
    | '\ is\ no\ (size|SHA-256\ digest|IPv4\ address|IPv4\ network|MAC\ address|release\ of\ k3s)
    | '\ is\ no\ serial\ number\ of\ a\ board
    | '\ does\ not\ stand\ here$
    | '\ (names\ no\ (network|gate)|has\ no\ mirror)$
    | a\ fleet\ file\ is\ a\ mapping\ of\ fields,\ not
    /#

  @Test func whatHasAnotherShapeIsRefused() throws {
    var files: [URL] = []
    for name in try FixtureTests.names()
    where name.hasPrefix("invalid-") && !name.contains("-overlay-") {
      let file = FixtureTests.folder.appending(path: name)
      let report = file.deletingPathExtension().appendingPathExtension("report")
      let errors = try String(contentsOf: report, encoding: .utf8).split(separator: "\n").filter {
        // What `fleet.local.yaml` says is no part of this.
        $0.hasPrefix(name + ":") && $0.contains(": error: ")
      }
      if name.hasPrefix("invalid-config-owned")
        || errors.contains(where: { $0.contains(Self.faultsOfShape) })
      {
        files.append(file)
      }
    }
    #expect(files.count > 50)
    for (path, wrong) in try Self.verdicts(files) { #expect(wrong != "", "\(path)") }
  }
}
