import SugarModel

/// The networks, and the nodes on them.
extension FleetShape {
  static let planes = fields([
    .must("planes", list(plane), "The planes. Their subnets do not overlap."),
    .may(
      "nodeIPPlane", text(),
      "The plane whose address is the Kubernetes node address. It has a `subnet`: etcd and the certificates hold node addresses, which a new DHCP lease would change. Every node is on it."
    ),
  ])

  static let plane = fields(
    [
      .must("name", name),
      .must("purpose", words(of: NetworkPlane.Purpose.self), "What it is for."),
      .may("subnet", network, "The plane's network, whose addresses are given out here."),
      .may("address", words(["dhcp"]), "In place of `subnet`: addresses come by DHCP."),
      .may("gateway", address, "In the subnet."),
      .may("dns", list(address)),
      .may("vlanId", number(1...4094), "The plane is a VLAN on the interface of `parent`."),
      .may("parent", text(), "A plane that is no VLAN itself."),
      .may(
        "drivers", list(text()),
        "Kernel drivers whose interface carries the plane, for nodes that name no MAC address. The default is the wired interface of a Pi 5, of a Pi 4 and of a machine in emulation, so one image definition serves all three whatever the interface is called. A VLAN has none."
      ),
      .may(
        "metric", number(0...9999),
        "Lower is preferred among default routes. NetworkManager's own are 100 for Ethernet and 400 for a VLAN."
      ),
      .may(
        "wifi", list(wifi, atLeast: 1),
        "The Wi-Fi networks that carry the plane. It has `address: dhcp` and is no VLAN; without `drivers` any Wi-Fi interface will do."
      ),
    ], oneOf: ["subnet", "address"])

  static let wifi = fields([
    .must("ssidRef", folder, "The file in `secrets/wifi` that holds the network's name."),
    .must(
      "pskRef", folder,
      "The file in `secrets/wifi` that holds its passphrase, or the 64 hex digits of its key."),
    .may(
      "country", text("[A-Z]{2}"),
      "`CH`. Where the fleet is: the radio's rules follow from it, and without it Wi-Fi stays off."),
    .may(
      "priority", number(-999...999),
      "Of the networks in reach, the one with the highest is joined."),
  ])

  static let node = fields([
    .must("hostname", name, "RFC 1123, without the domain; also the Kubernetes node name."),
    .must("cluster", text()),
    .must("role", words(of: ClusterRole.self)),
    .may(
      "spare", flag, "The node is kept free of work for maintenance. It needs a taint that does so."
    ),
    .may("position", position),
    .may(
      "board", text("[0-9a-f]{16}"),
      "The one Raspberry Pi that the node's image is for: 16 digits, in quotes, from `/proc/device-tree/serial-number` or the label in its box. On another board the agent touches nothing and says so. Without it any board will do."
    ),
    .may(
      "medium", list(text()),
      "The only disks (serial number or world-wide id, as `sugarimage disks` shows them) that `flash` writes this node to. No two nodes have the same one."
    ),
    .may("generation", number(1...9999), "Counts this node's media."),
    .must("planes", entries(attachment), "How the node is attached; `{}` for a plane with DHCP."),
    .may("labels", entries(text()), "Over those of the cluster."),
    .may(
      "taints", list(text("[^:]+:(NoSchedule|PreferNoSchedule|NoExecute)")),
      "`key=value:Effect` with `NoSchedule`, `PreferNoSchedule` or `NoExecute`. If every node of a cluster is tainted, a warning: nothing would be scheduled."
    ),
  ])

  static let position = fields([
    .must("carrier", number(0...999), "Where the node is. No two nodes are at one place."),
    .must("slot", number(0...999)),
  ])

  static let attachment = fields([
    .may("address", address, "In the subnet, and nobody else's."),
    .may("mac", text("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"), "The interface: `b8:27:eb:01:02:03`."),
  ])
}
