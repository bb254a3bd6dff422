public import SugarModel

/// The forms in which a whole image can be written.
public enum ExportFormat: String, CaseIterable, Hashable, Sendable, Codable {
  /// Raw, sparse.
  case img
  /// Packed by splicing: what did not change are the packed base's own blocks.
  case xz = "img.xz"
  case zst = "img.zst"
  /// For virtual machines.
  case qcow2
}

/// A whole image that was written.
public struct ExportedImage: Hashable, Sendable, Codable {
  public var node: String
  public var format: ExportFormat
  public var path: String
  /// Of the image itself.
  public var size: ByteCount
  /// Of the file. A raw one takes less room on the disk: it has holes.
  public var fileSize: ByteCount
  /// Blocks of an `.img.xz`, and how many of them are the base's own.
  public var blocks: Int? = nil
  public var keptBlocks: Int? = nil
  /// What a person should know of it.
  public var note: String? = nil
}
