import SugarHost
public import SugarModel

/// Reads who this node is. The copy on the root file system counts; the one on the boot partition
/// must be the same.
public struct IdentityReader {
  let places: AgentPlaces

  public init(_ places: AgentPlaces) { self.places = places }

  /// The node's identity; throws why the agent must not go on.
  public func read(boardSerial: String?) throws(AgentError) -> NodeIdentity {
    let bytes = try content(of: places.identity)
    let open = try content(of: places.publicIdentity)
    guard SHA256Hash.digest(bytes) == SHA256Hash.digest(open) else {
      throw AgentError(
        "trust", places.publicIdentity,
        "it differs from \(places.identity): the boot partition is of another node, or was edited")
    }
    let schema = try JSONText.decode(Schema.self, from: bytes, name: places.identity).schema
    guard schema <= NodeIdentity.currentSchema else {
      throw AgentError(
        "read", places.identity,
        "it has layout \(schema), and this agent knows up to \(NodeIdentity.currentSchema)")
    }
    let identity = try JSONText.decode(NodeIdentity.self, from: bytes, name: places.identity)
    if let wanted = identity.board, wanted.lowercased() != boardSerial?.lowercased() {
      throw AgentError(
        "be", identity.node,
        "the image is for the board \(wanted), and this is \(boardSerial ?? "a board without a serial number")"
      )
    }
    for layout in identity.disks {
      if case .root = layout.place {
        throw AgentError(
          "read", places.identity, "this agent does not move roots ('\(layout.name)')")
      }
    }
    try checkSecrets()
    return identity
  }

  private struct Schema: Decodable {
    var schema: Int
  }

  private func content(of path: String) throws(AgentError) -> [UInt8] {
    do { return try Files.read(path, limit: .mib(1)) } catch {
      throw AgentError("read", path, error.reason, code: error.code)
    }
  }

  /// What only root may read must not be open to others. (inode(7))
  private func checkSecrets() throws(AgentError) {
    let single = ["/etc/rancher/node/password", "/var/lib/rancher/k3s/server/token"].map {
      places.root + $0
    }
    do throws(HostError) {
      var paths = single
      if try Files.exists(places.staged) {
        for name in try Files.list(places.staged) { paths.append("\(places.staged)/\(name)") }
      }
      for path in paths { try checkMode(path) }
    } catch {
      throw AgentError("trust", error.subject, error.reason, code: error.code)
    }
  }

  private func checkMode(_ path: String) throws(HostError) {
    guard let status = try Files.status(path), status.kind == .file, status.mode & 0o077 != 0
    else { return }
    throw HostError(
      operation: "trust", subject: path,
      reason:
        "others may read it (mode \(String(status.mode, radix: 8))); it must be 600, and its secret is to be renewed"
    )
  }
}
