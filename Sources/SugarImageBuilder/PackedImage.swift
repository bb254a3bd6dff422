import SugarArchive
import SugarHost
import SugarModel

/// How an image that was looked into is packed, and how much of it had to be unpacked for that.
public struct Packing: Hashable, Sendable, Codable {
  /// `xz`, `gzip`, `zstd`, `zip` …
  public var format: String
  /// The blocks of an `.xz`; nil where there is no index of them.
  public var blocks: Int?
  public var decodedBlocks: Int?
}

extension BaseStore {
  /// A file of the cache, without anything in it, that has no name and goes with this process.
  func scratch(_ size: ByteCount) throws -> FileStorage {
    try whileUnpacking {
      let file = try FileStorage("\(cache.path)/flash/.blocks", .create)
      try file.unlink()
      try file.resize(to: size)
      return file
    }
  }

  /// A packed image, unpacked into a file of the cache that has no name and goes with this process.
  func unpackForNow(_ path: String) throws -> (image: FileStorage, sha256: String) {
    try whileUnpacking {
      let target = "\(cache.path)/flash/.unpacked"
      do {
        let sha256 = try unpack(path, to: target, isPinned: false)
        let image = try FileStorage(target, .read)
        try Files.remove(target)
        return (image, sha256)
      } catch {
        try? Files.remove(target)
        throw error
      }
    }
  }

  /// One run at a time has a file there that still has its name; what a killed one left is written over.
  private func whileUnpacking<Result>(_ body: () throws -> Result) throws -> Result {
    try cache.make("flash")
    let lock = try FileLock.wait("\(cache.path)/unpacking.lock") {
      progress(.waiting("another run unpacks an image"))
    }
    return try withExtendedLifetime(lock) { try body() }
  }
}

/// A packed image, opened to be read at any place.
struct PackedImage {
  let storage: any Storage
  let format: String
  /// Set when single blocks are unpacked.
  let blocks: XZStorage?
  let blockCount: Int?
  /// Why all of it was unpacked.
  let note: String?

  /// Opens by the index of blocks where there is a usable one; otherwise unpacks all of it, which
  /// takes longer and is said.
  static func open(
    _ file: FileStorage, _ kind: CompressionKind, _ path: String, _ store: BaseStore
  ) throws -> PackedImage {
    guard kind == .xz else {
      let format = if case .archive(let name) = kind { name } else { "" }
      return PackedImage(
        storage: try store.unpackForNow(path).image, format: format, blocks: nil, blockCount: nil,
        note: "\(format) has no index of blocks: all of it was unpacked")
    }
    let xz = try XZImage(file, name: path)
    if let blocks = XZStorage(xz, scratch: try store.scratch(xz.size)) {
      return PackedImage(
        storage: blocks, format: "xz", blocks: blocks, blockCount: xz.blockCount, note: nil)
    }
    let count = xz.blockCount == 1 ? "its one block has" : "one of its blocks has"
    return PackedImage(
      storage: try store.unpackForNow(path).image, format: "xz", blocks: nil,
      blockCount: xz.blockCount, note: "\(count) \(xz.longestBlock): all of it was unpacked")
  }

  /// Does something with the image, whose result counts once the blocks that it came from are proven.
  func proven<Result>(_ body: () throws -> Result) throws -> Result {
    guard let blocks else { return try body() }
    return try blocks.proven(body)
  }

  /// What there is to say when everything was read.
  var packing: Packing {
    Packing(
      format: format, blocks: blockCount,
      decodedBlocks: blocks?.decodedCount ?? blockCount)
  }
}
