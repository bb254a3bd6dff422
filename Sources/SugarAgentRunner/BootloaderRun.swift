import SugarAgentPlan
import SugarEEPROM
public import SugarHost
public import SugarModel

/// One look at a node's bootloader, and what follows from it: settings are kept, brought to the board
/// and, after the next start, proven.
public struct BootloaderRun {
  let places: AgentPlaces
  let tree: SystemTree
  let tools: BootloaderTools
  let now: () -> Int64
  /// Told in one line what is happening.
  let tell: (String) -> Void
  /// Called with a name after each thing that a killed run must have done or not done.
  public var onStep: (String) throws -> Void = { _ in }

  /// - Parameter folders: where the board's programs are looked for instead of a node's own folders.
  public init(
    places: AgentPlaces, tree: SystemTree, folders: [String]? = nil, now: @escaping () -> Int64,
    tell: @escaping (String) -> Void
  ) {
    self.places = places
    self.tree = tree
    tools = BootloaderTools(folders: folders)
    self.now = now
    self.tell = tell
  }

  var boot: String { tree.text("/proc/sys/kernel/random/boot_id") ?? "unknown" }

  /// What is known, and what follows from it.
  private struct Look {
    var identity: NodeIdentity
    var journal: BootloaderJournal
    var facts: BootloaderFacts
    var ruling: BootloaderRuling
  }

  private func look() throws(AgentError) -> Look {
    let board = BoardSurvey(tree).look(now: now())
    let identity = try IdentityReader(places).read(boardSerial: board.serial)
    let journal = try BootloaderJournal(places.bootloaderJournal, boot: boot, now: now)
    let survey = BootloaderSurvey(
      places: places, tree: tree, tools: tools, identity: identity, boot: boot)
    let facts = survey.look(
      journal.entries, report: try? ReportFiles(places).last(), board: board)
    return Look(
      identity: identity, journal: journal, facts: facts,
      ruling: BootloaderRules.decide(identity.boot, target: identity.disk.target, facts))
  }

  /// How the bootloader stands. Nothing is written.
  public func status() throws(AgentError) -> BootloaderReport {
    let look = try look()
    return BootloaderWords.report(
      look.ruling, look.identity.boot, look.facts, kept: kept, boot: boot, isActing: false)
  }

  /// Whether there is a bootloader that this node sees to, boot after boot.
  public func keepsOrder() throws(AgentError) -> Bool {
    let look = try look()
    return look.facts.chip != nil && look.identity.boot.apply == .agent
      && BootloaderWish(look.identity.boot) != nil
  }

  /// Does what can be done now.
  public func run() throws(AgentError) -> BootloaderReport {
    let lock = try takeLock()
    let look = try look()
    var ruling = look.ruling
    switch ruling {
    case .stage(let settings, let image, let reason):
      ruling = try stage(settings, image, reason, look)
    case .confirm: try look.journal.append(.verified)
    case .rest, .wait, .refuse: break
    }
    _ = consume lock
    return BootloaderWords.report(
      ruling, look.identity.boot, look.facts, kept: kept, boot: boot, isActing: true)
  }

  private func stage(
    _ settings: BootConfiguration, _ image: String, _ reason: String, _ look: Look
  ) throws(AgentError) -> BootloaderRuling {
    guard case .known(let present) = look.facts.settings else { return look.ruling }
    tell("boot order: \(reason); bringing the fleet's settings to the board")
    let file = try keep(present)
    let wish = BootloaderWish(look.identity.boot)?.digest ?? ""
    return try bring(
      settings, image, look,
      .staging(wish: wish, bootloader: look.facts.built, kept: file),
      done: .rest(.staged, BootloaderRules.staged))
  }

  /// Brings settings to the board, with a line in the journal before and after.
  private func bring(
    _ settings: BootConfiguration, _ image: String, _ look: Look, _ intent: BootloaderEntry.Event,
    done: BootloaderRuling
  ) throws(AgentError) -> BootloaderRuling {
    let journal = look.journal
    try journal.append(intent)
    try step("intent")
    do throws(AgentError) {
      try carry(settings, image, look.facts)
    } catch {
      try journal.append(.failed(because: "\(error)"))
      try step("failed")
      return .refuse(.toolFailed, "\(error)", next: ["it is tried again at the next boot"])
    }
    try journal.append(.staged)
    try step("staged")
    return done
  }

  private func carry(
    _ settings: BootConfiguration, _ original: String, _ facts: BootloaderFacts
  ) throws(AgentError) {
    let wanted = "\(places.bootloader)/bootconf.txt"
    let image = "\(places.bootloader)/pieeprom.bin"
    do throws(HostError) {
      try Files.write(settings.bytes, to: wanted, mode: 0o600)
      // What a cut run left is not taken for new.
      try Files.remove(image)
    } catch { throw AgentError("write", wanted, error.reason, code: error.code) }
    defer { try? Files.remove(image) }
    try tools.make(image, from: original, settings: wanted)
    try step("made")
    try check(image, original, settings)
    try tools.update(image)
    try step("updated")
  }

  /// Nothing goes to the board that is not the packaged image with these settings, to the last byte.
  private func check(
    _ path: String, _ original: String, _ settings: BootConfiguration
  ) throws(AgentError) {
    let (made, packaged) = (
      try BootloaderSurvey.image(path), try BootloaderSurvey.image(original)
    )
    let difference = EEPROMDifference(packaged, made)
    guard made.configuration == settings.bytes, difference.facts.isEmpty,
      difference.otherBytes == 0
    else {
      throw AgentError(
        "trust", path, "what rpi-eeprom-config made is not \(original) with the settings asked for")
    }
  }

  /// One at a time: a person may be at it while the node starts.
  private func takeLock() throws(AgentError) -> FileLock {
    do throws(HostError) {
      try Files.makeDirectory(places.state, mode: 0o700)
      return try FileLock.take(
        "\(places.state)/bootloader.lock", busy: "another run sees to the bootloader")
    } catch { throw AgentError("see to", "the bootloader", error.reason, code: error.code) }
  }

  private func step(_ name: String) throws(AgentError) {
    do { try onStep(name) } catch { throw AgentError("go on after", name, "\(error)") }
  }

  // MARK: Earlier settings

  private static let suffix = "-bootconf.txt"

  /// Files with earlier settings, the oldest one first.
  var kept: [String] {
    let names = (try? Files.list(places.bootloader)) ?? []
    return names.filter { $0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }.map {
      "\(places.bootloader)/\($0)"
    }
  }

  /// Keeps the settings that are about to be replaced, once.
  private func keep(_ present: BootConfiguration) throws(AgentError) -> String {
    let last = kept.last
    if let last, (try? Files.read(last, limit: .kib(64))) == present.bytes { return last }
    let name = last.flatMap { $0.split(separator: "/").last }
    let number = name.flatMap { Int($0.prefix { $0 != "-" }) } ?? 0
    let digits = String(number + 1)
    let path =
      "\(places.bootloader)/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)\(Self.suffix)"
    do throws(HostError) {
      try Files.makeDirectory(places.bootloader, mode: 0o700)
      try Files.write(present.bytes, to: path, mode: 0o600)
    } catch { throw AgentError("keep", path, error.reason, code: error.code) }
    try step("kept")
    return path
  }

  // MARK: By hand

  /// Takes the last change back, and has the agent leave the bootloader alone from then on.
  public func undo() throws(AgentError) -> BootloaderReport {
    let lock = try takeLock()
    let look = try look()
    guard let file = look.facts.history.kept ?? kept.last else {
      throw refusal("the agent has not changed it")
    }
    guard look.facts.missing.isEmpty else {
      throw refusal("the system has no \(look.facts.missing.joined(separator: " and no "))")
    }
    guard !look.facts.isUnderVoltage else {
      throw refusal("the board's voltage is too low to write its bootloader safely")
    }
    let settings: BootConfiguration
    do { settings = try BootConfiguration(try Files.read(file, limit: .kib(64))) } catch {
      throw AgentError("read", file, "\(error)")
    }
    let path = try tools.latestImage()
    let packaged = try BootloaderSurvey.image(path)
    guard let chip = look.facts.chip, packaged.chip == chip else {
      throw refusal("\(path) is not for this board")
    }
    guard let own = look.facts.built, let built = packaged.release.buildTimestamp, built >= own
    else { throw refusal("\(path) is older than the board's own bootloader") }
    let ruling = try bring(
      settings, path, look, .undoing(kept: file),
      done: .rest(.undone, "the settings of \(file) are in force from the next boot on"))
    _ = consume lock
    return BootloaderWords.report(
      ruling, look.identity.boot, look.facts, kept: kept, boot: boot, isActing: true)
  }

  private func refusal(_ reason: String) -> AgentError {
    AgentError("take back", "the boot order", reason)
  }

  /// Lets it be tried again: after it was undone, or was tried often enough.
  public func retry() throws(AgentError) {
    let journal = try BootloaderJournal(places.bootloaderJournal, boot: boot, now: now)
    try journal.append(.retried)
  }
}
