public import SugarFlashPlan
public import SugarImageBuilder
import SugarModel
import SugarProbe

#if canImport(Glibc)
  import Glibc
#endif

/// From an image to a finished disk: look, plan, and, when a person agreed, look again and write.
public struct FlashSession: Sendable {
  let source: ImageSource
  let wish: FlashWish
  let survey: FlashSurvey
  /// The folder of the journals.
  let journals: String

  public init(source: ImageSource, wish: FlashWish, survey: FlashSurvey, journals: String) {
    self.source = source
    self.wish = wish
    self.survey = survey
    self.journals = journals
  }

  /// What would be done. Nothing is written.
  ///
  /// - Parameter forget: leaves out what an interrupted run noted.
  public func plan(forget: Bool) throws(FlashRefusal) -> FlashPlan {
    try plan(expected: nil, forget: forget)
  }

  private func plan(expected: DiskIdentifier?, forget: Bool) throws(FlashRefusal) -> FlashPlan {
    try FlashPlanner.plan(
      FlashImage(source), wish, survey.census(), expected: expected,
      journal: { (disk) throws(FlashRefusal) in
        guard !forget else { return nil }
        let journal = journal(disk)
        guard !journal.isDamaged else {
          throw FlashRefusal(
            .unknown, "what an earlier run noted about \(disk.title) cannot be read",
            note: "it is '\(journal.path)'; `--forget` gives it up, and what it was to keep")
        }
        return journal.resume
      })
  }

  private func journal(_ disk: Disk) -> FlashJournal { FlashJournal(folder: journals, disk: disk) }

  public func journalPath(_ plan: FlashPlan) -> String { journal(plan.disk).path }

  /// Writes what was planned and shown. Before that everything is looked at once more: what is not
  /// as it was shown is refused.
  public func write(
    _ plan: FlashPlan, forget: Bool, progress: @escaping @Sendable (BuildEvent) -> Void
  ) throws -> FlashOutcome {
    var wish = wish
    // The disk, and no other that may have come meanwhile.
    if wish.disk == nil { wish.disk = Self.name(plan) }
    let again = try FlashSession(source: source, wish: wish, survey: survey, journals: journals)
      .plan(expected: plan.disk.identifier.value, forget: forget)
    guard again.rows == plan.rows, again.disk.path == plan.disk.path else { throw changed(plan) }
    let device = try DirectDisk(plan.disk, finder: survey.finder, opener: survey.opener(plan.disk))
    defer { device.release() }
    // Nobody else can write it from here on; what came before is seen now.
    let now = DiskReader.look(at: plan.disk, by: survey.opener(plan.disk))
    guard now.content == plan.disk.content else { throw changed(plan) }
    device.forgetPartitions()
    return try Flasher(
      plan: plan, source: source, device: device, journal: journal(plan.disk),
      nonce: UInt64.random(in: 0...UInt64.max), now: Self.now, progress: progress
    ).run()
  }

  private func changed(_ plan: FlashPlan) -> FlashRefusal {
    FlashRefusal(
      .changedIdentity, "\(plan.disk.title) changed since it was shown",
      note: "nothing was written; look at it again")
  }

  private static func name(_ plan: FlashPlan) -> String {
    if let own = plan.disk.identifier.value, own.isReported { return own.text }
    return plan.disk.path
  }

  /// Seconds that only go forward. (clock_gettime(2))
  @Sendable private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
