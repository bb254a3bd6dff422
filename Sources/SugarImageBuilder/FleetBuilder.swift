import Dispatch
import SugarHost
public import SugarImagePlan
public import SugarKeys
public import SugarModel
import SugarPartition
import SugarProfile
import Synchronization

/// What came of building one node.
public struct BuiltNode: Hashable, Sendable {
  public var plan: ImagePlan
  public var deltaPath: String
  public var manifestPath: String
  public var changedBytes: ByteCount
  /// True when the files that are there already were right to the last byte.
  public var wasUnchanged: Bool
  /// What a person should know who has built the node before.
  public var warnings: [String] = []
}

/// Builds the nodes of a fleet: plans first, all of them, then one delta after the other over the
/// prepared base.
public struct FleetBuilder: Sendable {
  public let fleet: FleetFolder
  /// The program that goes into every image.
  public let agent: AgentFile
  public let cache: CacheFolder
  /// Seconds since 1970: to tell which tokens have expired. It does not enter any image.
  public let now: Int64
  /// Seconds since 1970 for all time stamps in the images; nil takes the base's own date.
  public let date: Int64?
  public let workers: Int
  let secrets: SecretStore
  let progress: @Sendable (BuildEvent) -> Void

  public init(
    fleet: FleetFolder, agent: AgentFile, cache: CacheFolder, now: Int64, date: Int64?,
    workers: Int, secrets: SecretStore,
    progress: @escaping @Sendable (BuildEvent) -> Void
  ) {
    self.fleet = fleet
    self.agent = agent
    self.cache = cache
    self.now = now
    self.date = date
    self.workers = workers
    self.secrets = secrets
    self.progress = progress
  }

  var store: BaseStore { BaseStore(cache: cache, workers: workers, progress: progress) }

  /// Everything that `build` would do, without writing any image. No identity is needed, and no
  /// reference is looked up.
  public func plans(of nodes: [String]) throws(BuildError) -> [ImagePlan] {
    try prepare(nodes).plans
  }

  /// Builds `nodes` into `output` and describes the fleet in `output/fleet.json`.
  ///
  /// - Precondition: `secrets` was opened, when it is encrypted.
  public func build(_ nodes: [String], into output: String) throws(BuildError) -> [BuiltNode] {
    let work = try prepare(nodes)
    // What cannot be decrypted or looked up is said before anything is written.
    for plan in work.plans {
      for name in plan.secrets { _ = try building { try secrets.value(of: name) } }
    }
    try building { try Files.makeDirectory(output) }
    let lock = try Self.lock(output)
    return try withExtendedLifetime(lock) { () throws(BuildError) in try build(work, into: output) }
  }

  private func build(_ work: Work, into output: String) throws(BuildError) -> [BuiltNode] {
    let bases = try bases(for: work)
    let results = Mutex<[String: Result<BuiltNode, BuildError>]>([:])
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, work.plans.count))) { _ in
      while true {
        let number = next.withLock { value in
          defer { value += 1 }
          return value
        }
        guard number < work.plans.count else { return }
        let plan = work.plans[number]
        let result = Result { () throws(BuildError) in
          guard let base = bases[plan.rootGrowth] else {
            throw BuildError(.machine, "cannot find the base of '\(plan.node)'")
          }
          return try build(plan, on: base, into: output)
        }
        let done = results.withLock { results in
          results[plan.node] = result
          return results.count
        }
        progress(.built(node: plan.node, done: done, of: work.plans.count))
      }
    }
    let outcomes = results.withLock { $0 }
    var built: [BuiltNode] = []
    for plan in work.plans {
      if let outcome = outcomes[plan.node] { built.append(try outcome.get()) }
    }
    try FleetSummary(fleet.profile, in: output).write(to: output + "/fleet.json")
    return built
  }

  /// One build at a time writes into a folder.
  static func lock(_ output: String) throws(BuildError) -> FileLock {
    do {
      return try FileLock.take(
        output + "/.lock", busy: "another sugarimage writes into this folder")
    } catch {
      throw BuildError(
        error.reason.hasPrefix("another") ? .busy : .machine, error.description,
        note: "wait for it to end, or name another folder with --output")
    }
  }

  struct Work: Sendable {
    var plans: [ImagePlan]
    var base: PreparedBase
  }

  func prepare(_ nodes: [String]) throws(BuildError) -> Work {
    let unknown = nodes.filter { name in !fleet.profile.nodes.contains { $0.hostname == name } }
    guard unknown.isEmpty else {
      throw BuildError(
        .data, "cannot find \(unknown.map { "'\($0)'" }.joined(separator: ", ")) in the fleet",
        note: "its nodes are \(fleet.profile.nodes.map(\.hostname).joined(separator: ", "))")
    }
    let credentials = try building { try secrets.credentials(for: KeyRequest(fleet.profile)) }
    try checkTokens(credentials, nodes)
    var survey = AssetSurvey(fleet, agent, cache)
    let assets = try survey.index()
    let base = try BaseFinder(fleet: fleet, store: store).find()
    let facts = try BaseSurvey.facts(
      of: base.image, name: base.record.name, sha256: base.record.sha256)
    try checkSystem(facts.identity)
    try AgentSurvey.check(agent, on: base.image, name: base.record.name)
    let inputs = PlanInputs(
      profile: fleet.profile, facts: facts, assets: assets, credentials: credentials, date: date)
    let plans = try building {
      try fleet.profile.nodes.map(\.hostname).filter(nodes.contains).map {
        try ImagePlanner.plan($0, inputs)
      }
    }
    return Work(plans: plans, base: base)
  }

  /// The fleet says which system its nodes have; a base with another one is a mix-up.
  private func checkSystem(_ found: BaseIdentity) throws(BuildError) {
    let base = fleet.profile.base
    guard found.os != base.os.rawValue else { return }
    throw BuildError(
      .data,
      "cannot use the base: it is \(found.os) (\(found.name)), the fleet says \(base.os.rawValue)",
      note: "correct `base` in \(base.replacedBy ?? fleet.path + "/fleet.yaml")")
  }

  /// A token that has expired would let a node boot and never join.
  private func checkTokens(_ credentials: FleetCredentials, _ nodes: [String]) throws(BuildError) {
    for node in nodes.sorted() {
      guard let token = credentials.nodes[node]?.agentToken, token.expires <= now else { continue }
      let renewal = try building { try secrets.renewal(of: node) }
      throw BuildError(
        .data, "cannot build '\(node)': its join token has expired", note: "run `\(renewal)`")
    }
  }

  /// What a person should know before the tokens run out.
  public func tokenWarnings(_ nodes: [String]) throws(BuildError) -> [String] {
    let credentials = try building {
      try secrets.credentials(for: KeyRequest(fleet.profile))
    }
    var warnings: [String] = []
    for node in nodes {
      guard let token = credentials.nodes[node]?.agentToken else { continue }
      let days = (token.expires - now) / 86400
      guard days < 14 else { continue }
      let renewal = try building { try secrets.renewal(of: node) }
      warnings.append(
        "the join token of \(node) expires in \(days) days; renew it with `\(renewal)`")
    }
    return warnings
  }

  private func bases(for work: Work) throws(BuildError) -> [ByteCount: PreparedBase] {
    var bases: [ByteCount: PreparedBase] = [.zero: work.base]
    for plan in work.plans where bases[plan.rootGrowth] == nil {
      bases[plan.rootGrowth] = try store.grown(work.base, by: plan.rootGrowth, date: plan.date)
    }
    return bases
  }

  private func build(
    _ plan: ImagePlan, on base: PreparedBase, into output: String
  ) throws(BuildError) -> BuiltNode {
    try building {
      let scratch = try FileStorage(Files.partialName("\(output)/\(plan.node).blocks"), .create)
      try scratch.unlink()
      let overlay = OverlayStorage(base: base.image, scratch: scratch)
      try NodeBuilder(plan: plan, base: base, secrets: secrets).build(overlay)
      let changes = try DeltaWriter.changes(in: overlay)
      var chunks = base.chunks
      try chunks.update(overlay, changedBlocks: changes.blocks)
      let opened = try OpenedImage.open(overlay, name: plan.node)
      let manifest = Manifest(
        schema: Manifest.currentSchema, tools: ToolVersions.building,
        agent: Manifest.Agent(plan.agent),
        identity: plan.identity, planDigest: plan.digest,
        base: .init(
          name: base.record.name, sha256: base.record.sha256, growth: base.record.growth,
          digest: base.record.digest),
        image: .init(
          size: overlay.size, digest: chunks.root, changedBlocks: UInt64(changes.blocks.count),
          changedBytes: ByteCount(UInt64(changes.blocks.count) * UInt64(DeltaFile.blockSize)),
          rootSize: opened.table.entries.first { $0.number == 2 }?.size),
        bootFiles: try opened.fat.bootTexts(),
        files: plan.steps.compactMap { Manifest.File($0.step) }, notes: plan.notes)
      return try write(plan, manifest, changes, overlay, base, into: output)
    }
  }

  /// Both files are complete beside their places before either gets its name.
  private func write(
    _ plan: ImagePlan, _ manifest: Manifest, _ changes: DeltaWriter.Changes,
    _ overlay: OverlayStorage,
    _ base: PreparedBase, into output: String
  ) throws -> BuiltNode {
    let delta = "\(output)/\(plan.node).delta"
    let manifestPath = "\(output)/\(plan.node).manifest.json"
    let bytes = try manifest.encoded()
    let payload = try DeltaWriter.payloadDigest(changes, overlay)
    var result = BuiltNode(
      plan: plan, deltaPath: delta, manifestPath: manifestPath,
      changedBytes: manifest.image.changedBytes,
      wasUnchanged: Self.isCurrent(delta, manifestPath, bytes, payload))
    if result.wasUnchanged { return result }
    if let timestamp = fleet.profile.eeprom.timestamp.flatMap({ UInt32(exactly: $0) }),
      let there = try? Files.read(manifestPath),
      let last = try? Manifest.decode(there, from: manifestPath)
    {
      result.warnings =
        [UpdateAge.objection(last: last, next: manifest, timestamp: timestamp)].compactMap { $0 }
    }
    let partial = Files.partialName(delta)
    do {
      try DeltaWriter.write(
        changes, of: overlay, manifest: bytes, payloadDigest: payload,
        baseDigest: Hex.bytes(base.record.digest) ?? [], to: partial)
      try Files.write(bytes, to: manifestPath, mode: 0o644)
      try Files.rename(partial, to: delta)
    } catch {
      try? Files.remove(partial)
      throw error
    }
    return result
  }

  private static func isCurrent(
    _ delta: String, _ manifestPath: String, _ manifest: [UInt8], _ payload: [UInt8]
  ) -> Bool {
    guard let there = try? DeltaFile.open(delta), there.header.payloadDigest == payload,
      let held = try? there.manifestBytes, held == manifest,
      let beside = try? Files.read(manifestPath)
    else { return false }
    return beside == manifest && (try? there.checkPayload()) != nil
  }
}
