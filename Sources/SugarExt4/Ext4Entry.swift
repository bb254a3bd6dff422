public import SugarModel

/// What stands at a path of an ext4 volume.
public struct Ext4Entry: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case file, directory
    case symlink(target: String)
    /// A device, a pipe or a socket.
    case special
  }
  public var kind: Kind
  /// The twelve permission bits.
  public var mode: UInt16
  public var owner: UInt32
  public var group: UInt32
  public var size: ByteCount
  /// Seconds since 1970.
  public var modified: Int64
  let inode: UInt32

  public var isDirectory: Bool { kind == .directory }
  public var isFile: Bool { kind == .file }
}

/// Who owns a file and who may do what with it.
public struct Ext4Access: Hashable, Sendable {
  /// The twelve permission bits, as in `chmod`.
  public var mode: UInt16
  public var owner: UInt32
  public var group: UInt32

  public init(mode: UInt16, owner: UInt32 = 0, group: UInt32 = 0) {
    self.mode = mode
    self.owner = owner
    self.group = group
  }
}
