import ArgumentParser
import SugarFlashPlan
import SugarFlasher
import SugarImageBuilder
import SugarModel

#if canImport(Glibc)
  import Glibc
#endif

struct FlashCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flash",
    abstract: "Show which disk a node or an image would go to; with --write, write it.",
    discussion: """
      Streams the node's delta and its base, or an image file (also packed, also
      not ours), to one disk that every guard rail lets pass, and reads every byte
      back. Until the last write the disk boots nothing; interrupted, the same
      command goes on where it stopped.

      EXAMPLES
        sugarimage flash sugarkube1
        sugarimage flash sugarkube1 --write
        sugarimage flash sugarkube1 --disk 0123456789AB --preserve data --write
        sugarimage flash raspios.img.xz --write --yes --expect-serial 0123456789AB
      """)

  @Argument(help: "A node that was built, or an image file.", completion: .file())
  var image: String

  @OptionGroup var options: FlashOptions
  @OptionGroup var style: OutputOptions

  func run() async throws {
    let door = Door.standard
    try await door.run {
      do {
        try work(door)
      } catch let refusal as FlashRefusal {
        if style.json { try door.print(json: FlashResult(refusal)) }
        throw refusal
      }
    }
  }

  private func work(_ door: Door) throws {
    let progress = Progress(door)
    defer { progress.end() }
    let cache = try door.invokerCache
    let source = try ImageSource.open(
      image, output: options.output, cache: cache, workers: door.workers, progress: progress.tell)
    let session = FlashSession(
      source: source, wish: options.wish(protected: try protected(door)),
      survey: FlashSurvey(
        named: options.disk, loops: options.allowLoop ? [options.disk ?? ""] : []),
      journals: cache.path + "/flash")
    progress.tell(.phase("looking at the disks"))
    let plan = try session.plan(forget: options.forget)
    progress.end()
    if !style.json { door.print(plan.text) }
    guard options.write else {
      if style.json { return try door.print(json: FlashResult(plan)) }
      door.print("\nnothing was written; to write it, say it again with --write")
      return
    }
    try consent(plan, door)
    defer { door.give([cache.path + "/flash", session.journalPath(plan)]) }
    let outcome = try session.write(plan, forget: options.forget, progress: progress.tell)
    progress.end()
    let ejection = plan.ejects && !outcome.wasAlreadyThere ? DiskEjector.eject(plan.disk) : nil
    if style.json { return try door.print(json: FlashResult(plan, outcome, ejection)) }
    door.print("\n" + Self.words(plan, outcome))
    if let ejection { door.print(ejection.words) }
  }

  private func protected(_ door: Door) throws -> Set<String> {
    try NeverWriteList(folders: door.settingsFolders).identities()
  }

  /// Says yes by typing what the disk is, or by having said so on the command line.
  private func consent(_ plan: FlashPlan, _ door: Door) throws {
    let consent = plan.consent
    if options.yes {
      if let refusal = consent.objection(
        expectedSerial: options.expectSerial, expectedNode: options.expectNode)
      {
        throw FlashRefusal(refusal)
      }
      return
    }
    guard isatty(0) == 1 else {
      throw FlashRefusal(
        .changedIdentity, "nobody is there to be asked",
        note: "to write without being asked: --yes --expect-serial \(consent.identity)")
    }
    if let node = consent.node {
      door.write("\nThis is the medium of \(node), a production node. Type its name: ", to: 2)
      guard let typed = readLine(), consent.accepts(node: typed) else {
        throw FlashRefusal(.protected, "that is not \(node): nothing was written")
      }
    }
    let count = consent.characters.count
    door.write(
      "\nTo write \(plan.disk.path), type the last \(count) characters of \(consent.identity): ",
      to: 2)
    guard let typed = readLine(), consent.accepts(identity: typed) else {
      throw FlashRefusal(.changedIdentity, "that is not it: nothing was written")
    }
  }

  private static func words(_ plan: FlashPlan, _ outcome: FlashOutcome) -> String {
    let what = "'\(plan.disk.path)' is \(plan.image.title)"
    if outcome.wasAlreadyThere {
      return "\(what) already, every byte of \(outcome.size); nothing was written"
    }
    let resumed = outcome.resumedAt.map { ", taken up at \($0)" } ?? ""
    return outcome.wasVerified
      ? "\(what): \(outcome.size) written\(resumed), and every byte read back"
      : "\(what): \(outcome.size) written\(resumed), and NOT read back"
  }
}

/// What `flash` tells other programs.
struct FlashResult: Encodable {
  var image: String?
  var disk: String?
  var identity: String?
  var onIt: String?
  var lost: [String]?
  var kept: [String]?
  var steps: [String]?
  /// Set when something was to be written.
  var outcome: FlashOutcome?
  /// Whether the disk can be taken out; nil when it was not to be ejected.
  var ejected: Bool?
  var refusal: Refusal?
  var note: String?
  var disks: [DiskResult]?

  init(_ plan: FlashPlan, _ outcome: FlashOutcome? = nil, _ ejection: Ejection? = nil) {
    image = plan.image.title
    disk = plan.disk.path
    identity = plan.consent.identity
    onIt = DiskWords.summary(plan.disk)
    lost = plan.lost
    kept = plan.kept.map(\.label)
    steps = plan.steps.map(\.summary)
    self.outcome = outcome
    ejected = ejection?.isDone
  }

  init(_ refused: FlashRefusal) {
    refusal = refused.refusal
    note = refused.note
    disks = refused.disks.map(DiskResult.init)
  }
}
