import Crypto
import SugarHost
import SugarModel

/// The blocks in which a node's image differs from its prepared base, and the manifest that says
/// so.
///
///     0      header (4096)      magic, version, counts, digests; its own SHA-256 in the last 32 bytes
///     4096   manifest           JSON, filled up with zeros to a multiple of 4096
///            extents            16 bytes each: first block (u64), blocks (u32), kind (u32: 0 data, 1 zeros); filled up
///            blocks             4096 bytes each, in the order of the extents of kind 0
///
///     header: 0 "SUGARDLT"  8 version (u32)  12 block size (u32)  16 image size (u64)  24 extents (u64)
///             32 blocks of data (u64)  40 bytes of manifest (u64)  48 SHA-256 of extents and blocks
///             80 SHA-256 of the manifest  112 digest of the prepared base   all numbers little endian
struct DeltaFile: Sendable {
  static let magic = Array("SUGARDLT".utf8)
  static let version: UInt32 = 1
  static let blockSize = OverlayStorage.blockSize

  struct Extent: Hashable, Sendable {
    var start: UInt64
    var count: UInt32
    var isZero: Bool
  }

  struct Header: Hashable, Sendable {
    var imageSize: ByteCount
    var extentCount: UInt64
    var blockCount: UInt64
    var manifestSize: UInt64
    /// SHA-256 of extents and blocks, 32 bytes.
    var payloadDigest: [UInt8]
    var manifestDigest: [UInt8]
    /// Of the prepared base, 32 bytes: a delta fits one base only.
    var baseDigest: [UInt8]
  }

  let file: FileStorage
  let header: Header
  let extents: [Extent]
  /// Where in the file the blocks start.
  let blocksPlace: ByteCount

  private static func roundedUp(_ count: UInt64) -> UInt64 { (count + 4095) / 4096 * 4096 }

  /// Reads header and extents; throws when the file is no delta, was cut short, or was changed.
  static func open(_ path: String) throws(BuildError) -> DeltaFile {
    try building {
      let file = try FileStorage(path, .read)
      guard file.size >= .kib(4) else { throw damaged(path, "it is too short") }
      let header = try decode(file.bytes(at: .zero, count: 4096), path)
      let (extentsPlace, blocksPlace) = places(header)
      guard file.size == blocksPlace + ByteCount(header.blockCount * UInt64(blockSize)) else {
        throw damaged(
          path, "it has \(file.size.bytes) bytes, its header says otherwise: it was cut short")
      }
      let bytes = try file.bytes(at: extentsPlace, count: Int(header.extentCount) * 16)
      let extents = (0..<Int(header.extentCount)).map { decodeExtent(bytes, at: $0 * 16) }
      try check(extents, header, path)
      return DeltaFile(file: file, header: header, extents: extents, blocksPlace: blocksPlace)
    }
  }

  /// True when the file starts as a delta does.
  static func isDelta(_ storage: any Storage) -> Bool {
    (try? storage.bytes(at: .zero, count: magic.count)) == magic
  }

  var manifestBytes: [UInt8] {
    get throws(BuildError) {
      try building {
        let bytes = try file.bytes(at: .kib(4), count: Int(header.manifestSize))
        guard Array(SHA256.hash(data: bytes)) == header.manifestDigest else {
          throw Self.damaged(file.path, "the manifest in it was changed")
        }
        return bytes
      }
    }
  }

  /// Reads every byte and compares it with the header's digest.
  func checkPayload() throws(BuildError) {
    try building {
      var hash = SHA256()
      let (extentsPlace, _) = Self.places(header)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
      defer { buffer.deallocate() }
      var place = extentsPlace.bytes
      while place < file.size.bytes {
        let count = Int(min(UInt64(buffer.count), file.size.bytes - place))
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count])
        try file.read(at: ByteCount(place), into: piece)
        hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
        place += UInt64(count)
      }
      guard Array(hash.finalize()) == header.payloadDigest else {
        throw Self.damaged(file.path, "a block in it was changed")
      }
    }
  }

  static func damaged(_ path: String, _ reason: String) -> BuildError {
    BuildError(.data, "cannot use the delta '\(path)': \(reason)", note: "build the node again")
  }

  private static func places(_ header: Header) -> (extents: ByteCount, blocks: ByteCount) {
    let extents = 4096 + roundedUp(header.manifestSize)
    return (ByteCount(extents), ByteCount(extents + roundedUp(header.extentCount * 16)))
  }

  /// Extents must rise, not overlap, lie inside the image, and hold as many blocks as there are.
  private static func check(_ extents: [Extent], _ header: Header, _ path: String)
    throws(BuildError)
  {
    let limit = (header.imageSize.bytes + UInt64(blockSize) - 1) / UInt64(blockSize)
    var next: UInt64 = 0
    var stored: UInt64 = 0
    for extent in extents {
      guard extent.start >= next, extent.count > 0, extent.start < limit,
        UInt64(extent.count) <= limit - extent.start
      else { throw damaged(path, "its list of blocks makes no sense") }
      next = extent.start + UInt64(extent.count)
      if !extent.isZero { stored += UInt64(extent.count) }
    }
    guard stored == header.blockCount else {
      throw damaged(path, "its list of blocks makes no sense")
    }
  }
}

extension DeltaFile {
  private static func number(_ bytes: [UInt8], _ place: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }

  private static func append(_ value: UInt64, _ width: Int, to bytes: inout [UInt8]) {
    for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }

  static func encode(_ header: Header) -> [UInt8] {
    var bytes = magic
    append(UInt64(version), 4, to: &bytes)
    append(UInt64(blockSize), 4, to: &bytes)
    append(header.imageSize.bytes, 8, to: &bytes)
    append(header.extentCount, 8, to: &bytes)
    append(header.blockCount, 8, to: &bytes)
    append(header.manifestSize, 8, to: &bytes)
    bytes += header.payloadDigest + header.manifestDigest + header.baseDigest
    bytes += [UInt8](repeating: 0, count: 4064 - bytes.count)
    return bytes + Array(SHA256.hash(data: bytes))
  }

  private static func decode(_ bytes: [UInt8], _ path: String) throws(BuildError) -> Header {
    guard bytes.starts(with: magic) else { throw damaged(path, "it is no delta") }
    guard Array(SHA256.hash(data: bytes[0..<4064])) == Array(bytes[4064...]) else {
      throw damaged(path, "its header was changed")
    }
    guard number(bytes, 8, 4) == UInt64(version), number(bytes, 12, 4) == UInt64(blockSize) else {
      throw damaged(path, "another release of sugarimage made it")
    }
    let header = Header(
      imageSize: ByteCount(number(bytes, 16, 8)), extentCount: number(bytes, 24, 8),
      blockCount: number(bytes, 32, 8), manifestSize: number(bytes, 40, 8),
      payloadDigest: Array(bytes[48..<80]), manifestDigest: Array(bytes[80..<112]),
      baseDigest: Array(bytes[112..<144]))
    guard header.extentCount < 1 << 32, header.blockCount < 1 << 40, header.manifestSize < 1 << 30,
      header.imageSize.bytes < 1 << 52
    else { throw damaged(path, "its header makes no sense") }
    return header
  }

  static func encode(_ extents: [Extent]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(extents.count * 16 + 4096)
    for extent in extents {
      append(extent.start, 8, to: &bytes)
      append(UInt64(extent.count), 4, to: &bytes)
      append(extent.isZero ? 1 : 0, 4, to: &bytes)
    }
    return bytes + [UInt8](repeating: 0, count: Int(roundedUp(UInt64(bytes.count))) - bytes.count)
  }

  private static func decodeExtent(_ bytes: [UInt8], at place: Int) -> Extent {
    Extent(
      start: number(bytes, place, 8), count: UInt32(number(bytes, place + 8, 4)),
      isZero: number(bytes, place + 12, 4) != 0)
  }
}
