import SugarModel
import SugarProfile

extension ImagePlanner {
  mutating func planNetwork() {
    switch flavour.network {
    case .networkManager: planNetworkManager()
    case .networkd: planNetplan()
    }
  }

  /// Interfaces that belong to k3s, and those that the fleet names.
  private var foreignInterfaces: [String] {
    ["cni0", "flannel*", "veth*", "kube-*"] + profile.system.nmUnmanaged
  }

  private mutating func planNetworkManager() {
    let uuid = { (plane: String) in
      Derivation.uuid([profile.fleet.name, node.hostname, plane])
    }
    for plane in profile.planes {
      // A VLAN needs its parent's interface even where the node has no address on the parent
      // itself.
      guard let attachment = node.planes[plane.name], !plane.isWiFi else { continue }
      write(
        NetworkKeyfile.path(plane.name), NetworkKeyfile(plane, attachment, uuid: uuid).text,
        .privateFile,
        because: "network \(plane.name)")
    }
    write(
      "/etc/NetworkManager/conf.d/90-sugarimage.conf",
      """
      # Written by sugarimage: only the planned connections come up; what k3s makes is its own.
      [main]
      no-auto-default=*

      [keyfile]
      unmanaged-devices=\(foreignInterfaces.map { "interface-name:\($0)" }.joined(separator: ";"))

      """, because: "no connection but the planned ones")
    planWiFi()
  }

  private mutating func planNetplan() {
    let planes = profile.planes.compactMap { plane in
      node.planes[plane.name].map { (plane: plane, attachment: $0) }
    }
    let parts = NetplanText(planes).parts
    add(
      .write(
        ImagePath(.root, NetplanText.path),
        parts.secrets.isEmpty ? .text(parts.shown) : .netplan(parts), .privateFile, before: nil),
      because: "networks \(planes.map(\.plane.name).joined(separator: ", "))")
    // Earlier than any file that netplan makes, and matched first. (systemd.network(5))
    write(
      "/etc/systemd/network/05-sugarimage.network",
      """
      # Written by sugarimage: what k3s makes is its own.
      [Match]
      Name=\(foreignInterfaces.joined(separator: " "))

      [Link]
      Unmanaged=yes

      """, because: "only the planned networks")
    // networkd takes routes and rules away that it does not know; a cluster's are such.
    // (networkd.conf(5))
    write(
      "/etc/systemd/networkd.conf.d/90-sugarimage.conf",
      """
      # Written by sugarimage: routes and rules of k3s stay.
      [Network]
      ManageForeignRoutes=no
      ManageForeignRoutingPolicyRules=no

      """, because: "the cluster's own routes stay")
    noteWiFi()
  }
}
