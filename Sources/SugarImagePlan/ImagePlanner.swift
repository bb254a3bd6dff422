public import SugarModel
public import SugarProfile

/// Everything a plan follows from. Nothing else enters it: no clock, no file, no chance.
public struct PlanInputs: Hashable, Sendable {
  public var profile: Profile
  public var facts: BaseImageFacts
  public var assets: AssetIndex
  public var credentials: FleetCredentials
  /// Seconds since 1970 for all time stamps; the base's own date unless the caller was told another
  /// (SOURCE_DATE_EPOCH).
  public var date: Int64

  public init(
    profile: Profile, facts: BaseImageFacts, assets: AssetIndex, credentials: FleetCredentials,
    date: Int64? = nil
  ) {
    self.profile = profile
    self.facts = facts
    self.assets = assets
    self.credentials = credentials
    self.date = date ?? facts.date
  }
}

/// Why a node's image cannot be planned.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
  public var node: String
  public var reason: String
  /// What to do about it.
  public var note: String?

  public var description: String {
    "cannot plan '\(node)': \(reason)" + (note.map { "\n    note: \($0)" } ?? "")
  }
}

/// Works out what a build does to one node's image. Pure: the same inputs give the same plan.
public struct ImagePlanner {
  let inputs: PlanInputs
  let node: Node
  let cluster: Cluster
  let diskID: String
  let flavour: any Flavour
  let clusterCredentials: ClusterCredentials
  let nodeCredentials: NodeCredentials
  var steps: [PlannedStep] = []
  var notes: [String] = []

  var profile: Profile { inputs.profile }
  var facts: BaseImageFacts { inputs.facts }

  /// The plan of one node; throws when the base or the fleet cannot give what it needs.
  public static func plan(_ hostname: String, _ inputs: PlanInputs) throws(PlanError) -> ImagePlan {
    var planner = try ImagePlanner(hostname, inputs)
    return try planner.run()
  }

  private init(_ hostname: String, _ inputs: PlanInputs) throws(PlanError) {
    guard let node = inputs.profile.nodes.first(where: { $0.hostname == hostname }),
      let cluster = inputs.profile.clusters.first(where: { $0.name == node.cluster }),
      let diskID = DiskIDs(inputs.profile)[hostname]
    else { throw PlanError(node: hostname, reason: "the fleet has no such node") }
    guard let flavour = Flavours.named(inputs.facts.identity.os) else {
      throw PlanError(
        node: hostname, reason: "no system is called '\(inputs.facts.identity.os)'")
    }
    guard let ofCluster = inputs.credentials.clusters[cluster.name],
      let ofNode = inputs.credentials.nodes[hostname]
    else {
      throw PlanError(
        node: hostname, reason: "its secrets were not minted", note: "run `sugarimage keys`")
    }
    (self.inputs, self.node, self.cluster, self.diskID) = (inputs, node, cluster, diskID)
    self.flavour = flavour
    (clusterCredentials, nodeCredentials) = (ofCluster, ofNode)
  }

  /// The order matters twice: the account is renamed before files go into its home, and overlays
  /// come last, so that they win over what we write ourselves.
  private mutating func run() throws(PlanError) -> ImagePlan {
    try planBoot()
    planNames()
    try planAccounts()
    planSSH()
    planNetwork()
    planSystem()
    planFirstBoot()
    planK3s()
    let identity = makeIdentity()
    let identityText = try text(of: identity)
    planAgent(identityText)
    planGitOps()
    try planOverlays()
    let digest = Hex.text(Derivation.digest(steps.map { $0.digestLine }))
    planCloudInit(contentDigest: digest)
    let growth = try rootGrowth()
    return ImagePlan(
      node: node.hostname, identity: identity, identityText: identityText,
      agent: inputs.assets.agent, rootGrowth: growth,
      date: inputs.date, steps: steps, handOff: handOffSummary, notes: notes,
      digest: Hex.text(Derivation.digest(steps.map { $0.digestLine })))
  }

  mutating func add(_ step: ImageStep, because reason: String) {
    steps.append(PlannedStep(step, because: reason))
  }

  /// A new text file of the root file system.
  mutating func write(
    _ path: String, _ text: String, _ access: FileAccess = .publicFile, because reason: String
  ) {
    add(.write(ImagePath(.root, path), .text(text), access, before: nil), because: reason)
  }

  mutating func write(_ path: String, _ secret: SecretName, because reason: String) {
    add(.write(ImagePath(.root, path), .secret(secret), .privateFile, before: nil), because: reason)
  }

  /// Another text for a file of the base.
  mutating func edit(
    _ path: ImagePath, from before: String, to after: String, _ access: FileAccess,
    because reason: String
  ) {
    guard before != after else { return }
    add(.write(path, .text(after), access, before: before), because: reason)
  }

  /// The node's address on the plane that the cluster uses; nil when it comes by DHCP.
  func address(of node: Node) -> IPv4Address? { node.planes[profile.nodeIPPlane]?.address }

  var initialiser: Node? {
    profile.nodes.first { $0.cluster == cluster.name && $0.role == .serverInit }
  }

  var members: [Node] { profile.nodes.filter { $0.cluster == cluster.name } }
}

extension PlannedStep {
  /// Stands for the step in a digest: whatever changes the image changes this line.
  var digestLine: String {
    switch step {
    case .setDiskID(let id): "disk \(id)"
    case .write(let path, .text(let text), let access, _): "write \(path.onNode) \(access) \(text)"
    case .write(let path, .asset(let asset), let access, _):
      "write \(path.onNode) \(access) \(asset.sha256)"
    case .write(let path, .secret(let name), let access, _):
      "write \(path.onNode) \(access) secret \(name)"
    case .write(let path, .keyfile(let parts), let access, _):
      "write \(path.onNode) \(access) keyfile \(parts.shown)"
    case .write(let path, .netplan(let parts), let access, _):
      "write \(path.onNode) \(access) netplan \(parts.shown)"
    case .write(let path, .handOff(let list, let secrets), let access, _):
      "write \(path.onNode) \(access) list \(list.text { secrets[$0].map { "<\($0)>" } })"
    case .makeDirectory(let path, let access): "directory \(path) \(access)"
    case .link(let path, let target): "link \(path) \(target)"
    case .remove(let path): "remove \(path.onNode)"
    case .rename(let path, let name): "rename \(path) \(name)"
    }
  }
}
