import ArgumentParser
import SugarImageBuilder
import SugarImagePlan
import SugarKeys
import SugarModel

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show every file and edit that build would make, secrets hidden.",
    discussion: """
      + new   ~ edited   - taken away   > renamed. Nothing is written but the
      prepared base in the cache. Secrets stay encrypted, and are not looked up,
      unless a difference is asked for.

      As a difference, file by file, texts as `diff -u` writes them:
        --diff               from what stands built in --output; from the base where
                             nothing does
        --against-node NODE  from another node of the fleet
        --against PATH       from a disk, an image, packed or not, or a delta; without
                             a NODE, for the node that it is of. Compared are the disk
                             id and what the plan writes, links and removes: a running
                             node changes more than that (its journal, what k3s makes).
      The exit status is then 0 when nothing is different, and 2 when something is.
      Secrets are told apart by the first digits of their SHA-256.

      EXAMPLES
        sugarimage plan my-fleet sugarkube0
        sugarimage plan my-fleet sugarkube0 --contents
        sugarimage plan my-fleet --cluster dev --json
        sugarimage plan my-fleet --diff
        sugarimage plan my-fleet sugarkube1 --against-node sugarkube2
        sugarimage plan my-fleet --against /dev/sda
        sugarimage plan my-fleet sugarkube1 --against out/sugarkube1.img.xz --json
      """)

  @OptionGroup var options: FleetOptions
  @OptionGroup var agentOptions: AgentOptions
  @OptionGroup var identityOptions: IdentityOptions
  @OptionGroup var style: OutputOptions

  @Flag(help: "Also print the text of new files.")
  var contents = false

  @Flag(help: "Show what is different from the last build.")
  var diff = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the last build went.", valueName: "folder"),
    completion: .directory)
  var output: String = "out"

  @Option(help: ArgumentHelp("Show what is different from another node.", valueName: "node"))
  var againstNode: String?

  @Option(
    help: ArgumentHelp("Show what is different from an image or a disk.", valueName: "path"),
    completion: .file())
  var against: String?

  /// What the plans are compared with; nil when they are shown themselves.
  private var reference: PlanReference? {
    if let against { return .image(against) }
    if let againstNode { return .node(againstNode) }
    return diff ? .lastBuild(output: output) : nil
  }

  func validate() throws {
    guard [diff, againstNode != nil, against != nil].count(where: { $0 }) < 2 else {
      throw ValidationError("--diff, --against-node and --against exclude each other")
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let fleet = try options.open(door)
      let agent = try agentOptions.open(door)
      let progress = Progress(door)
      var secrets = fleet.secrets(environment: door.environment)
      if reference != nil { secrets = try secrets.opened(by: identityOptions.files(door)) }
      let builder = FleetBuilder(
        fleet: fleet, agent: agent,
        cache: try against == nil ? door.cache : door.invokerCache, now: door.now,
        date: try door.date, workers: door.workers,
        secrets: secrets, progress: progress.tell)
      if let reference {
        let differences: [PlanDifference]
        do {
          defer { progress.end() }
          differences = try builder.differences(of: nodes(fleet, reference), from: reference)
        }
        return try show(differences, door)
      }
      let plans: [ImagePlan]
      do {
        defer { progress.end() }
        plans = try builder.plans(of: options.chosen(fleet.profile))
      }
      if style.json { return try door.print(json: plans.map(PlanResult.init)) }
      door.print(plans.map { $0.text(contents: contents) }.joined(separator: "\n"))
    }
  }

  /// None when an image is to say which node it is of.
  private func nodes(_ fleet: FleetFolder, _ reference: PlanReference) throws -> [String] {
    switch reference {
    case .image where options.nodes.isEmpty && options.cluster == nil: []
    case .image, .lastBuild: try options.chosen(fleet.profile)
    case .node(let other): try options.chosen(fleet.profile, without: other)
    }
  }

  private func show(_ differences: [PlanDifference], _ door: Door) throws {
    if style.json {
      try door.print(json: differences.map(PlanDifferenceResult.init))
    } else {
      let texts = differences.map { $0.text(isColored: door.isColored, contents: contents) }
      door.write(texts.joined(separator: "\n"), to: 1)
    }
    if differences.contains(where: { !$0.isEmpty }) { throw ExitStatus.different }
  }
}

/// A plan for other programs: the identity and what each step does.
struct PlanResult: Encodable {
  var node: String
  var digest: String
  var rootGrowth: ByteCount
  var agent: Manifest.Agent
  var identity: NodeIdentity
  /// On the node that hands its cluster over alone.
  var handOff: HandOffSummary?
  var steps: [String]
  var notes: [String]

  init(_ plan: ImagePlan) {
    node = plan.node
    digest = plan.digest
    rootGrowth = plan.rootGrowth
    agent = Manifest.Agent(plan.agent)
    identity = plan.identity
    handOff = plan.handOff
    steps = plan.stepLines
    notes = plan.notes
  }
}
