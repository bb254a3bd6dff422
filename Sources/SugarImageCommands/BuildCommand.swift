import ArgumentParser
import SugarImageBuilder
import SugarImagePlan
import SugarModel

struct BuildCommand: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case img
  }

  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build the nodes of a fleet.",
    discussion: """
      Each node becomes <node>.delta (what differs from the base, secrets in it,
      0600) and <node>.manifest.json (no secrets); --export img makes whole images
      of them, sparse. The network is never used, and nothing is minted.

      EXAMPLES
        sugarimage build my-fleet
        sugarimage build my-fleet sugarkube1 --export img --output /tmp/out
        sugarimage build my-fleet --cluster dev --json
      """)

  @OptionGroup var options: FleetOptions
  @OptionGroup var agentOptions: AgentOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the results go.", valueName: "folder"),
    completion: .directory)
  var output: String = "out"

  @Option(
    help: "Also write whole images (\(Format.allCases.map(\.rawValue).joined(separator: ", "))).")
  var export: Format?

  @OptionGroup var style: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let fleet = try options.open(door)
      let agent = try agentOptions.open(door)
      let nodes = try options.chosen(fleet.profile)
      let progress = Progress(door)
      let built: [BuiltNode]
      var images: [String] = []
      do {
        defer { progress.end() }
        let builder = FleetBuilder(
          fleet: fleet, agent: agent, cache: try door.cache, now: door.now, date: try door.date,
          workers: door.workers,
          progress: progress.tell)
        built = try builder.build(nodes, into: output)
        progress.end()
        for warning in Self.warnings(built) { door.tell("warning: \(warning)") }
        for warning in try builder.tokenWarnings(nodes) { door.tell("warning: \(warning)") }
        if export != nil {
          images = try ImageExporter(cache: door.cache, progress: progress.tell).export(
            nodes, in: output)
        }
      }
      if style.json { return try door.print(json: built.map { BuildResult($0, images) }) }
      door.print(Self.table(built).text(colored: door.isColored))
      for line in Self.remarks(built) { door.print(line) }
      door.print("\(built.count) node\(built.count == 1 ? "" : "s") in '\(output)'")
      for image in images { door.print("image: \(image)") }
    }
  }

  private static func table(_ built: [BuiltNode]) -> Table {
    var table = Table([
      "NODE", "CLUSTER", "TIER", "ROLE", "ADDRESS", "DISK ID", "GEN", "K3S", "CHANGED",
    ])
    for node in built {
      let identity = node.plan.identity
      table.add([
        identity.node, identity.cluster.name, identity.cluster.tier,
        identity.role.rawValue + (identity.spare ? " (spare)" : ""),
        identity.address?.description ?? "dhcp", identity.disk.id,
        String(identity.generation),
        identity.cluster.shownVersion,
        node.wasUnchanged
          ? "nothing (\(node.changedBytes) over the base)" : node.changedBytes.description,
      ])
    }
    return table
  }

  /// What several nodes have in common is said once.
  private static func warnings(_ built: [BuiltNode]) -> [String] {
    var found: [String] = []
    for warning in built.flatMap(\.warnings) where !found.contains(warning) {
      found.append(warning)
    }
    return found
  }

  private static func remarks(_ built: [BuiltNode]) -> [String] {
    var lines: [String] = []
    if let base = built.first?.plan.identity.base {
      lines.append("base: \(base.name), sha256:\(base.sha256.prefix(12))…")
      if let standIn = base.standIn { lines.append("      STAND-IN: \(standIn)") }
    }
    if let agent = built.first?.plan.agent {
      lines.append("agent: sugaragent \(agent.version), sha256:\(agent.asset.sha256.prefix(12))…")
    }
    var notes: [String] = []
    for note in built.flatMap(\.plan.notes) where !notes.contains(note) { notes.append(note) }
    return lines + notes.map { "note: \($0)" }
  }
}

extension ClusterIdentity {
  /// The release, or what stands in its place.
  var shownVersion: String {
    if standIn != nil { return "STAND-IN" }
    return binaryIncluded ? version : "PLACEHOLDER"
  }
}

/// A built node for other programs.
struct BuildResult: Encodable {
  var node: String
  var delta: String
  var manifest: String
  var image: String?
  var changedBytes: ByteCount
  var unchanged: Bool
  var agent: Manifest.Agent
  var identity: NodeIdentity

  init(_ built: BuiltNode, _ images: [String]) {
    node = built.plan.node
    delta = built.deltaPath
    manifest = built.manifestPath
    image = images.first { $0.hasSuffix("/\(built.plan.node).img") }
    changedBytes = built.changedBytes
    unchanged = built.wasUnchanged
    agent = Manifest.Agent(built.plan.agent)
    identity = built.plan.identity
  }
}
