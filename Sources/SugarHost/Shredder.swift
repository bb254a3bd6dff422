public import SugarModel

/// Makes files go whose content nobody may find again, as far as a file system can.
public enum Shredder {
  /// Overwrites a file in its place with zeros, has that on the medium, removes the name, and has
  /// that on the medium, too; gives its length, nil when there is none. A symbolic link is removed
  /// and not followed.
  ///
  /// ext4 writes in place; what a flash medium does below that, no program sees. (unlink(2), fsync(2))
  @discardableResult
  public static func shred(_ path: String) throws(HostError) -> ByteCount? {
    guard let there = try Files.status(path) else { return nil }
    if there.kind == .file, there.size > .zero {
      let file = try FileStorage(path, .readWrite)
      let piece = [UInt8](repeating: 0, count: Int(min(there.size.bytes, 1 << 20)))
      var place: UInt64 = 0
      do {
        while place < there.size.bytes {
          let count = Int(min(UInt64(piece.count), there.size.bytes - place))
          try file.write(Array(piece[..<count]), at: ByteCount(place))
          place += UInt64(count)
        }
      } catch {
        throw HostError(
          operation: "overwrite", subject: path, reason: error.reason, code: error.code)
      }
      try file.synchronize()
    }
    try Files.remove(path)
    try Files.synchronizeFolder(of: path)
    return there.size
  }

  /// The files in a folder and below it, without links; empty when there is no folder.
  public static func files(below folder: String) throws(HostError) -> [String] {
    guard let there = try Files.status(folder), there.kind == .directory else { return [] }
    var found: [String] = []
    for name in try Files.list(folder) {
      let path = "\(folder)/\(name)"
      switch try Files.status(path)?.kind {
      case .directory: found += try files(below: path)
      case nil: break
      default: found.append(path)
      }
    }
    return found
  }
}
