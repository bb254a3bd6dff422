public import SugarModel

/// How a file that is handed to us is packed, told by its first bytes and never by its name.
public enum CompressionKind: Hashable, Sendable {
  /// Not packed: the file is the image.
  case none
  case xz
  /// gzip, zstd, bzip2, lz4 or a zip with one image in it: read by libarchive from start to end.
  case archive(String)

  private static let magics: [(bytes: [UInt8], kind: CompressionKind)] = [
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], .xz),
    ([0x1f, 0x8b], .archive("gzip")),
    ([0x28, 0xb5, 0x2f, 0xfd], .archive("zstd")),
    ([0x50, 0x4b, 0x03, 0x04], .archive("zip")),
    ([0x42, 0x5a, 0x68], .archive("bzip2")),
    ([0x04, 0x22, 0x4d, 0x18], .archive("lz4")),
  ]

  public init(of file: any Storage) throws(StorageError) {
    let start = try file.bytes(at: .zero, count: Int(min(6, file.size.bytes)))
    self = Self.magics.first { start.starts(with: $0.bytes) }?.kind ?? .none
  }
}
