import SugarHost
public import SugarModel

/// What stands built in an output folder, put on disks as they would be in a Pi: larger than the
/// image. Nothing is flushed; the disks are for a rehearsal.
public struct NodeDisk: Sendable {
  /// Where the nodes were built.
  public let output: String
  let cache: CacheFolder

  public init(output: String, cache: CacheFolder) {
    self.output = output
    self.cache = cache
  }

  /// The manifests of the nodes.
  ///
  /// - Parameter command: the words that build them, for whoever has not.
  public func manifests(of nodes: [String], command: String) throws(BuildError) -> [Manifest] {
    var manifests: [Manifest] = []
    var missing: [String] = []
    for node in nodes {
      let manifest = try building { () throws -> Manifest? in
        let path = "\(output)/\(node).manifest.json"
        guard try Files.exists(path), try Files.exists("\(output)/\(node).delta") else {
          return nil
        }
        return try Manifest.decode(Files.read(path, limit: .mib(256)), from: path)
      }
      if let manifest { manifests.append(manifest) } else { missing.append("'\(node)'") }
    }
    guard missing.isEmpty else {
      throw BuildError(
        .data, "cannot find \(missing.joined(separator: ", ")) in '\(output)'", note: command)
    }
    return manifests
  }

  /// Writes the node's disk, sparse, `size` long or as long as its image if that is longer.
  public func write(_ node: String, to path: String, size: ByteCount) throws(BuildError) {
    try building {
      let lock = try FleetBuilder.lock(output)
      try withExtendedLifetime(lock) {
        let image = try ImageExporter.write(node, of: output, to: path, cache: cache)
        let length = try FileStorage(path, .read).size
        try image.resize(to: max(size, length))
      }
    }
  }

  /// An empty disk.
  public static func writeBlank(_ path: String, size: ByteCount) throws(BuildError) {
    try building { try FileStorage(path, .create).resize(to: size) }
  }
}
