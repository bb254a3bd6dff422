import FoundationEssentials
import SugarCloudInit
import SugarJoin
import SugarModel
import SugarProfile

extension ImagePlanner {
  /// The agent, and where it finds who it is; on the boot partition the same bytes, for people and
  /// for comparison.
  mutating func planAgent(_ identityText: String) {
    add(.makeDirectory("/etc/sugaragent", FileAccess(0o755)), because: "the agent's place")
    add(
      .makeDirectory("/usr/local/lib/sugaragent", FileAccess(0o755)), because: "the agent's place")
    let agent = inputs.assets.agent
    add(
      .write(ImagePath(.root, AgentUnit.binary), .asset(agent.asset), .program, before: nil),
      because: "the agent, sugaragent \(agent.version)")
    write(AgentUnit.path, AgentUnit.text, because: "runs the agent")
    add(.link(AgentUnit.enabled, target: AgentUnit.path), because: "on every boot")
    if profile.eeprom.bootOrder != nil || !profile.eeprom.extra.isEmpty {
      write(
        AgentUnit.eepromPath, AgentUnit.eepromText,
        because: profile.eeprom.apply == .agent
          ? "sets the board's boot order" : "reports the board's boot order")
      add(.link(AgentUnit.eepromEnabled, target: AgentUnit.eepromPath), because: "on every boot")
    }
    write(AgentUnit.joinPath, AgentUnit.joinText, because: "runs the agent's second part")
    add(.link(AgentUnit.joinEnabled, target: AgentUnit.joinPath), because: "on every boot")
    write("/etc/sugaragent/identity.json", identityText, because: "who the node is")
    write(
      "/etc/sugaragent/cluster-ca.crt", clusterCredentials.serverCertificate,
      because: "what the pin is of")
    add(
      .write(
        ImagePath(.boot, "sugarimage/identity.json"), .text(identityText), .program, before: nil),
      because: "who the node is, without secrets")
    let agents = node.role == .serverInit ? members.filter { $0.role == .agent } : []
    let isMoved = node.role == .serverInit && isDataOnAnotherDisk
    guard !agents.isEmpty || isMoved || handOff != nil else { return }
    add(
      .makeDirectory("/etc/sugaragent/staged", FileAccess(0o700)),
      because: "what the agent hands over")
    if isMoved {
      planAuthorities(
        in: "/etc/sugaragent/staged/tls", because: "a disk is mounted over their place")
    }
    for agent in agents {
      write(
        "/etc/sugaragent/staged/bootstrap-token-\(agent.hostname).json",
        .agentTokenManifest(node: agent.hostname), because: "lets \(agent.hostname) join")
    }
  }

  /// Whether a disk is mounted over the folder that the authorities stand in.
  private var isDataOnAnotherDisk: Bool {
    profile.disks.flatMap { $0.partitions.compactMap(\.mount) }.contains {
      K3sPaths.authorities.hasPrefix($0 + "/")
    }
  }

  /// cloud-init, where there is one, runs, finds everything done and touches nothing.
  mutating func planCloudInit(contentDigest: String) {
    var leftovers = BaseImageFacts.seedFiles.filter { facts.bootPaths.contains($0) }
    if let place = flavour.seed {
      let seed = CloudInitSeed(
        hostname: node.hostname,
        instanceID: CloudInitSeed.instanceID(node: node.hostname, contentDigest: contentDigest),
        keepsSource: place == .boot)
      write(
        CloudInitSeed.configurationPath, seed.configuration,
        because: "cloud-init keeps its hands off")
      let files = [
        ("user-data", seed.userData, "cloud-init's seed"),
        ("meta-data", seed.metaData, "the instance id follows from the content"),
      ]
      switch place {
      case .root:
        add(.makeDirectory(CloudInitSeed.folder, FileAccess(0o700)), because: "cloud-init's seed")
        for (name, text, reason) in files {
          write("\(CloudInitSeed.folder)/\(name)", text, .privateFile, because: reason)
        }
      case .boot:
        for (name, text, reason) in files {
          leftovers.removeAll { $0 == name }
          add(
            .write(ImagePath(.boot, name), .text(text), .program, before: nil), because: reason)
        }
      }
    }
    for path in leftovers {
      add(.remove(ImagePath(.boot, path)), because: "nothing reads it any more")
    }
  }

  func makeIdentity() -> NodeIdentity {
    NodeIdentity(
      fleet: profile.fleet.name, site: profile.site.id, node: node.hostname,
      domain: profile.fleet.domain,
      generation: profile.generation(of: node), cluster: clusterIdentity, role: node.role,
      spare: node.spare,
      address: address(of: node), networks: networks, labels: labels, taints: node.taints,
      disk: DiskIdentity(
        target: profile.root.target.rawValue, id: diskID, rootSize: profile.root.size,
        fills: profile.root.fills ? true : nil,
        serials: node.medium.isEmpty ? nil : node.medium.sorted()),
      disks: profile.disks, board: node.board,
      boot: BootIdentity(
        order: profile.eeprom.bootOrder, hardware: profile.hardware.model.rawValue,
        apply: profile.eeprom.apply,
        settings: profile.eeprom.extra.isEmpty ? nil : profile.eeprom.extra),
      base: facts.identity, clockFloor: max(clusterCredentials.validFrom, inputs.date),
      clock: profile.system.clock == .require ? nil : profile.system.clock,
      gitops: gitopsIdentity)
  }

  private var clusterIdentity: ClusterIdentity {
    let order: [ClusterRole] = [.serverInit, .serverJoin, .agent]
    let ordered = order.flatMap { role in members.filter { $0.role == role } }
    return ClusterIdentity(
      name: cluster.name, tier: cluster.tier, distribution: "k3s",
      version: cluster.k3s.version.description,
      pin: clusterCredentials.pin, server: joinEndpoint,
      members: ordered.map {
        MemberIdentity(node: $0.hostname, role: $0.role, address: address(of: $0))
      },
      binaryIncluded: inputs.assets.k3s[cluster.name] != nil, port: cluster.api.port,
      settings: clusterSettings, standIn: inputs.assets.k3sStandIns[cluster.name])
  }

  private var networks: [NetworkIdentity] {
    profile.planes.compactMap { plane in
      guard let attachment = node.planes[plane.name] else { return nil }
      let address = attachment.address.flatMap { own in plane.subnet.map { "\(own)/\($0.prefix)" } }
      return NetworkIdentity(
        name: plane.name, purpose: plane.purpose.rawValue, address: address ?? "dhcp",
        gateway: plane.gateway, vlan: plane.vlan?.id, mac: attachment.mac)
    }
  }

  func text(of identity: NodeIdentity) throws(PlanError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(identity), as: UTF8.self) + "\n"
    } catch {
      throw PlanError(
        node: node.hostname, reason: "its identity cannot be written as JSON: \(error)")
    }
  }
}
