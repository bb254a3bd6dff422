import SugarHost
public import SugarImagePlan
import SugarKeys
import SugarModel
import SugarPartition

/// What a plan is compared with.
public enum PlanReference: Hashable, Sendable {
  /// What stands built in a folder; the base where nothing does.
  case lastBuild(output: String)
  /// Another node of the fleet.
  case node(String)
  /// An image, a delta or a disk.
  case image(String)
}

extension FleetBuilder {
  /// What building these nodes would make different. Nothing is written but the prepared base in the
  /// cache.
  ///
  /// - Parameter nodes: with an image, none of them means the node that the image is of.
  public func differences(
    of nodes: [String], from reference: PlanReference
  ) throws(BuildError) -> [PlanDifference] {
    try building {
      switch reference {
      case .lastBuild(let output):
        let work = try prepare(nodes)
        return try work.plans.map { plan in
          let path = "\(output)/\(plan.node).delta"
          let built = try Files.exists(path) ? ComparedImage.delta(path, cache) : nil
          return try difference(plan, from: built, work, output)
        }
      case .node(let other):
        let work = try prepare(nodes + [other])
        guard let second = work.plans.first(where: { $0.node == other }) else { return [] }
        return try work.plans.filter { nodes.contains($0.node) }.map { plan in
          try difference(plan, fromNode: second, work)
        }
      case .image(let path):
        let image = try ComparedImage.open(path, store: store)
        let work = try prepare(nodes.isEmpty ? [Self.node(on: image)] : nodes)
        return try image.proven {
          try work.plans.map { try difference($0, from: image, work, nil) }
        }
      }
    }
  }

  private static func node(on image: ComparedImage) throws(BuildError) -> String {
    if let identity = image.identity { return identity.node }
    throw BuildError(
      .data, "cannot choose a node: '\(image.path)' is of no node",
      note: "name the node after the fleet")
  }

  /// - Parameter image: nil compares with the base, of which the node was not built yet in `output`.
  private func difference(
    _ plan: ImagePlan, from image: ComparedImage?, _ work: Work, _ output: String?
  ) throws -> PlanDifference {
    let planned = PlannedImage(plan, secrets: secrets)
    let base = try OpenedImage.open(work.base.image, name: work.base.record.name)
    let paths = Set(planned.outcomes.keys).union(image?.paths ?? [])
    let reader = image?.reader(planned) ?? planned.reader
    let opened = try OpenedImage.open(
      image?.storage ?? work.base.image, name: image?.path ?? work.base.record.name)
    var before: [ImagePath: ImageEntry] = [:]
    for path in paths { before[path] = try reader.entry(at: path, on: opened) }
    var known = KnownSecrets()
    try planned.collectSecrets(into: &known)
    try reader.collectSecrets(on: opened, into: &known)
    let origin = ImageOrigin(
      identity: image?.identity, diskID: opened.table.diskIDText, manifest: image?.manifest)
    return PlanDifference(
      node: plan.node, title: Self.title(image, plan, output), facts: origin.facts(plan),
      before: before, after: try planned.entries(at: paths, on: base), paths: paths,
      reasons: planned.reasons, secrets: known, notes: Self.notes(image))
  }

  private static func title(_ image: ComparedImage?, _ plan: ImagePlan, _ output: String?) -> String
  {
    guard let image else {
      return "its base; it was not built yet in '\(output ?? "")'"
    }
    if output != nil { return "its last build, '\(image.path)'" }
    guard let identity = image.identity else { return "'\(image.path)', which is of no node" }
    return "'\(image.path)', \(identity.node), generation \(identity.generation)"
  }

  private static func notes(_ image: ComparedImage?) -> [String] {
    guard let image, image.kind != .delta else { return image?.notes ?? [] }
    return image.notes + [
      "compared are the disk id and what the plan writes, links and removes; what else a running node changes is not looked at"
    ]
  }

  private func difference(
    _ plan: ImagePlan, fromNode other: ImagePlan, _ work: Work
  ) throws -> PlanDifference {
    let first = PlannedImage(other, secrets: secrets)
    let second = PlannedImage(plan, secrets: secrets)
    let base = try OpenedImage.open(work.base.image, name: work.base.record.name)
    let paths = Set(first.outcomes.keys).union(second.outcomes.keys)
    var known = KnownSecrets()
    try first.collectSecrets(into: &known)
    try second.collectSecrets(into: &known)
    return PlanDifference(
      node: plan.node, title: other.node, facts: ImageOrigin(plan: other).facts(plan),
      before: try first.entries(at: paths, on: base),
      after: try second.entries(at: paths, on: base), paths: paths,
      reasons: second.reasons.merging(first.reasons) { own, _ in own }, secrets: known)
  }
}

/// What is known of a whole image besides its files.
private struct ImageOrigin {
  var identity: NodeIdentity?
  var diskID: String
  var planDigest: String?
  var growth: ByteCount?
  var agent: String?

  init(identity: NodeIdentity?, diskID: String, manifest: Manifest?) {
    (self.identity, self.diskID) = (identity, diskID)
    (planDigest, growth) = (manifest?.planDigest, manifest?.base.growth)
    agent = manifest?.agent?.version
  }

  init(plan: ImagePlan) {
    (identity, diskID) = (plan.identity, plan.identity.disk.id)
    (planDigest, growth) = (plan.digest, plan.rootGrowth)
    agent = plan.agent.version
  }

  private static func words(_ name: String, _ sha256: String) -> String {
    "\(name), sha256:\(sha256.prefix(12))…"
  }

  /// Both sides of everything that is known of both. Who the image is of is in the title.
  func facts(_ plan: ImagePlan) -> [PlanDifference.Fact] {
    let own = ImageOrigin(plan: plan)
    var facts: [PlanDifference.Fact] = []
    func add(_ name: String, _ before: String?, _ after: String?) {
      guard let before else { return }
      facts.append(PlanDifference.Fact(name, before: before, after: after))
    }
    add("node", identity?.node, plan.node)
    add("cluster", identity?.cluster.name, plan.identity.cluster.name)
    add("role", identity?.role.rawValue, plan.identity.role.rawValue)
    add("generation", identity.map { "\($0.generation)" }, "\(plan.identity.generation)")
    add("disk id", diskID, own.diskID)
    add(
      "base", identity.map { Self.words($0.base.name, $0.base.sha256) },
      Self.words(plan.identity.base.name, plan.identity.base.sha256))
    add("root grows by", growth?.description, plan.rootGrowth.description)
    add("agent", agent, plan.agent.version)
    add(
      "plan", planDigest.map { "sha256:\($0.prefix(12))…" }, "sha256:\(plan.digest.prefix(12))…")
    return facts
  }
}
