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
      prepared base in the cache. Secrets stay encrypted, and are not looked up.

      EXAMPLES
        sugarimage plan my-fleet sugarkube0
        sugarimage plan my-fleet sugarkube0 --contents
        sugarimage plan my-fleet --cluster dev --json
      """)

  @OptionGroup var options: FleetOptions
  @OptionGroup var agentOptions: AgentOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Also print the text of new files.")
  var contents = false

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let fleet = try options.open(door)
      let agent = try agentOptions.open(door)
      let progress = Progress(door)
      let builder = FleetBuilder(
        fleet: fleet, agent: agent, cache: try door.cache, now: door.now, date: try door.date,
        workers: door.workers, secrets: fleet.secrets(environment: door.environment),
        progress: progress.tell)
      let plans: [ImagePlan]
      do {
        defer { progress.end() }
        plans = try builder.plans(of: options.chosen(fleet.profile))
      }
      if output.json { return try door.print(json: plans.map(PlanResult.init)) }
      door.print(plans.map { $0.text(contents: contents) }.joined(separator: "\n"))
    }
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
