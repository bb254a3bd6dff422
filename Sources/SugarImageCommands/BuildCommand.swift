import ArgumentParser
import SugarImageBuilder
import SugarImagePlan
import SugarKeys
import SugarModel

struct BuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build the nodes of a fleet.",
    discussion: """
      Each node becomes <node>.delta (what differs from the base, secrets in it,
      0600) and <node>.manifest.json (no secrets). The network is never used, and
      nothing is minted. Encrypted secrets are opened by an age identity, and what
      the fleet's secrets.references name is looked up; neither comes to the disk.

      --export makes whole images of them, also with secrets in them, 0600:
        img      raw, sparse
        img.xz   the packed base's own blocks where nothing changed, and new ones
        img.zst  packed by zstd: larger, and unpacked fastest
        qcow2    for virtual machines, by qemu-img
      --imager-manifest lists them for Raspberry Pi Imager, which opens the list by
      App Options, Content Repository, Use custom file.

      EXAMPLES
        sugarimage build my-fleet
        sugarimage build my-fleet sugarkube1 --export img --output /tmp/out
        sugarimage build my-fleet --cluster dev --json
        sugarimage build my-fleet --identity ~/keys/age.txt
        sugarimage build my-fleet --export img.xz --imager-manifest
        sugarimage build my-fleet sugarkube1 --export img.xz --export qcow2
      """)

  @OptionGroup var options: FleetOptions
  @OptionGroup var agentOptions: AgentOptions
  @OptionGroup var identityOptions: IdentityOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the results go.", valueName: "folder"),
    completion: .directory)
  var output: String = "out"

  @Option(
    help: ArgumentHelp(
      "Also write whole images (\(Self.formats.joined(separator: ", "))); may be given more than once.",
      valueName: "format"),
    completion: .list(Self.formats), transform: Self.format)
  var export: [ExportFormat] = []

  @Flag(
    help: "Also write <fleet>.rpi-imager-manifest, a list of the images for Raspberry Pi Imager.")
  var imagerManifest = false

  @OptionGroup var style: OutputOptions

  private static let formats = ExportFormat.allCases.map(\.rawValue)

  private static func format(_ word: String) throws -> ExportFormat {
    guard let format = ExportFormat(rawValue: word) else {
      throw ValidationError(
        "'\(word)' is none of the formats: they are \(formats.joined(separator: ", "))")
    }
    return format
  }

  func validate() throws {
    guard !imagerManifest || export.contains(where: ImagerManifest.formats.contains) else {
      throw ValidationError(
        "--imager-manifest wants --export with one of \(ImagerManifest.formats.map(\.rawValue).joined(separator: ", "))"
      )
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let fleet = try options.open(door)
      let agent = try agentOptions.open(door)
      let nodes = try options.chosen(fleet.profile)
      let progress = Progress(door)
      let built: [BuiltNode]
      var images: [ExportedImage] = []
      var list: String?
      do {
        defer { progress.end() }
        let builder = FleetBuilder(
          fleet: fleet, agent: agent, cache: try door.cache, now: door.now, date: try door.date,
          workers: door.workers,
          secrets: try fleet.secrets(environment: door.environment).opened(
            by: identityOptions.files(door)),
          progress: progress.tell)
        built = try builder.build(nodes, into: output)
        progress.end()
        for warning in Self.warnings(built) { door.tell("warning: \(warning)") }
        for warning in try builder.tokenWarnings(nodes) { door.tell("warning: \(warning)") }
        if !export.isEmpty {
          images = try ImageExporter(
            cache: door.cache, packedBases: fleet.packedBase, workers: door.workers,
            progress: progress.tell
          ).export(nodes, as: Self.inOrder(export), in: output)
        }
        if imagerManifest {
          progress.tell(.phase("taking the digests of the images"))
          list = try ImagerManifest.write(
            fleet, built, images, in: output, cache: door.cache, workers: door.workers)
        }
        progress.end()
        for note in Self.notes(images) { door.tell("note: \(note)") }
      }
      if style.json { return try door.print(json: built.map { BuildResult($0, images, list) }) }
      door.print(Self.table(built).text(colored: door.isColored))
      for line in Self.remarks(built) { door.print(line) }
      door.print("\(built.count) node\(built.count == 1 ? "" : "s") in '\(output)'")
      for image in images { door.print(Self.line(image)) }
      if let list { door.print("list:  \(list)") }
    }
  }

  /// Each format once, in the order of their list.
  private static func inOrder(_ formats: [ExportFormat]) -> [ExportFormat] {
    ExportFormat.allCases.filter(formats.contains)
  }

  private static func line(_ image: ExportedImage) -> String {
    guard let blocks = image.blocks, let kept = image.keptBlocks else {
      return "image: \(image.path)"
    }
    return
      "image: \(image.path) (\(image.fileSize), \(kept) of \(blocks) blocks are the base's own)"
  }

  private static func notes(_ images: [ExportedImage]) -> [String] {
    var found: [String] = []
    for note in images.compactMap(\.note) where !found.contains(note) { found.append(note) }
    return found
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
  /// The raw image.
  var image: String?
  var exports: [ExportedImage]
  var imagerManifest: String?
  var changedBytes: ByteCount
  var unchanged: Bool
  var agent: Manifest.Agent
  var identity: NodeIdentity

  init(_ built: BuiltNode, _ images: [ExportedImage], _ list: String?) {
    node = built.plan.node
    delta = built.deltaPath
    manifest = built.manifestPath
    exports = images.filter { $0.node == built.plan.node }
    image = exports.first { $0.format == .img }?.path
    imagerManifest = list
    changedBytes = built.changedBytes
    unchanged = built.wasUnchanged
    agent = Manifest.Agent(built.plan.agent)
    identity = built.plan.identity
  }
}
