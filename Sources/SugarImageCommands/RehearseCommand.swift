import ArgumentParser
import SugarHost
import SugarImageBuilder
import SugarModel
import SugarProfile
import SugarRehearsal

struct RehearseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rehearse",
    abstract: "Boot the built nodes in emulation, on one network, and show their first boot.",
    discussion: """
      Takes what `build` left in --output, puts each node on a sparse disk of its own
      and boots it in QEMU, as the Raspberry Pi's firmware would: kernel, initramfs
      and command line from its boot partition. The nodes share a network with a
      router that knows the time and leads nowhere. Needs qemu-system-aarch64 and no
      privileges. It is emulation, not a Raspberry Pi, and says so.

      EXAMPLES
        sugarimage rehearse my-fleet --cluster prod
        sugarimage rehearse my-fleet sugarkube0 --kill-at disks
        sugarimage rehearse my-fleet --cluster dev --chaos 5 --seed 17 --shuffle

      EXIT STATUS
        0  every node is Ready    74 a machine ended by itself    75 not Ready in time
        77 a node refused         others as everywhere
      """)

  @OptionGroup var options: FleetOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the nodes were built.", valueName: "folder"),
    completion: .directory)
  var output: String = "out"

  @Option(
    help: ArgumentHelp(
      "Where disks and console logs go (default: 'rehearsal' in --output). The disks are removed at the end.",
      valueName: "folder"), completion: .directory)
  var scratch: String?

  @Flag(help: "Keep the disks. They hold the nodes' secrets.")
  var keep = false

  @Option(
    help: ArgumentHelp(
      "Cut each node's power when this phase starts: \(BootPhase.allCases.map(\.rawValue).joined(separator: ", ")); 'handoff:2' when it has given the first object of that boot. Repeatable.",
      valueName: "phase"),
    transform: Self.moment)
  var killAt: [CutSchedule.Moment] = []

  @Option(help: ArgumentHelp("Cut the power so many times, anywhere.", valueName: "times"))
  var chaos: Int = 0

  @Option(
    help: ArgumentHelp("Makes --chaos and --shuffle do the same again.", valueName: "number"))
  var seed: UInt64?

  @Flag(help: "Switch the nodes on in any order.")
  var shuffle = false

  @Flag(help: "Then restart every node, and see it Ready again.")
  var twice = false

  @Option(
    help: ArgumentHelp(
      "Seconds for all of it (default: 600, and 300 for each node and power cut).",
      valueName: "seconds"))
  var timeout: Double?

  @Option(help: ArgumentHelp("Memory of each machine.", valueName: "MiB"))
  var memory: Int = 1024

  @Option(
    help: ArgumentHelp(
      "Processors of each machine (default: this workstation's, shared out).", valueName: "number"))
  var processors: Int?

  @OptionGroup var style: OutputOptions

  func validate() throws {
    guard chaos >= 0, memory >= 256, processors ?? 1 > 0, timeout ?? 1 > 0 else {
      throw ValidationError(
        "--chaos, --processors and --timeout want positive numbers, --memory at least 256")
    }
  }

  func run() async throws {
    let door = Door.standard
    try await door.run {
      let fleet = try options.open(door)
      let nodes = try options.chosen(fleet.profile)
      let disks = NodeDisk(output: output, cache: try door.cache)
      let manifests = try disks.manifests(
        of: nodes, command: "sugarimage build \(fleet.path) --output \(output)")
      let seed = seed ?? UInt64.random(in: 0...999_999)
      let settings = settings(nodes, seed: seed)
      let folder = scratch ?? "\(output)/rehearsal"
      let planner = MachinePlanner(
        fleet.profile, folder: folder, memory: memory,
        processors: processors ?? min(2, max(1, door.workers / nodes.count)))
      var plans = manifests.map { planner.plan($0.identity, image: $0.image.size) }
      let emulator = try Emulator.find()
      try Files.makeDirectory(folder, mode: 0o700)
      let names = plans
      defer { if !keep { remove(names, in: folder) } }
      plans = try write(plans, disks, folder, door)
      let screen = RehearsalScreen(
        door, plans: plans,
        title: RehearsalTitle(
          fleet: fleet.profile.fleet.name, emulator: "QEMU \(emulator.version)", seed: seed))
      defer { screen.end() }
      let rehearsal = try Rehearsal(
        plans, gateways: planner.gateways(), emulator: emulator, folder: folder,
        settings: settings, tell: screen.tell)
      let report = try rehearsal.run()
      screen.end()
      if style.json {
        try door.print(json: report)
      } else {
        door.print(
          RehearsalText(report, manifests.map(\.identity)).text(colored: door.isColored))
        if keep { for plan in plans { door.print("disk: \(plan.disks[0].path)") } }
      }
      if let status = ExitStatus.status(of: report.outcome) { throw status }
    }
  }

  private func settings(_ nodes: [String], seed: UInt64) -> Rehearsal.Settings {
    var cuts = CutSchedule(at: killAt, of: nodes)
    cuts = CutSchedule(cuts.open + CutSchedule(random: chaos, of: nodes, seed: seed).open)
    return Rehearsal.Settings(
      timeout: timeout ?? 600 + 300 * Double(nodes.count - 1 + cuts.open.count), seed: seed,
      cuts: cuts, delays: shuffle ? StartOrder.delays(of: nodes, seed: seed) : [:],
      isRepeated: twice, switchesOff: keep)
  }

  /// Puts the nodes on their disks; where a kernel cannot boot an emulated machine, another one is
  /// taken, and the plan says so.
  private func write(
    _ plans: [MachinePlan], _ disks: NodeDisk, _ folder: String, _ door: Door
  ) throws -> [MachinePlan] {
    let progress = Progress(door)
    defer { progress.end() }
    var (plans, spare): ([MachinePlan], (kernel: SpareKernel, files: KernelFiles)?) = (plans, nil)
    for (place, plan) in plans.enumerated() {
      progress.tell(.phase("making the disk of \(plan.node)"))
      for (number, disk) in plan.disks.enumerated() {
        if number == 0 {
          try disks.write(plan.node, to: disk.path, size: disk.size)
        } else {
          try NodeDisk.writeBlank(disk.path, size: disk.size)
        }
      }
      guard try SpareKernel.isNeeded(by: plan.disks[0].path) else { continue }
      let found = try spare ?? Self.spareKernel(folder, door, progress)
      spare = found
      try found.kernel.addModules(to: plan.disks[0].path)
      plans[place].kernel = found.files
      plans[place].remarks.append(
        "boots the kernel \(found.kernel.release) of the stand-in base: its own has no drivers for an emulated machine"
      )
    }
    return plans
  }

  private static func spareKernel(
    _ folder: String, _ door: Door, _ progress: Progress
  ) throws -> (kernel: SpareKernel, files: KernelFiles) {
    let kernel = try SpareKernel.find(
      cache: door.cache, workers: door.workers, progress: progress.tell)
    let files = try kernel.write(into: folder)
    return (kernel, KernelFiles(kernel: files.kernel, initramfs: files.initramfs))
  }

  /// Disks hold secrets; only the logs stay.
  private func remove(_ plans: [MachinePlan], in folder: String) {
    for name in ["kernel", "initramfs"] { try? Files.remove("\(folder)/spare.\(name)") }
    for plan in plans {
      for disk in plan.disks { try? Files.remove(disk.path) }
      for name in ["kernel", "initramfs"] { try? Files.remove("\(folder)/\(plan.node).\(name)") }
    }
  }

  private static func moment(_ word: String) throws -> CutSchedule.Moment {
    guard let moment = CutSchedule.Moment(word) else {
      throw ValidationError("there is no phase '\(word)'")
    }
    return moment
  }
}
