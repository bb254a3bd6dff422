import ArgumentParser
import SugarImageBuilder
import SugarModel
import SugarProfile

/// Which fleet, and which of its nodes.
struct FleetOptions: ParsableArguments {
  @Argument(help: "The folder of a fleet.", completion: .directory)
  var fleet: String = "."

  @Argument(help: "Only these nodes.")
  var nodes: [String] = []

  @Option(help: ArgumentHelp("Only the nodes of this cluster.", valueName: "name"))
  var cluster: String?

  func open(_ door: Door) throws -> FleetFolder {
    let folder = try FleetFolder.open(fleet, share: door.share)
    for warning in folder.report.warnings { door.tell(warning.description) }
    return folder
  }

  /// The nodes that are compared with another one.
  func chosen(_ profile: Profile, without other: String) throws -> [String] {
    let rest = try chosen(profile).filter { $0 != other }
    guard !rest.isEmpty else {
      throw BuildError(
        .data, "cannot compare '\(other)' with itself", note: "name another node of the fleet")
    }
    return rest
  }

  /// The nodes that were asked for, in the fleet's order.
  func chosen(_ profile: Profile) throws -> [String] {
    if let cluster, !profile.clusters.contains(where: { $0.name == cluster }) {
      throw BuildError(
        .data, "cannot find the cluster '\(cluster)' in the fleet",
        note: "its clusters are \(profile.clusters.map(\.name).joined(separator: ", "))")
    }
    let unknown = nodes.filter { name in !profile.nodes.contains { $0.hostname == name } }
    guard unknown.isEmpty else {
      throw BuildError(
        .data, "cannot find \(unknown.map { "'\($0)'" }.joined(separator: ", ")) in the fleet",
        note: "its nodes are \(profile.nodes.map(\.hostname).joined(separator: ", "))")
    }
    let chosen = profile.nodes.filter { node in
      (nodes.isEmpty || nodes.contains(node.hostname))
        && (cluster == nil || node.cluster == cluster)
    }
    guard !chosen.isEmpty else {
      throw BuildError(
        .data, "cannot choose a node: none of those named is in cluster '\(cluster ?? "")'")
    }
    return chosen.map(\.hostname)
  }
}

/// Which agent goes into the images.
struct AgentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The agent's binary for the nodes (default: SUGARIMAGE_AGENT, else what `make agent` built).",
      valueName: "file"),
    completion: .file())
  var agent: String?

  func open(_ door: Door) throws -> AgentFile {
    try AgentFile.find(named: agent, environment: door.environment, share: door.share)
  }
}

/// How results are written.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write the result as JSON.")
  var json = false
}
