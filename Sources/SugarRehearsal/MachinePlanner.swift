public import SugarModel
public import SugarProfile

/// Turns a node of a fleet into an emulated machine that has the disks and the cards which the
/// fleet asks for, and a fleet's networks into switches with routers.
public struct MachinePlanner: Sendable {
  let profile: Profile
  /// Where disks and logs go.
  let folder: String
  let memory: Int
  let processors: Int

  /// - Parameters:
  ///   - memory: MiB for each machine.
  ///   - processors: of each machine.
  public init(_ profile: Profile, folder: String, memory: Int, processors: Int) {
    self.profile = profile
    self.folder = folder
    self.memory = memory
    self.processors = processors
  }

  /// - Parameter image: how large the node's image is.
  public func plan(_ identity: NodeIdentity, image: ByteCount) -> MachinePlan {
    var remarks: [String] = []
    var disks = [bootDisk(identity, image, &remarks)]
    for layout in identity.disks {
      if let disk = disk(for: layout, of: identity, number: disks.count, &remarks) {
        disks.append(disk)
      }
    }
    if let board = identity.board {
      remarks.append("the image is for the board \(board), and the machine says it is that one")
    }
    return MachinePlan(
      node: identity.node, role: identity.role, cluster: identity.cluster.name, memory: memory,
      processors: processors, board: identity.board, disks: disks, cards: cards(identity, &remarks),
      log: "\(folder)/\(identity.node).console.log", remarks: remarks)
  }

  private func path(_ identity: NodeIdentity, _ name: String) -> String {
    "\(folder)/\(identity.node)-\(name).disk"
  }

  private func bootDisk(
    _ identity: NodeIdentity, _ image: ByteCount, _ remarks: inout [String]
  ) -> MachinePlan.EmulatedDisk {
    let behind = identity.disks.filter { $0.place == .behindRoot }.map(room).reduce(.zero, +)
    if identity.disk.target == "sd" {
      remarks.append("its SD card is a virtio disk: QEMU's SD card takes twice the time")
    }
    return MachinePlan.EmulatedDisk(
      path: path(identity, "boot"), bus: identity.disk.target == "nvme" ? .nvme : .virtio,
      serial: identity.disk.serials?.first ?? "EMU0-\(identity.node)",
      // The root's growth, what lies behind it, and the image's other partitions.
      size: (image + identity.disk.rootSize + behind + .mib(64)).roundedUp(to: .mib(16)),
      purpose: "boots from it")
  }

  /// What the partitions of a layout need at least.
  private func room(_ layout: DiskLayout) -> ByteCount {
    layout.partitions.reduce(.mib(64)) { sum, partition in
      switch partition.size {
      case .fixed(let size): sum + size
      case .rest: sum + .gib(1)
      }
    }
  }

  private func disk(
    for layout: DiskLayout, of identity: NodeIdentity, number: Int, _ remarks: inout [String]
  ) -> MachinePlan.EmulatedDisk? {
    let selector: DiskSelector
    switch layout.place {
    case .behindRoot: return nil
    case .disk(let wanted), .root(let wanted): selector = wanted
    }
    let bus: MachinePlan.Bus
    switch selector.transport {
    case .nvme: bus = .nvme
    case .usb: bus = .usb
    case .sata: bus = .sata
    case .scsi: bus = .scsi
    case .virtio, .loop, .other, nil: bus = .virtio
    case .sd:
      remarks.append("there is no SD card for layout '\(layout.name)'")
      return nil
    }
    if let model = selector.model {
      remarks.append("the disk for layout '\(layout.name)' is QEMU's and not '\(model)'")
    }
    if let place = selector.path {
      remarks.append("the disk for layout '\(layout.name)' is not at \(place)")
    }
    let size = max(selector.minimum ?? .zero, room(layout)).roundedUp(to: .mib(1))
    return MachinePlan.EmulatedDisk(
      path: path(identity, layout.name), bus: bus,
      serial: selector.identifiers.first ?? "EMU\(number)-\(identity.node)",
      size: selector.maximum.map { min($0, size) } ?? size,
      purpose: "for layout '\(layout.name)'")
  }

  /// One card for each wired network that is no VLAN: VLANs are on the card of their parent.
  private func cards(_ identity: NodeIdentity, _ remarks: inout [String]) -> [MachinePlan.Card] {
    var cards: [MachinePlan.Card] = []
    for network in identity.networks where network.vlan == nil {
      let plane = profile.planes.first { $0.name == network.name }
      guard plane?.isWiFi != true else {
        remarks.append("there is no Wi-Fi for network '\(network.name)'")
        continue
      }
      cards.append(
        MachinePlan.Card(
          segment: network.name,
          address: network.mac.flatMap { MACAddress($0) }
            ?? MACAddress(named: "\(identity.fleet)/\(identity.node)/\(network.name)")))
    }
    return cards
  }

  /// The router of each wired network: its gateway, its name servers, and those of its VLANs.
  public func gateways() -> [String: Gateway] {
    var addresses: [String: [Gateway.Address]] = [:]
    let taken = Set(profile.nodes.flatMap { $0.planes.values.compactMap(\.address) })
    for plane in profile.planes where !plane.isWiFi {
      let own = ([plane.gateway].compactMap(\.self) + plane.dns).filter { address in
        plane.subnet?.contains(address) == true && !taken.contains(address)
      }
      addresses[plane.vlan?.parent ?? plane.name, default: []] += own.map {
        Gateway.Address($0, vlan: plane.vlan?.id)
      }
    }
    return addresses.filter { !$0.value.isEmpty }.mapValues {
      Gateway(addresses: $0, timeServers: profile.system.ntp)
    }
  }
}
